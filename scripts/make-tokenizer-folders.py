"""Folders of tokenizer files as people have them, with what transformers' AutoTokenizer makes of each.

    pip install transformers==5.24.0 tokenizers==0.23.3 sentencepiece==0.2.3 protobuf
    python scripts/make-tokenizer-folders.py test/field/tokenizers [folder …]

Every folder is loaded back by AutoTokenizer.from_pretrained; cases.jsonl holds a text a line, with ids, offsets in UTF-16
units, segment ids and what the ids decode to. The vocabularies are trained here, on the sentences below (no seed: training
draws nothing).
"""

import io
import json
import shutil
import sys
from pathlib import Path

import sentencepiece
import transformers
from tokenizers import ByteLevelBPETokenizer
from transformers import AutoTokenizer
from transformers.models.nllb.tokenization_nllb import FAIRSEQ_LANGUAGE_CODES as NLLB_CODES
from transformers.models.m2m_100.tokenization_m2m_100 import FAIRSEQ_LANGUAGE_CODES

corpus = [
    "the cat sat on the mat and the dog ran to the river bank",
    "a dog was tired because it had run too far from the river",
    "cats and dogs are running, sitting and sleeping on mats!",
    "café au lait, déjà vu, naïve façade: São Paulo is far",
    "The Cat Sat On The Mat. It was covid19? Yes, it isn't.",
] * 4
texts = [
    "the cat sat on the mat.",
    "The CAT  sat on\tthe mat , isn't it ?",
    "the [E1] cat [/E1] was covid19.",
    "café déjà naïve Ünder",
    " the cat <mask> on [MASK] mats ",
    "<s>the cat</s> x<extra_id_0>y <sep><pad>",
    "猫 cat 中文 \U0001f600 ``quoted'' ﬁne",
    "dogs   running\n and  <user>running ▁far",
    "",
]
pairs = [("the cat sat", "on a mat"), ("The dog", "the mat , on the bank")]


# what folders of translators, towers and tiktoken files are tried with beside those
harsh = [
    ">>fra<< the cat sat",
    ">>deu<<the cat >>fra<< sat",
    "__en__ the __fr__ cat",
    "en_XX the cat fr_XX eng_Latn sat",
    "  two  blanks\u3000wide\u00a0hard\u200bzero ",
    "don't DON'T we'll 12345 3.14 x\u00b2 \u2122 \uff21\uff22",
    "Stra\u00dfe \u0130stanbul e\u0301 a\u0323\u0302 \u1e9b\u0323 \u03a3\u0391\u03a3",
    "\u0440\u0443\u0441\u0441\u043a\u0438\u0439 \ud55c\uad6d\uc5b4 \u0939\u093f\u0928\u094d\u0926\u0940 \u0645\u0631\u062d\u0628\u0627 \u65e5\u672c\u8a9e",
    "\U0001f469\u200d\U0001f467 \U0001f44d\U0001f3fd \U0001f1eb\U0001f1f7",
    "the</s>cat<unk> dog <pad></s> x",
    "<|endoftext|> the <|startoftext|>cat",
    "\u2581\u2581the \u2581 cat\u2581",
    "(a photo) of; a: cat-dog_run, \"x\" & y/z!",
    " ",
    "\n\nthe\r\n\tcat\n",
    "<mask_1>the<mask_2> cat <unk_2>",
]


def write(folder, name, content):
    path = folder / name
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_text(content if isinstance(content, str) else json.dumps(content, ensure_ascii=False))


def pieces(kind, **more):
    """A SentencePiece model of the corpus, with a small character map."""
    model = io.BytesIO()
    rules = Path("/tmp/heed-rules.tsv")
    rules.write_text("FB01\t66 69\nFF21\t41\n9\t20\nA\t20\n")
    settings = {"normalization_rule_tsv": str(rules)} if more.pop("mapped", True) else {"normalization_rule_name": "identity"}
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(corpus),
        model_writer=model,
        model_type=kind,
        vocab_size=more.pop("vocab_size", 90),
        hard_vocab_limit=False,
        minloglevel=2,
        num_threads=1,
        **settings,
        **more,
    )
    return model.getvalue()


def byte_pairs(first):
    trained = ByteLevelBPETokenizer()
    trained.train_from_iterator(corpus, vocab_size=300, special_tokens=first, show_progress=False)
    state = json.loads(trained.to_str())
    merges = [" ".join(merge) if isinstance(merge, list) else merge for merge in state["model"]["merges"]]
    return {"vocab.json": state["model"]["vocab"], "merges.txt": "#version: 0.2\n" + "\n".join(merges) + "\n"}


