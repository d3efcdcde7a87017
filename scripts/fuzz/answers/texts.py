"""Classifiers of texts as transformers' pipeline runs them: problems, labels, functions, cuts, padding, pairs, batches."""

from pathlib import Path

from draws import WORDS, labels, model_of, plain, save, scoring, text

import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast, pipeline

SPECIAL = ["<pad>", "<unk>", "<s>", "</s>", "<mask>"]


def common(r):
    heads = r.choice([1, 2, 3])
    return {"hidden_size": heads * r.choice([4, 6]), "num_attention_heads": heads, "num_hidden_layers": r.choice([1, 2]), "intermediate_size": 14}


def gated(r):
    return {**common(r), "num_key_value_heads": 1, "pad_token_id": 0}


def gpt2(r):
    heads = r.choice([1, 2])
    return {"n_embd": heads * 6, "n_head": heads, "n_layer": r.choice([1, 2]), "pad_token_id": 0}


def two_stacks(r):
    return {"d_model": 12, "encoder_layers": 1, "decoder_layers": 2, "encoder_attention_heads": 2, "decoder_attention_heads": 2,
            "encoder_ffn_dim": 14, "decoder_ffn_dim": 10, "pad_token_id": 0, "bos_token_id": 2, "eos_token_id": 3, "decoder_start_token_id": 3}


# How a family is made, the field that says its positions, and the tokenizers its published checkpoints have.
FAMILIES = {
    "Bert": (common, "max_position_embeddings", ["bert"]),
    "Roberta": (common, "max_position_embeddings", ["roberta"]),
    "Electra": (lambda r: {**common(r), "embedding_size": 8}, "max_position_embeddings", ["bert"]),
    "Albert": (lambda r: {**common(r), "embedding_size": 8}, "max_position_embeddings", ["bert"]),
    "DistilBert": (lambda r: {"dim": 12, "n_heads": 2, "n_layers": 2, "hidden_dim": 14}, "max_position_embeddings", ["bert", "types-unsaid"]),
    "MPNet": (common, "max_position_embeddings", ["roberta"]),
    "DebertaV2": (lambda r: {**common(r), "relative_attention": True, "pos_att_type": ["p2c", "c2p"], "position_biased_input": r.maybe()}, "max_position_embeddings", ["bert"]),
    "ModernBert": (lambda r: {**common(r), "classifier_pooling": r.choice(["cls", "mean"]), "pad_token_id": 0, "reference_compile": False}, "max_position_embeddings", ["bert", "types-unsaid"]),
    "MobileBert": (lambda r: {**common(r), "hidden_size": 12, "num_attention_heads": 2, "embedding_size": 6, "intra_bottleneck_size": 8, "true_hidden_size": 8}, "max_position_embeddings", ["bert"]),
    "RoFormer": (lambda r: {**common(r), "hidden_size": 12, "num_attention_heads": 2, "embedding_size": 12}, "max_position_embeddings", ["bert"]),
    "Longformer": (lambda r: {**common(r), "attention_window": 4}, "max_position_embeddings", ["roberta"]),
    "XLNet": (lambda r: {"d_model": 12, "n_head": 2, "n_layer": 2, "d_inner": 14, "summary_type": r.choice(["last", "last", "mean", "first"])}, None, ["xlnet"]),
    "XLM": (lambda r: {"emb_dim": 12, "n_heads": 2, "n_layers": 2, "pad_index": 0, "summary_type": r.choice(["first", "mean"])}, "max_position_embeddings", ["roberta"]),
    "GPT2": (gpt2, "n_positions", ["plain"]),
    "GPTNeo": (lambda r: {"hidden_size": 12, "num_heads": 2, "num_layers": 2, "attention_types": [[["global", "local"], 1]], "window_size": 5, "pad_token_id": 0}, "max_position_embeddings", ["plain"]),
    "GPTNeoX": (lambda r: {**common(r), "hidden_size": 16, "num_attention_heads": 2, "pad_token_id": 0}, "max_position_embeddings", ["plain"]),
    "Llama": (gated, "max_position_embeddings", ["llama"]),
    "Qwen2": (gated, "max_position_embeddings", ["plain"]),
    "Mistral": (gated, "max_position_embeddings", ["llama"]),
    "OPT": (lambda r: {"hidden_size": 12, "word_embed_proj_dim": 12, "num_attention_heads": 2, "num_hidden_layers": 2, "ffn_dim": 14, "pad_token_id": 0}, "max_position_embeddings", ["llama"]),
    "Bloom": (lambda r: {"hidden_size": 12, "n_head": 2, "n_layer": 2, "pad_token_id": 0}, None, ["plain"]),
    "T5": (lambda r: {"d_model": 12, "num_layers": 2, "num_heads": 2, "d_kv": 6, "d_ff": 14, "pad_token_id": 0, "eos_token_id": 3, "decoder_start_token_id": 0}, None, ["t5"]),
    "Bart": (two_stacks, "max_position_embeddings", ["roberta"]),
    "MBart": (two_stacks, "max_position_embeddings", ["t5"]),
}


