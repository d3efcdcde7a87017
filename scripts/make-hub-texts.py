"""Writes test/golden/hub-<name>: models of texts laid out as their most downloaded repositories are (the files' names, the fields of config.json,
old names of tensors, buffers and heads that no class reads), and layout.json: the ids AutoTokenizer gives texts, and what the model makes
of one. Weights and words are small and random.

    pip install torch==2.13.0 transformers==5.24.0 sentencepiece==0.2.3 protobuf sacremoses==0.2.0 rjieba==0.2.2
    python scripts/make-hub-texts.py [name …]
"""

import io
import json
import shutil
import sys
from pathlib import Path

import sentencepiece
import torch
import transformers
from safetensors.torch import load_file
from transformers import AutoTokenizer

from golden_trace import random_weights
from hub_folder import put, put_weights, rounded

HOME = Path(__file__).parent.parent / "test"
FILES = HOME / "field" / "tokenizers"
CORPUS = [
    "the cat sat on the mat and the dog ran to the river bank",
    "a dog was tired because it had run too far from the river",
    "café au lait, déjà vu, naïve façade: São Paulo is far. Ünder",
    "The Cat Sat On The Mat. It was 12 or 345? Yes, it isn't.",
    "翻译 猫坐在垫子上 今天天气很好",
] * 4
TEXTS = [
    "the cat sat on the mat.",
    "The CAT  sat   on\tthe\n\nmat , isn't it ? ",
    "  café déjà e\u0301 naïve Ünder Straße ﬁne",
    "猫坐在垫子上 cat 今天天气很好 한국어",
    "cat \U0001f600 \U0001f469\u200d\U0001f467 x\u00b2 \u2122 \u00a0wide\u3000\u200bzero",
    "[CLS] the [MASK] cat [SEP] <s> sat </s><mask> on<pad> <unk> <extra_id_0>x <|endoftext|>",
    "▁the ▁▁ dog\r\n12 345",
    "",
]
BERT = ("hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "max_position_embeddings", "layer_norm_eps", "type_vocab_size",
        "hidden_act", "attention_probs_dropout_prob", "hidden_dropout_prob", "initializer_range")
SIZES = dict(hidden_size=12, num_hidden_layers=2, num_attention_heads=2, intermediate_size=16, max_position_embeddings=64)


def pieces(characters="identity", **more):
    """A SentencePiece model of the corpus, with a character map of that name, or a small one."""
    model = io.BytesIO()
    rules = Path("/tmp/heed-rules.tsv")
    rules.write_text("FB01\t66 69\nFF21\t41\n9\t20\nA\t20\n54\t74\n")
    characters = {"normalization_rule_tsv": str(rules)} if characters == "small" else {"normalization_rule_name": characters}
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(CORPUS), model_writer=model, model_type="unigram", vocab_size=more.pop("vocab_size", 150), hard_vocab_limit=False,
        minloglevel=2, num_threads=1, **characters, **more)
    return model.getvalue()


def fields(*names, **more):
    """The fields of that name alone, and others."""
    return lambda config: {**{name: config[name] for name in ("vocab_size", *names)}, **more}


def old_metaspace(part):
    """A definition with ▁ as tokenizers wrote it before 0.15."""
    if isinstance(part, list):
        return [old_metaspace(each) for each in part]
    if not isinstance(part, dict):
        return part
    if part.get("type") == "Metaspace":
        return {"type": "Metaspace", "replacement": "▁", "str_rep": "▁", "add_prefix_space": True}
    return {name: old_metaspace(value) for name, value in part.items()}


def saved(type_, files):
    """tokenizer.json of these files, as transformers writes it, in the spelling of older releases."""
    folder = Path("/tmp/heed-saved")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, content in {"config.json": {"model_type": type_}, **files}.items():
        put(folder / name, content)
    return old_metaspace(json.loads(AutoTokenizer.from_pretrained(folder).backend_tokenizer.to_str()))