words = "the cat sat on mat and dog ran to river bank The Cat CAT was it is cafe café deja naive ##s ##ning run [e1] e1 [ ] / . , ' ? ! t isn e 1 covid 19 ##19 猫 中 文 < > mask".split()
vocab = "\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words]) + "\n"
size = len(words) + 5
flags = {"lstrip": False, "rstrip": False, "single_word": False}


def entry(content, special, **more):
    return {"content": content, **flags, "normalized": not special, "special": special, **more}


bert_entries = {str(i): entry(t, True) for i, t in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])}
e1 = {str(size): entry("[E1]", True), str(size + 1): entry("[/E1]", True), str(size + 2): entry("covid19", False)}
bert_config = {"tokenizer_class": "BertTokenizer", "model_max_length": 32}


def saved_json(model_type, files, config):
    """tokenizer.json as transformers writes it for these files."""
    folder = Path("/tmp/heed-saved")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, content in {"config.json": {"model_type": model_type}, "tokenizer_config.json": config, **files}.items():
        write(folder, name, content)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    return json.loads(tokenizer.backend_tokenizer.to_str())


def changed(state, **parts):
    return {**state, **parts}


bert_json = saved_json("bert", {"vocab.txt": vocab}, bert_config)
cased = changed(bert_json, normalizer={**bert_json["normalizer"], "lowercase": False, "strip_accents": False, "handle_chinese_chars": False})
gpt2_files = byte_pairs(["<|endoftext|>"])
roberta_files = byte_pairs(["<s>", "<pad>", "</s>", "<unk>", "<mask>"])
gpt2_json = saved_json("gpt2", gpt2_files, {"tokenizer_class": "GPT2Tokenizer"})
roberta_json = saved_json("roberta", roberta_files, {"tokenizer_class": "RobertaTokenizer"})
lstrip_mask = changed(roberta_json, added_tokens=[{**t, "lstrip": True} if t["content"] == "<mask>" else t for t in roberta_json["added_tokens"]])
unigram = pieces("unigram")
t5_pieces = pieces("unigram", pad_id=0, eos_id=1, unk_id=2, bos_id=-1)
albert_pieces = pieces("unigram", pad_id=0, unk_id=1, bos_id=-1, eos_id=-1, control_symbols=["[CLS]", "[SEP]"], user_defined_symbols=["[MASK]", "(", ")"], pad_piece="<pad>")
deberta_pieces = pieces("unigram", pad_id=0, bos_id=1, eos_id=2, unk_id=3, pad_piece="[PAD]", bos_piece="[CLS]", eos_piece="[SEP]", unk_piece="[UNK]")
mpnet_vocab = "\n".join(["<s>", "<pad>", "</s>", "[UNK]", *words, "<mask>"]) + "\n"
xlnet_pieces = pieces("unigram", unk_id=0, bos_id=1, eos_id=2, control_symbols=["<cls>", "<sep>", "<pad>", "<mask>", "<eod>"], user_defined_symbols=["<eop>"])
llama_pieces = pieces("bpe", byte_fallback=True, vocab_size=360, mapped=False, remove_extra_whitespaces=False)
user_pieces = pieces("bpe", byte_fallback=True, vocab_size=360, mapped=False, user_defined_symbols=["<user>", "ning"])
plain_unigram = pieces("unigram", user_defined_symbols=["<user>"])
llama_json = saved_json("llama", {"tokenizer.model": llama_pieces}, {"tokenizer_class": "LlamaTokenizer", "add_bos_token": True})
t5_json = saved_json("t5", {"spiece.model": t5_pieces}, {"tokenizer_class": "T5Tokenizer", "extra_ids": 5})
xlm_json = saved_json("xlm-roberta", {"sentencepiece.bpe.model": unigram}, {"tokenizer_class": "XLMRobertaTokenizer"})
albert_json = saved_json("albert", {"spiece.model": albert_pieces}, {"tokenizer_class": "AlbertTokenizer"})

source_pieces = pieces("unigram", vocab_size=110, pad_id=-1, bos_id=-1, eos_id=0, unk_id=1)
target_pieces = pieces("bpe", vocab_size=140, pad_id=-1, bos_id=-1, eos_id=0, unk_id=1)
pair_pieces = pieces("bpe", vocab_size=140)