def tokenizer_of(r, kind, longest, of_class=False):
    """Any splitter, what the family's post-processor puts in, and a side to pad and to cut."""
    corpus = WORDS * 6 + ["don't Müller é 1860 ... !"] * 4
    split = r.choice(["word-piece", "bytes", "unigram"])
    if of_class:
        # Transformers builds the class of this type of model anew, whatever its file splits by.
        split = "bytes"
    if split == "word-piece":
        tokenizer = Tokenizer(models.WordPiece(unk_token="<unk>"))
        tokenizer.normalizer = normalizers.BertNormalizer(lowercase=r.maybe())
        tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        tokenizer.decoder = decoders.WordPiece(prefix="##")
        tokenizer.train_from_iterator(corpus, trainers.WordPieceTrainer(vocab_size=90, special_tokens=SPECIAL))
    elif split == "bytes":
        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=r.maybe())
        tokenizer.decoder = decoders.ByteLevel()
        tokenizer.train_from_iterator(corpus, trainers.BpeTrainer(vocab_size=300, special_tokens=SPECIAL, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    else:
        tokenizer = Tokenizer(models.Unigram())
        tokenizer.normalizer = normalizers.NFKC()
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
        tokenizer.decoder = decoders.Metaspace()
        tokenizer.train_from_iterator(corpus, trainers.UnigramTrainer(vocab_size=70, special_tokens=SPECIAL, unk_token="<unk>"))
    single, pair = {
        "bert": ("<s> $A </s>", "<s> $A </s> $B:1 </s>:1"), "types-unsaid": ("<s> $A </s>", "<s> $A </s> $B:1 </s>:1"),
        "roberta": ("<s> $A </s>", "<s> $A </s> </s> $B </s>"), "t5": ("$A </s>", "$A </s> $B </s>"), "llama": ("<s> $A", "<s> $A <s>:1 $B:1"),
        "xlnet": ("$A </s> <s>:2", "$A </s> $B:1 </s>:1 <s>:2"), "plain": (None, None),
    }[kind]
    if single:
        tokenizer.post_processor = processors.TemplateProcessing(single=single, pair=pair, special_tokens=[("<s>", 2), ("</s>", 3)])
    names = ["input_ids", "token_type_ids", "attention_mask"] if kind in ("bert", "xlnet") else ["input_ids", "attention_mask"]
    said = {} if kind == "types-unsaid" else {"model_input_names": names}
    if r.maybe(0.6):
        said["model_max_length"] = r.choice([longest, max(longest // 2, 8), 8, 11])
    if r.maybe(0.4):
        said["truncation_side"] = r.choice(["left", "right"])
    usual = "left" if kind == "xlnet" else "right"
    said["padding_side"] = r.choice([usual, usual, "left", "right"])
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="<pad>", unk_token="<unk>", cls_token="<s>", sep_token="</s>", bos_token="<s>",
                                   eos_token="</s>", mask_token="<mask>", **said)


def cutting(r):
    """Options that go on to the tokenizer."""
    options = {}
    if r.maybe(0.5):
        options["truncation"] = r.choice([True, True, True, False, "longest_first", "only_first", "only_second", "do_not_truncate"])
    if r.maybe(0.4):
        options["max_length"] = r.choice([6, 8, 9, 12, 17, 25])
    if r.maybe(0.25):
        options["padding"] = r.choice([True, False, "longest", "max_length", "do_not_pad"])
    if r.maybe(0.1):
        options["add_special_tokens"] = False
    return options


def one_input(r):
    if r.maybe(0.35):
        return {"text": text(r), "text_pair": "" if r.maybe(0.05) else text(r)}
    return {"text": text(r)} if r.maybe(0.1) else text(r)


def write(r, folder: Path):
    """A checkpoint and its cases; gives the cases, and what Python refuses."""
    family = r.choice(list(FAMILIES))
    make, places, kinds = FAMILIES[family]
    longest = r.choice([16, 40, 120, 120, 120])
    tokenizer = tokenizer_of(r, r.choice(kinds), longest, of_class=family == "Qwen2")
    fields = {"vocab_size": len(tokenizer), **make(r), **labels(r)}
    if places:
        fields[places] = longest
    for name, value in {"pad_token_id": 0, "bos_token_id": 2, "eos_token_id": 3}.items():
        fields.setdefault(name, value)
    if family in ("Roberta", "Longformer"):
        fields["type_vocab_size"] = 1
    save(model_of(family, "ForSequenceClassification", **fields), folder, r)
    tokenizer.save_pretrained(folder)
    answers = pipeline("text-classification", model=str(folder), dtype=torch.float32)
    cases, refused = [], []
    for _ in range(4):
        options = {**scoring(r), **cutting(r)}
        given = [one_input(r) for _ in range(r.randint(2, 5))] if r.maybe(0.4) else one_input(r)
        if isinstance(given, list) and r.maybe(0.7):
            options["batch_size"] = r.choice([len(given), 2])
        try:
            expected = plain(answers(given, **options))
        except Exception as error:
            refused.append(f"{type(error).__name__}: {str(error)[:90]}")
            continue
        cases.append({"task": "text-classification", "input": given, "options": options, "expected": expected})
    return family, cases, refused