def byte_files():
    """GPT-2's two files, out of a tokenizer folder that is here already."""
    folder = FILES / "phi-files"
    return {name: (folder / name).read_text() for name in ("vocab.json", "merges.txt")}


def xlm_files():
    """XLM's words by letters, of which the last carries its end, and merges with how often they were seen."""
    letters = "abcdefghijklmnopqrstuvwxyz0123456789.,?'"
    merges = [("t", "h"), ("th", "e</w>"), ("a", "t</w>"), ("c", "at</w>"), ("m", "at</w>"), ("a", "n"), ("an", "d</w>")]
    texts = ["<s>", "</s>", "<pad>", "<unk>", *(f"<special{n}>" for n in range(10)), *letters, *(f"{letter}</w>" for letter in letters),
             *("".join(pair) for pair in merges)]
    return {"vocab.json": {text: number for number, text in enumerate(texts)},
            "merges.txt": "".join(f"{one} {other} {900 - 10 * number}\n" for number, (one, other) in enumerate(merges))}


def roformer_files():
    words = "猫 坐 在 垫 子 上 垫子 今天 天气 很 好 今 天 气 the cat sat on mat . , dog ##s run ##ning".split()
    return {"vocab.txt": "\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words]) + "\n"}


def named_files(folder, *names):
    return {name: (FILES / folder / name).read_bytes() for name in names}


def bert_files():
    folder = FILES / "electra-files"
    return {"vocab.txt": (folder / "vocab.txt").read_text()}


def normal(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(3))


def deberta(tensors):
    """The heads of DeBERTa's own code, which were there while it learned, and half precision."""
    V, C = tensors["deberta.embeddings.word_embeddings.weight"].shape
    own = {"lm_predictions.lm_head.bias": normal(V), "mask_predictions.classifier.weight": normal(1, C), "mask_predictions.classifier.bias": normal(1)}
    for head in ("lm_predictions.lm_head", "mask_predictions"):
        own |= {f"{head}.dense.weight": normal(C, C), f"{head}.dense.bias": normal(C), f"{head}.LayerNorm.weight": normal(C), f"{head}.LayerNorm.bias": normal(C)}
    return {name: value.half() for name, value in {**tensors, **own}.items()}


def mdeberta(tensors):
    """The same, and the words of its generator under a name of their own."""
    words = "deberta.embeddings.word_embeddings"
    return {**deberta(tensors), f"{words}._weight": tensors[f"{words}.weight"].half()}


def masks(block, window=None):
    """What GPT-2's and GPT-Neo's modules kept beside their weights: who sees whom, and the number for who does not."""
    def add(tensors):
        seen = torch.tril(torch.ones(64, 64, dtype=torch.bool))
        more = {}
        for layer in range(2):
            far = torch.bitwise_xor(seen, torch.tril(seen, -window)) if window and layer % 2 else seen
            more |= {f"{block.format(layer)}.bias": far[None, None].clone(), f"{block.format(layer)}.masked_bias": torch.tensor(-1e9)}
        return {**tensors, **more}
    return add


def beside(**more):
    return lambda tensors: {**tensors, **{name.replace("__", "."): value for name, value in more.items()}}


def copies(of, *names):
    """One tensor under further names, as pickles of tied weights have it."""
    return lambda tensors: {**tensors, **{name: tensors[of].clone() for name in names}}


def within_windows(attentions, window=6):
    """Longformer's weights by how far a key lies from its query, (T, window + 1), as one matrix (T, T)."""
    T = attentions.shape[0]
    whole = torch.zeros(T, T)
    for query in range(T):
        for place in range(window + 1):
            key = query + place - window // 2
            if 0 <= key < T:
                whole[query, key] = attentions[query, place]
    return whole


DEBERTA = dict(
    model="DebertaV2Model", pickle=True, tensors=deberta, within="deberta.", settings={"do_lower_case": False, "vocab_type": "spm"},
    config=("DebertaV2Config", {**SIZES, "type_vocab_size": 0, "relative_attention": True, "position_buckets": 8, "norm_rel_ebd": "layer_norm", "share_att_key": True,
                                "pos_att_type": ["p2c", "c2p"], "max_relative_positions": -1, "position_biased_input": False}),
    publish=fields(*BERT, model_type="deberta-v2", relative_attention=True, position_buckets=8, norm_rel_ebd="layer_norm", share_att_key=True, pos_att_type="p2c|c2p",
                   max_relative_positions=-1, position_biased_input=False))
ROBERTA = fields(*BERT, "bos_token_id", "eos_token_id", "pad_token_id", "architectures", "model_type", output_past=True)
T5 = {"d_model": 12, "d_ff": 16, "d_kv": 6, "num_heads": 2, "num_layers": 2}
T5_PIECES = dict(pad_id=0, eos_id=1, unk_id=2, bos_id=-1)
MBART = {"d_model": 12, "encoder_layers": 2, "decoder_layers": 2, "encoder_attention_heads": 2, "decoder_attention_heads": 2, "encoder_ffn_dim": 16, "decoder_ffn_dim": 16,
         "max_position_embeddings": 64}
SUMMARY = {"summary_activation": None, "summary_first_dropout": 0.1, "summary_proj_to_labels": True, "summary_type": "cls_index", "summary_use_proj": True}
BERT_STACK = {**SIZES, "vocab_size": len(bert_files()["vocab.txt"].splitlines())}
# What a config of 2020 says of each of two networks, with whatever all configs had then.
EVERY = {"_name_or_path": "", "architectures": None, "bad_words_ids": None, "chunk_size_feed_forward": 0, "do_sample": False, "early_stopping": False, "finetuning_task": None,
         "gradient_checkpointing": False, "is_encoder_decoder": False, "length_penalty": 1.0, "max_length": 20, "min_length": 0, "num_beams": 1, "num_return_sequences": 1,
         "output_attentions": False, "pruned_heads": {}, "return_dict": False, "temperature": 1.0, "tie_encoder_decoder": False, "tie_word_embeddings": True, "top_k": 50,
         "torchscript": False, "use_bfloat16": False, "xla_device": None, "type_vocab_size": 2, "layer_norm_eps": 1e-12, "hidden_act": "gelu", "model_type": "bert", "pad_token_id": 0}
TWO_BERTS = {"encoder": {**EVERY, **BERT_STACK, "is_decoder": False, "add_cross_attention": False}, "decoder": {**EVERY, **BERT_STACK, "is_decoder": True, "add_cross_attention": True}}
WORDS = {"decoder_start_token_id": 2, "bos_token_id": 2, "eos_token_id": 3, "pad_token_id": 0}
ALBERT_PIECES = dict(pad_id=0, unk_id=1, bos_id=-1, eos_id=-1, control_symbols=["[CLS]", "[SEP]", "[MASK]"], user_defined_symbols=["(", ")", '"', "-", ".", "–", "£", "€"])
XLNET_PIECES = dict(unk_id=0, bos_id=1, eos_id=2, pad_id=-1, control_symbols=["<cls>", "<sep>", "<pad>", "<mask>", "<eod>", "<eop>"])
albert_spm = pieces("small", **ALBERT_PIECES)
xlnet_spm = pieces("small", **XLNET_PIECES)
t5_spm = pieces(**T5_PIECES)
camembert_spm = pieces()
xlm_roberta_spm = pieces("nmt_nfkc")

# name → class, config class and its fields, the tokenizer's files, tokenizer_config.json, how config.json and tensors are published
FAMILIES = {
    "deberta_v3": {**DEBERTA, "files": lambda: {"spm.model": pieces(
        pad_id=0, bos_id=1, eos_id=2, unk_id=3, pad_piece="[PAD]", bos_piece="[CLS]", eos_piece="[SEP]", unk_piece="[UNK]")}},
    "mdeberta_v3": {**DEBERTA, "tensors": mdeberta, "files": lambda: {"spm.model": pieces(
        "small", pad_id=0, bos_id=1, eos_id=2, unk_id=3, pad_piece="[PAD]", bos_piece="[CLS]", eos_piece="[SEP]", unk_piece="[UNK]", byte_fallback=True, vocab_size=420)}},
    "xlm": dict(
        model="XLMWithLMHeadModel", pickle=True, within="transformer.", files=xlm_files, tensors=beside(transformer__position_ids=torch.arange(64)[None]),
        config=("XLMConfig", {"emb_dim": 12, "n_layers": 2, "n_heads": 2, "max_position_embeddings": 64, "n_langs": 1, "use_lang_emb": True, "pad_token_id": 2}),
        publish=fields("emb_dim", "n_layers", "n_heads", "max_position_embeddings", architectures=["XLMWithLMHeadModel"], model_type="xlm", asm=False, attention_dropout=0.1,
                       bos_index=0, bos_token_id=0, causal=False, dropout=0.1, embed_init_std=0.02209708691207961, end_n_top=5, eos_index=1, gelu_activation=True,
                       id2lang={"0": "en"}, init_std=0.02, is_encoder=True, lang2id={"en": 0}, lang_id=0, layer_norm_eps=1e-12, mask_index=5, mask_token_id=0, n_langs=1, pad_index=2,
                       pad_token_id=2, same_enc_dec=True, share_inout_emb=True, sinusoidal_embeddings=False, start_n_top=5, unk_index=3, use_lang_emb=True,
                       **{**SUMMARY, "summary_type": "first"})),
    "roformer": dict(
        model="RoFormerForMaskedLM", pickle=True, within="roformer.", files=roformer_files, text=3,
        config=("RoFormerConfig", {**SIZES, "embedding_size": 12, "type_vocab_size": 2, "pad_token_id": 0, "rotary_value": False}),
        publish=fields(*BERT, architectures=["RoFormerForMaskedLM"], model_type="roformer", embedding_size=12, gradient_checkpointing=False, pad_token_id=0, rotary_value=False,
                       use_cache=True, eos_token_id=102)),
    "t5": dict(
        model="T5ForConditionalGeneration", files=lambda: {"spiece.model": t5_spm, "tokenizer.json": saved("t5", {"spiece.model": t5_spm})}, settings={"model_max_length": 512},
        config=("T5Config", {**T5, "decoder_start_token_id": 0}),
        tensors=beside(decoder__block__0__layer__1__EncDecAttention__relative_attention_bias__weight=normal(32, 2)),
        publish=fields(*T5, architectures=["T5ForConditionalGeneration"], model_type="t5", decoder_start_token_id=0, dropout_rate=0.1, eos_token_id=1, initializer_factor=1.0,
                       is_encoder_decoder=True, layer_norm_epsilon=1e-06, n_positions=512, output_past=True, pad_token_id=0, relative_attention_num_buckets=32, use_cache=True,
                       task_specific_params={"translation_en_to_fr": {"early_stopping": True, "max_length": 300, "num_beams": 4, "prefix": "translate English to French: "}}),
        generation={"_from_model_config": True, "decoder_start_token_id": 0, "eos_token_id": 1, "pad_token_id": 0, "transformers_version": "4.27.0.dev0"}),
    "mt5": dict(
        model="MT5ForConditionalGeneration", pickle=True, files=lambda: {
            "spiece.model": pieces(**T5_PIECES, byte_fallback=True, vocab_size=420), "special_tokens_map.json": {"eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"}},
        settings={"eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>", "extra_ids": 0, "additional_special_tokens": None, "tokenizer_file": None, "name_or_path": "google/mt5-small"},
        config=("MT5Config", {**T5, "num_decoder_layers": 2, "feed_forward_proj": "gated-gelu", "tie_word_embeddings": False, "decoder_start_token_id": 0}),
        publish=fields(*T5, architectures=["MT5ForConditionalGeneration"], model_type="mt5", decoder_start_token_id=0, dropout_rate=0.1, eos_token_id=1, feed_forward_proj="gated-gelu",
                       initializer_factor=1.0, is_encoder_decoder=True, layer_norm_epsilon=1e-06, num_decoder_layers=2, pad_token_id=0, relative_attention_num_buckets=32,
                       tie_word_embeddings=False, tokenizer_class="T5Tokenizer", use_cache=True),
        generation={"_from_model_config": True, "decoder_start_token_id": 0, "eos_token_id": 1, "pad_token_id": 0, "transformers_version": "4.27.0.dev0"}),
    "bert2bert": dict(
        model="EncoderDecoderModel", pickle=True, files=bert_files, settings={"do_lower_case": True, "model_max_length": 512}, config=("EncoderDecoderConfig", {**TWO_BERTS, **WORDS}),
        tensors=beside(encoder__embeddings__position_ids=torch.arange(64)[None], decoder__bert__embeddings__position_ids=torch.arange(64)[None]),
        publish=fields(architectures=["EncoderDecoderModel"], model_type="encoder-decoder", **TWO_BERTS, **WORDS, early_stopping=True, is_encoder_decoder=True, length_penalty=2.0,
                       max_length=142, min_length=56, no_repeat_ngram_size=3, num_beams=4, tie_encoder_decoder=False)),
    "albert": dict(
        model="AlbertForMaskedLM", within="albert.", files=lambda: {"spiece.model": albert_spm, "tokenizer.json": saved("albert", {"spiece.model": albert_spm})},
        settings={"model_max_length": 512}, tensors=beside(albert__embeddings__position_ids=torch.arange(64)[None]),
        config=("AlbertConfig", {**SIZES, "embedding_size": 8, "num_hidden_groups": 1, "inner_group_num": 1, "hidden_act": "gelu_new"}),
        publish=fields(*BERT, architectures=["AlbertForMaskedLM"], model_type="albert", bos_token_id=2, classifier_dropout_prob=0.1, down_scale_factor=1, embedding_size=8, eos_token_id=3,
                       gap_size=0, inner_group_num=1, net_structure_type=0, num_hidden_groups=1, num_memory_blocks=0, pad_token_id=0)),
    "xlnet": dict(
        model="XLNetLMHeadModel", pickle=True, within="transformer.", files=lambda: {"spiece.model": xlnet_spm},
        config=("XLNetConfig", {"d_model": 12, "n_layer": 2, "n_head": 2, "d_inner": 16, "pad_token_id": 5}),
        publish=fields("d_model", "n_layer", "n_head", "d_inner", architectures=["XLNetLMHeadModel"], model_type="xlnet", attn_type="bi", bi_data=False, bos_token_id=1, clamp_len=-1,
                       d_head=6, dropout=0.1, end_n_top=5, eos_token_id=2, ff_activation="gelu", initializer_range=0.02, layer_norm_eps=1e-12, mem_len=None, pad_token_id=5,
                       reuse_len=None, same_length=False, start_n_top=5, task_specific_params={"text-generation": {"do_sample": True, "max_length": 250}}, untie_r=True,
                       **{**SUMMARY, "summary_type": "last", "summary_activation": "tanh"})),
    "distilbert": dict(
        model="DistilBertForMaskedLM", within="distilbert.", files=lambda: {**bert_files(), "tokenizer.json": saved("distilbert", bert_files())},
        settings={"model_max_length": 512, "do_lower_case": True}, config=("DistilBertConfig", {"dim": 12, "n_layers": 2, "n_heads": 2, "hidden_dim": 16, "max_position_embeddings": 64}),
        publish=fields("dim", "n_layers", "n_heads", "hidden_dim", "max_position_embeddings", architectures=["DistilBertForMaskedLM"], model_type="distilbert", activation="gelu",
                       attention_dropout=0.1, dropout=0.1, initializer_range=0.02, pad_token_id=0, qa_dropout=0.1, seq_classif_dropout=0.2, sinusoidal_pos_embds=False, tie_weights_=True)),
    "camembert": dict(
        model="CamembertForMaskedLM", within="roberta.", files=lambda: {"sentencepiece.bpe.model": camembert_spm, "tokenizer.json": saved(
            "camembert", {"sentencepiece.bpe.model": camembert_spm})}, settings={"model_max_length": 512},
        config=("CamembertConfig", {**SIZES, "type_vocab_size": 1, "layer_norm_eps": 1e-5, "bos_token_id": 5, "eos_token_id": 6, "pad_token_id": 1}), publish=ROBERTA,
        tensors=beside(roberta__embeddings__position_ids=torch.arange(64)[None], roberta__pooler__dense__weight=normal(12, 12), roberta__pooler__dense__bias=normal(12))),
    "xlm_roberta": dict(
        model="XLMRobertaForMaskedLM", within="roberta.", files=lambda: {"sentencepiece.bpe.model": xlm_roberta_spm}, settings={"model_max_length": 512},
        config=("XLMRobertaConfig", {**SIZES, "type_vocab_size": 1, "layer_norm_eps": 1e-5, "bos_token_id": 0, "eos_token_id": 2, "pad_token_id": 1}),
        publish=lambda config: {**ROBERTA(config), "position_embedding_type": "absolute", "transformers_version": "4.17.0.dev0", "use_cache": True},
        tensors=beside(roberta__embeddings__position_ids=torch.arange(64)[None], roberta__pooler__dense__weight=normal(12, 12), roberta__pooler__dense__bias=normal(12))),
    "roberta": dict(
        model="RobertaForMaskedLM", within="roberta.", files=lambda: {**named_files("roberta-files", "vocab.json", "merges.txt"), "tokenizer.json": saved(
            "roberta", named_files("roberta-files", "vocab.json", "merges.txt"))}, settings={"model_max_length": 512},
        config=("RobertaConfig", {**SIZES, "type_vocab_size": 1, "layer_norm_eps": 1e-5, "bos_token_id": 0, "eos_token_id": 2, "pad_token_id": 1}),
        publish=fields(*BERT, "bos_token_id", "eos_token_id", "pad_token_id", architectures=["RobertaForMaskedLM"], model_type="roberta"),
        tensors=beside(roberta__embeddings__position_ids=torch.arange(64)[None], roberta__pooler__dense__weight=normal(12, 12), roberta__pooler__dense__bias=normal(12))),
    "longformer": dict(
        model="LongformerForMaskedLM", pickle=True, within="longformer.", weights=within_windows,
        files=lambda: {**named_files("roberta-files", "vocab.json", "merges.txt"), "tokenizer.json": saved("longformer", named_files("roberta-files", "vocab.json", "merges.txt"))},
        config=("LongformerConfig", {**SIZES, "type_vocab_size": 1, "layer_norm_eps": 1e-5, "bos_token_id": 0, "eos_token_id": 2, "pad_token_id": 1, "sep_token_id": 2,
                                     "attention_window": [4, 6]}),
        # Its config names no class: what the file holds tells the head.
        publish=fields(*BERT, "bos_token_id", "eos_token_id", "pad_token_id", "sep_token_id", model_type="longformer", attention_mode="longformer", attention_window=[4, 6],
                       gradient_checkpointing=False, ignore_attention_mask=False),
        tensors=beside(longformer__embeddings__position_ids=torch.arange(64)[None], longformer__pooler__dense__weight=normal(12, 12), longformer__pooler__dense__bias=normal(12))),
    "mobilebert": dict(
        model="MobileBertForPreTraining", pickle=True, within="mobilebert.", files=bert_files,
        config=("MobileBertConfig", {**SIZES, "embedding_size": 8, "intra_bottleneck_size": 8, "num_feedforward_networks": 2, "pad_token_id": 0, "hidden_act": "relu", "classifier_activation": False}),
        publish=fields(*BERT, architectures=["MobileBertForPreTraining"], model_type="mobilebert", classifier_activation=False, embedding_size=8, intra_bottleneck_size=8,
                       key_query_shared_bottleneck=True, normalization_type="no_norm", num_feedforward_networks=2, pad_token_id=0, trigram_input=True, true_hidden_size=8,
                       use_bottleneck=True, use_bottleneck_attention=False),
        tensors=beside(mobilebert__embeddings__position_ids=torch.arange(64)[None])),
    "mbart_cc25": dict(
        model="MBartForConditionalGeneration", pickle=True, files=lambda: named_files("mbart", "sentencepiece.bpe.model"),
        config=("MBartConfig", {**MBART, "scale_embedding": True}),
        publish=fields(*MBART, architectures=["MBartForConditionalGeneration"], model_type="mbart", _num_labels=3, activation_dropout=0.0, activation_function="gelu",
                       add_bias_logits=False, add_final_layer_norm=True, attention_dropout=0.0, bos_token_id=0, classif_dropout=0.0, classifier_dropout=0.0, decoder_layerdrop=0.0,
                       dropout=0.1, encoder_layerdrop=0.0, eos_token_id=2, forced_eos_token_id=2, gradient_checkpointing=False, id2label={"0": "LABEL_0", "1": "LABEL_1", "2": "LABEL_2"},
                       init_std=0.02, is_encoder_decoder=True, label2id={"LABEL_0": 0, "LABEL_1": 1, "LABEL_2": 2}, max_length=1024, normalize_before=True, normalize_embedding=True,
                       num_beams=5, num_hidden_layers=2, output_past=True, pad_token_id=1, scale_embedding=True, static_position_embeddings=False,
                       task_specific_params={"translation_en_to_ro": {"decoder_start_token_id": 250020}}),
        tensors=copies("model.shared.weight", "model.encoder.embed_tokens.weight", "model.decoder.embed_tokens.weight", "lm_head.weight"),
        generation={"_from_model_config": True, "bos_token_id": 0, "eos_token_id": 2, "forced_eos_token_id": 2, "max_length": 1024, "num_beams": 5, "pad_token_id": 1,
                    "transformers_version": "4.27.0.dev0"}),
    "gpt_neo": dict(
        model="GPTNeoForCausalLM", files=byte_files, tensors=masks("transformer.h.{}.attn.attention", 4),
        settings={**{name: {"content": "<|endoftext|>", "single_word": False, "lstrip": False, "rstrip": False, "normalized": True, "__type": "AddedToken"}
                     for name in ("unk_token", "bos_token", "eos_token")},
                  "add_prefix_space": False, "model_max_length": 2048, "special_tokens_map_file": None, "name_or_path": "gpt2", "errors": "replace", "tokenizer_class": "GPT2Tokenizer"},
        config=("GPTNeoConfig", {"hidden_size": 12, "num_layers": 2, "num_heads": 2, "attention_types": [[["global", "local"], 1]], "window_size": 4, "max_position_embeddings": 64,
                                 "bos_token_id": 0, "eos_token_id": 0}),
        publish=fields("hidden_size", "num_layers", "num_heads", "max_position_embeddings", architectures=["GPTNeoForCausalLM"], model_type="gpt_neo", activation_function="gelu_new",
                       attention_dropout=0, attention_layers=["global", "local"], attention_types=[[["global", "local"], 1]], bos_token_id=0, embed_dropout=0, eos_token_id=0,
                       gradient_checkpointing=False, initializer_range=0.02, intermediate_size=None, layer_norm_epsilon=1e-05, resid_dropout=0, use_cache=True, window_size=4, **SUMMARY),
        generation={"_from_model_config": True, "bos_token_id": 0, "eos_token_id": 0, "transformers_version": "4.27.0.dev0"}),
    "distilgpt2": dict(
        model="GPT2LMHeadModel", files=lambda: {**byte_files(), "tokenizer.json": saved("gpt2", byte_files())}, settings={"model_max_length": 1024},
        tensors=masks("transformer.h.{}.attn"), config=("GPT2Config", {"n_embd": 12, "n_layer": 2, "n_head": 2, "n_positions": 64, "bos_token_id": 0, "eos_token_id": 0}),
        publish=fields("n_embd", "n_layer", "n_head", "n_positions", architectures=["GPT2LMHeadModel"], model_type="gpt2", _num_labels=1, activation_function="gelu_new", attn_pdrop=0.1,
                       bos_token_id=0, embd_pdrop=0.1, eos_token_id=0, id2label={"0": "LABEL_0"}, initializer_range=0.02, label2id={"LABEL_0": 0}, layer_norm_epsilon=1e-05,
                       n_ctx=64, resid_pdrop=0.1, task_specific_params={"text-generation": {"do_sample": True, "max_length": 50}}, **SUMMARY),
        generation={"_from_model_config": True, "bos_token_id": 0, "eos_token_id": 0, "transformers_version": "4.24.0.dev0"}),
}


def write(name, spec):
    folder = HOME / "golden" / f"hub-{name}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for file, content in spec["files"]().items():
        put(folder / file, content)
    if "settings" in spec:
        put(folder / "tokenizer_config.json", spec["settings"])
    config_class, changes = spec["config"]
    config_class = getattr(transformers, config_class)
    put(folder / "config.json", {"model_type": config_class.model_type})
    changes = {**changes, "vocab_size": len(AutoTokenizer.from_pretrained(folder)) + 2}
    cls = getattr(transformers, spec["model"])
    torch.manual_seed(1)
    model = cls(config_class(**changes)).eval()
    random_weights(model, 7, None)
    model.save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)
    within = spec.get("within", "")
    heads = ("lm_head.", "lm_loss.", "cls.", "pred_layer.", "predictions.", "vocab_")
    tensors = {name if not within or name.startswith((within, *heads)) else within + name: value for name, value in load_file(folder / "model.safetensors").items()}
    tensors = {name: value.contiguous() for name, value in spec.get("tensors", lambda same: same)(tensors).items()}
    put_weights(folder, tensors, spec.get("pickle"))
    put(folder / "config.json", spec["publish"](json.loads((folder / "config.json").read_text())))
    if "generation" in spec:
        put(folder / "generation_config.json", spec["generation"])
    put(folder / "layout.json", seen(folder, cls, spec))
    for file in folder.iterdir():
        file.chmod(0o644)
    print(name, sum(file.stat().st_size for file in folder.iterdir()) // 1000, "kB", flush=True)


def seen(folder, cls, spec):
    """What Python makes of the folder as it is written."""
    model = cls.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    found = {"texts": [{"text": text, "ids": tokenizer(text)["input_ids"]} for text in TEXTS]}
    ids = torch.tensor([found["texts"][spec.get("text", 0)]["ids"]])
    is_two = model.config.is_encoder_decoder
    with torch.no_grad():
        # A decoder that reads the text itself where nothing is given is given nothing.
        starts = is_two and model.config.model_type != "mbart"
        more = {"decoder_input_ids": torch.tensor([[model.config.decoder_start_token_id]])} if starts else {}
        out = model(ids, **more, output_attentions=True, output_hidden_states=True)
        found["ids"] = ids.tolist()
        found["stack"] = "encoder." if is_two else ""
        found["weights"] = rounded(spec.get("weights", lambda same: same)((out.encoder_attentions if is_two else out.attentions)[1][0, 1]))
        found["final"] = rounded((out.encoder_last_hidden_state if is_two else out.hidden_states[-1])[0, 1])
        logits = out.get("logits", out.get("prediction_logits"))
        if logits is not None:
            found["logits"] = rounded(logits[0, -1])
        if is_two or "generation" in spec:
            written = model.generate(ids, do_sample=False, num_beams=1, max_new_tokens=8, min_new_tokens=8)[0]
            found["greedy"] = written.tolist()
    return found


transformers.logging.set_verbosity_error()
for wanted in sys.argv[1:] or FAMILIES:
    write(wanted, FAMILIES[wanted])