def texts_of(model):
    processor = sentencepiece.SentencePieceProcessor(model_proto=model)
    return [processor.id_to_piece(i) for i in range(processor.get_piece_size())]


def numbered(*lists):
    found = {}
    for token in (token for tokens in lists for token in tokens):
        found.setdefault(token, len(found))
    return found


def marian(source, target, codes, config, **more):
    vocabulary = numbered(["</s>", "<unk>"], codes, texts_of(source)[5:], texts_of(target), ["<pad>"])
    return ("marian", config, {"source.spm": source, "target.spm": target, "vocab.json": vocabulary, **more})


def many_to_many(config, special, pieces):
    vocabulary = numbered(["<s>", "<pad>", "</s>", "<unk>"], texts_of(pieces)[3:])
    return ("m2m_100", config, {"vocab.json": vocabulary, "sentencepiece.bpe.model": pieces, "special_tokens_map.json": special})


def clip_files():
    """CLIP's order: bytes, bytes that end a word, what merges make, the beginning and the end."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

    trained = Tokenizer(models.BPE(end_of_word_suffix="</w>"))
    trained.normalizer = normalizers.Lowercase()
    trained.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trained.train_from_iterator(corpus, trainers.BpeTrainer(vocab_size=640, initial_alphabet=sorted(alphabet), end_of_word_suffix="</w>", show_progress=False))
    merges = [" ".join(merge) for merge in json.loads(trained.to_str())["model"]["merges"]]
    made = ["".join(merge.split(" ")) for merge in merges]
    vocabulary = numbered(sorted(alphabet), [c + "</w>" for c in sorted(alphabet)], made, ["<|startoftext|>", "<|endoftext|>"])
    return {"vocab.json": vocabulary, "merges.txt": "#version: 0.2\n" + "\n".join(merges) + "\n"}


def tiktoken_file():
    """The base64 of every token's bytes, and its rank, a line each."""
    import base64

    bytes_of = {c: b for b, c in transformers.convert_slow_tokenizer.bytes_to_unicode().items()}
    ranked = sorted(byte_pairs([])["vocab.json"].items(), key=lambda item: item[1])
    return "".join(f"{base64.b64encode(bytes(bytes_of[c] for c in token)).decode()} {rank}\n" for token, rank in ranked)


neox_files = byte_pairs(["<|endoftext|>", "<|padding|>"])
pegasus_map = {"eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>", "mask_token": "<mask_2>", "additional_special_tokens": ["<mask_1>", *[f"<unk_{i}>" for i in range(2, 103)]]}
pegasus_pieces = pieces("unigram", vocab_size=110, bos_id=-1, pad_id=0, eos_id=1, unk_id=2)
siglip_pieces = pieces("unigram", vocab_size=110, pad_id=0, eos_id=1, unk_id=2, bos_id=-1, required_chars="<>")
eos = {"content": "</s>", "lstrip": True, "rstrip": True, "single_word": False, "normalized": False}

# name → model type, tokenizer_config.json (or None), other files: as their repositories carry them
layouts = {
    "marian": marian(source_pieces, target_pieces, [], {"target_lang": "fr", "source_lang": "en"}),
    "marian-codes": marian(source_pieces, target_pieces, [">>fra<<", ">>deu<<"], {"target_lang": "roa", "source_lang": "en", "tokenizer_class": "MarianTokenizer", "model_max_length": 512, "separate_vocabs": False, "special_tokens_map_file": None, "sp_model_kwargs": {}}, **{"special_tokens_map.json": {"eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"}}),
    "marian-apart": ("marian", {"target_lang": "de", "source_lang": "en", "separate_vocabs": True, "tokenizer_class": "MarianTokenizer"}, {"source.spm": source_pieces, "target.spm": target_pieces, "vocab.json": numbered(["</s>", "<unk>", "<pad>"], texts_of(source_pieces)), "target_vocab.json": numbered(["</s>", "<unk>", "<pad>"], texts_of(target_pieces))}),
    "m2m_100": many_to_many({"src_lang": None, "tgt_lang": None, "language_codes": "m2m100", "num_madeup_words": 8, "tokenizer_class": "M2M100Tokenizer", "bos_token": "<s>", "eos_token": "</s>", "sep_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>", "sp_model_kwargs": {}}, {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "sep_token": "</s>", "pad_token": "<pad>", "additional_special_tokens": [f"__{code}__" for code in FAIRSEQ_LANGUAGE_CODES["m2m100"]]}, pair_pieces),
    "m2m_100-french": many_to_many({"src_lang": "fr", "tgt_lang": "en", "tokenizer_class": "M2M100Tokenizer"}, {}, unigram),
    "m2m_100-wmt21": many_to_many({"language_codes": "wmt21", "src_lang": "de", "num_madeup_words": 1, "tokenizer_class": "M2M100Tokenizer"}, {}, pair_pieces),
    "mbart": ("mbart", {"model_max_length": 1024}, {"sentencepiece.bpe.model": unigram}),
    "mbart-romanian": ("mbart", {"tokenizer_class": "MBartTokenizer", "src_lang": "ro_RO", "tgt_lang": "en_XX"}, {"sentencepiece.bpe.model": unigram}),
    "mbart50": ("mbart", {"src_lang": None, "tgt_lang": None, "tokenizer_class": "MBart50Tokenizer", "eos_token": "</s>", "sep_token": "</s>", "cls_token": "<s>", "unk_token": "<unk>", "pad_token": "<pad>", "mask_token": "<mask>", "language_codes": "mbart50"}, {"sentencepiece.bpe.model": unigram, "special_tokens_map.json": {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "sep_token": "</s>", "pad_token": "<pad>", "cls_token": "<s>", "mask_token": {"content": "<mask>", "single_word": False, "lstrip": True, "rstrip": False, "normalized": True}}}),
    "mbart50-hindi": ("mbart", {"src_lang": "hi_IN", "tgt_lang": "fr_XX", "tokenizer_class": "MBart50Tokenizer"}, {"sentencepiece.bpe.model": unigram}),
    "nllb": ("m2m_100", {"bos_token": "<s>", "eos_token": "</s>", "sep_token": "</s>", "cls_token": "<s>", "unk_token": "<unk>", "pad_token": "<pad>", "mask_token": {"__type": "AddedToken", "content": "<mask>", "single_word": False, "lstrip": True, "rstrip": False, "normalized": True}, "src_lang": None, "tgt_lang": None, "tokenizer_class": "NllbTokenizer", "additional_special_tokens": NLLB_CODES}, {"sentencepiece.bpe.model": pair_pieces}),
    "nllb-suffix": ("m2m_100", {"src_lang": "fra_Latn", "tgt_lang": "deu_Latn", "additional_special_tokens": NLLB_CODES, "legacy_behaviour": True, "tokenizer_class": "NllbTokenizer"}, {"sentencepiece.bpe.model": pair_pieces}),
    # this release swaps the two masks for the weights, so they are not in its texts; without mask_token_sent it numbers every piece one too low for the weights
    "pegasus": ("pegasus", {"model_max_length": 512, "tokenizer_class": "PegasusTokenizer", "mask_token_sent": "<mask_1>"}, {"spiece.model": pegasus_pieces, "special_tokens_map.json": pegasus_map}),
    "pegasus-named": ("pegasus", {"tokenizer_class": "PegasusTokenizer", "mask_token": "<mask_2>", "mask_token_sent": "<mask_1>", "offset": 103}, {"spiece.model": pegasus_pieces}),
    "clip": ("clip", {"unk_token": {"content": "<|endoftext|>", "single_word": False, "lstrip": False, "rstrip": False, "normalized": True, "__type": "AddedToken"}, "bos_token": "<|startoftext|>", "eos_token": "<|endoftext|>", "pad_token": "<|endoftext|>", "add_prefix_space": False, "errors": "replace", "do_lower_case": True, "model_max_length": 77, "tokenizer_class": "CLIPTokenizer"}, clip_files()),
    "clip-plain": ("clip", None, clip_files()),
    "siglip": ("siglip", {"additional_special_tokens": [], "clean_up_tokenization_spaces": True, "do_lower_case": True, "eos_token": "</s>", "model_max_length": 64, "model_input_names": ["input_ids"], "pad_token": "</s>", "processor_class": "SiglipProcessor", "sp_model_kwargs": {}, "tokenizer_class": "SiglipTokenizer", "unk_token": "<unk>", "added_tokens_decoder": {"1": {**eos, "special": True}, "2": {**eos, "content": "<unk>", "special": True}}}, {"spiece.model": siglip_pieces, "special_tokens_map.json": {"eos_token": eos, "pad_token": eos, "unk_token": {**eos, "content": "<unk>"}}}),
    "siglip-plain": ("siglip", None, {"spiece.model": siglip_pieces}),
    "llama-tiktoken": ("llama", {"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<|begin_of_text|>", "eos_token": "<|end_of_text|>"}, {"tokenizer.model": tiktoken_file()}),
    "llama-tiktoken-added": ("llama", {"tokenizer_class": "PreTrainedTokenizerFast", "added_tokens_decoder": {"300": entry("<|endoftext|>", True), "305": entry("<|startoftext|>", True)}}, {"tokenizer.model": tiktoken_file()}),
    "gpt_neox-files": ("gpt_neox", {"tokenizer_class": "GPTNeoXTokenizer", "unk_token": "<|endoftext|>", "add_prefix_space": False}, neox_files),
    "phi-files": ("phi", {"tokenizer_class": "CodeGenTokenizer"}, gpt2_files),
    "qwen2-files": ("qwen2", {"tokenizer_class": "Qwen2Tokenizer", "bos_token": None, "unk_token": None, "eos_token": "<|endoftext|>", "pad_token": "<|endoftext|>"}, gpt2_files),
    "opt-files": ("opt", {"tokenizer_class": "GPT2Tokenizer", "add_bos_token": True, "bos_token": "</s>", "eos_token": "</s>", "unk_token": "</s>", "pad_token": "<pad>"}, roberta_files),
    "nomic-files": ("nomic_bert", {"tokenizer_class": "BertTokenizer"}, {"vocab.txt": vocab}),
}

# name → model type, tokenizer_config.json (or None), other files
folders = {
    # added tokens
    "bert-added-file": ("bert", bert_config, {"vocab.txt": vocab, "added_tokens.json": {"[E1]": size, "[/E1]": size + 1, "covid19": size + 2}, "special_tokens_map.json": {"cls_token": "[CLS]", "additional_special_tokens": ["[E1]", "[/E1]"]}}),
    "bert-added-decoder": ("bert", {**bert_config, "added_tokens_decoder": {**bert_entries, **e1}}, {"vocab.txt": vocab, "special_tokens_map.json": {"sep_token": "[CLS]"}}),
    "bert-added-decoder-gap": ("bert", {**bert_config, "added_tokens_decoder": {**bert_entries, str(size + 9): entry("[E1]", True, lstrip=True), str(size + 20): entry("covid19", False, single_word=True)}}, {"vocab.txt": vocab}),
    "bert-additional-in-config": ("bert", {**bert_config, "additional_special_tokens": ["[E1]", "[/E1]"]}, {"vocab.txt": vocab}),
    "bert-extra-in-map": ("bert", bert_config, {"vocab.txt": vocab, "special_tokens_map.json": {"additional_special_tokens": ["[E1]", "[/E1]"], "mask_token": {"content": "[MASK]", "lstrip": True, "rstrip": False, "normalized": False, "single_word": False}}}),
    "bert-model-token": ("bert", {**bert_config, "entity_token": "[E1]", "extra_special_tokens": {"end_token": "[/E1]"}}, {"vocab.txt": vocab}),
    "bert-json-added-decoder": ("bert", {**bert_config, "added_tokens_decoder": {**bert_entries, **e1}}, {"tokenizer.json": bert_json}),
    "bert-json-added-file": ("bert", bert_config, {"tokenizer.json": bert_json, "added_tokens.json": {"[E1]": size, "covid19": size + 1}}),
    "bert-json-only": ("bert", None, {"tokenizer.json": cased}),
    "generic-json-added-decoder": ("bert", {"tokenizer_class": "PreTrainedTokenizerFast", "added_tokens_decoder": {**bert_entries, **e1}}, {"tokenizer.json": cased}),
    "gpt2-added": ("gpt2", {"tokenizer_class": "GPT2Tokenizer", "pad_token": "<pad>"}, {**gpt2_files, "added_tokens.json": {"[E1]": 300, "<pad>": 301}}),
    "roberta-files": ("roberta", {"tokenizer_class": "RobertaTokenizer"}, roberta_files),
    "roberta-mask-in-map": ("roberta", None, {**roberta_files, "special_tokens_map.json": {"mask_token": {"content": "<mask>", "lstrip": True, "rstrip": False, "normalized": False, "single_word": False}}}),
    # where the files disagree
    "bert-cased-json-silent-config": ("bert", bert_config, {"tokenizer.json": cased}),
    "bert-cased-config": ("bert", {**bert_config, "do_lower_case": False}, {"tokenizer.json": bert_json}),
    "bert-accents": ("bert", {**bert_config, "strip_accents": False}, {"tokenizer.json": bert_json}),
    "bert-cased-accents": ("bert", {**bert_config, "do_lower_case": False, "strip_accents": True}, {"tokenizer.json": bert_json}),
    "bert-han-together": ("distilbert", {"tokenizer_class": "DistilBertTokenizer", "tokenize_chinese_chars": False}, {"tokenizer.json": bert_json}),
    "bert-generic-class": ("bert", {"tokenizer_class": "PreTrainedTokenizerFast", "do_lower_case": True}, {"tokenizer.json": cased}),
    "gpt2-prefix-space": ("gpt2", {"tokenizer_class": "GPT2Tokenizer", "add_prefix_space": True}, {"tokenizer.json": gpt2_json}),
    "gpt2-beginning": ("gpt2", {"tokenizer_class": "GPT2Tokenizer", "add_bos_token": True}, gpt2_files),
    "gpt2-json-beginning": ("gpt2", {"tokenizer_class": "GPT2Tokenizer", "add_bos_token": True}, {"tokenizer.json": gpt2_json}),
    "roberta-prefix-space": ("roberta", {"add_prefix_space": True, "trim_offsets": False}, {"tokenizer.json": lstrip_mask}),
    "llama-no-beginning": ("llama", {"tokenizer_class": "LlamaTokenizer", "add_bos_token": False, "add_eos_token": True}, {"tokenizer.json": llama_json}),
    "llama-legacy": ("llama", {"tokenizer_class": "LlamaTokenizer", "legacy": True}, {"tokenizer.json": llama_json}),
    "llama-generic-class": ("llama", {"tokenizer_class": "PreTrainedTokenizerFast", "add_bos_token": True}, {"tokenizer.json": gpt2_json}),
    "llama-class-on-bytes": ("llama", {"tokenizer_class": "LlamaTokenizer", "add_bos_token": True}, {"tokenizer.json": gpt2_json}),
    "bert-model-xlm-tokenizer": ("bert", {"tokenizer_class": "XLMRobertaTokenizer"}, {"tokenizer.json": xlm_json}),
    "xlm-json-no-prefix": ("xlm-roberta", {"add_prefix_space": False}, {"tokenizer.json": xlm_json}),
    "albert-json-cased": ("albert", {"do_lower_case": False, "keep_accents": True}, {"tokenizer.json": albert_json}),
    "t5-json": ("t5", {"tokenizer_class": "T5Tokenizer", "extra_ids": 5}, {"tokenizer.json": t5_json}),
    "bert-cleaned-up": ("albert", {"clean_up_tokenization_spaces": True}, {"tokenizer.json": albert_json}),
    "sides": ("bert", {**bert_config, "truncation_side": "left"}, {"tokenizer.json": changed(bert_json, padding={"strategy": "BatchLongest", "direction": "Left", "pad_to_multiple_of": None, "pad_id": 0, "pad_type_id": 0, "pad_token": "[PAD]"})}),
    # a SentencePiece model alone
    "t5-pieces": ("t5", {"tokenizer_class": "T5Tokenizer", "extra_ids": 5}, {"spiece.model": t5_pieces}),
    "mt5-pieces-no-config": ("mt5", None, {"spiece.model": t5_pieces}),
    "t5-pieces-additional": ("t5", {"extra_ids": 0, "additional_special_tokens": ["[E1]"]}, {"spiece.model": t5_pieces}),
    "albert-pieces": ("albert", None, {"spiece.model": albert_pieces}),
    "albert-pieces-cased": ("albert", {"do_lower_case": False, "keep_accents": True}, {"spiece.model": albert_pieces}),
    "deberta-v2-pieces": ("deberta-v2", {"do_lower_case": False, "vocab_type": "spm"}, {"spm.model": deberta_pieces}),
    "deberta-v2-pieces-punctuation": ("deberta-v2", {"do_lower_case": True, "split_by_punct": True, "tokenizer_class": "DebertaV2Tokenizer"}, {"spm.model": deberta_pieces}),
    "mpnet-files": ("mpnet", None, {"vocab.txt": mpnet_vocab}),
    "mpnet-cased": ("mpnet", {"tokenizer_class": "MPNetTokenizer", "do_lower_case": False}, {"vocab.txt": mpnet_vocab}),
    "electra-files": ("electra", {"do_lower_case": True}, {"vocab.txt": vocab}),
    "xlnet-pieces": ("xlnet", None, {"spiece.model": xlnet_pieces}),
    "camembert-pieces": ("camembert", None, {"sentencepiece.bpe.model": pieces("unigram", unk_id=0, bos_id=1, eos_id=2)}),
    "xlm-roberta-pieces": ("xlm-roberta", None, {"sentencepiece.bpe.model": unigram}),
    "llama-pieces": ("llama", {"tokenizer_class": "LlamaTokenizer", "add_bos_token": True, "add_eos_token": False}, {"tokenizer.model": llama_pieces}),
    "llama-pieces-legacy": ("llama", {"tokenizer_class": "LlamaTokenizer", "legacy": True, "add_eos_token": True, "added_tokens_decoder": {"0": entry("<unk>", True), "1": entry("<s>", True), "2": entry("</s>", True), "360": entry("[E1]", True)}}, {"tokenizer.model": llama_pieces}),
    "llama-pieces-no-config": ("llama", None, {"tokenizer.model": llama_pieces}),
    "llama-pieces-user": ("llama", {"tokenizer_class": "PreTrainedTokenizerFast", "legacy": False}, {"tokenizer.model": user_pieces}),
    "plain-unigram-pieces": ("llama", None, {"tokenizer.model": plain_unigram}),
}


def speaks_two(tokenizer):
    return "Marian" in type(tokenizer).__name__ or getattr(tokenizer, "tgt_lang", None) is not None


def written(tokenizer, text):
    """What a decoder writes for a text, its end and what comes behind that included."""
    return tokenizer(text_target=text)["input_ids"]


def units(text, position):
    return len(text[:position].encode("utf-16-le")) // 2


def case(name, tokenizer, text, pair=None):
    encoded = tokenizer(text, pair, return_offsets_mapping=tokenizer.is_fast, return_token_type_ids=True)
    offsets = [] if tokenizer.is_fast else None
    for (start, end), sequence in zip(encoded["offset_mapping"], encoded.sequence_ids()) if tokenizer.is_fast else []:
        source = text if sequence == 0 else pair
        offsets.append(None if sequence is None else [units(source, start), units(source, end)])
    return {
        "text": text,
        **({} if pair is None else {"pair": pair}),
        "ids": encoded["input_ids"],
        "types": encoded["token_type_ids"],
        **({} if offsets is None else {"offsets": offsets}),
        "decoded": tokenizer.decode(encoded["input_ids"]),
        # Python's own pairs lose tokens in another order
        **({} if pair and not tokenizer.is_fast else {"cut": tokenizer(text, pair, truncation=True, max_length=6)["input_ids"]}),
        **({"target": written(tokenizer, text)} if speaks_two(tokenizer) and pair is None else {}),
        **({"skipped": tokenizer.decode(encoded["input_ids"], skip_special_tokens=True)} if name in layouts else {}),
    }


def main(out, *only):
    for name, (model_type, config, files) in {**folders, **layouts}.items():
        if only and name not in only:
            continue
        folder = out / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        write(folder, "config.json", {"model_type": model_type})
        if config is not None:
            write(folder, "tokenizer_config.json", config)
        for file, content in files.items():
            write(folder, file, content)
        try:
            tokenizer = AutoTokenizer.from_pretrained(folder)
            lines = [case(name, tokenizer, text) for text in texts + (harsh[: -1 if "pegasus" in name else None] if name in layouts else [])] + [case(name, tokenizer, *pair) for pair in pairs]
        except Exception as error:
            print(name, "cannot be loaded:", repr(error)[:200])
            shutil.rmtree(folder)
            continue
        batch = tokenizer(["the cat", "a"], padding=True)["input_ids"] if tokenizer.pad_token else None
        lines.append({"batch": ["the cat", "a"], "ids": batch, "side": tokenizer.padding_side})
        write(folder, "cases.jsonl", "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))
        print(name, type(tokenizer).__name__)
    write(out, "versions.json", {"transformers": transformers.__version__, "sentencepiece": sentencepiece.__version__})


main(Path(sys.argv[1]), *sys.argv[2:])
