"""Folders of tokenizer files as people have them, with what transformers' AutoTokenizer makes of each.

    pip install transformers==5.24.0 tokenizers==0.23.3 sentencepiece==0.2.3 protobuf
    python scripts/make-tokenizer-folders.py test/field/tokenizers

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


def units(text, position):
    return len(text[:position].encode("utf-16-le")) // 2


def case(tokenizer, text, pair=None):
    encoded = tokenizer(text, pair, return_offsets_mapping=True, return_token_type_ids=True)
    offsets = []
    for (start, end), sequence in zip(encoded["offset_mapping"], encoded.sequence_ids()):
        source = text if sequence == 0 else pair
        offsets.append(None if sequence is None else [units(source, start), units(source, end)])
    return {
        "text": text,
        **({} if pair is None else {"pair": pair}),
        "ids": encoded["input_ids"],
        "types": encoded["token_type_ids"],
        "offsets": offsets,
        "decoded": tokenizer.decode(encoded["input_ids"]),
        "cut": tokenizer(text, pair, truncation=True, max_length=6)["input_ids"],
    }


def main(out):
    shutil.rmtree(out, ignore_errors=True)
    for name, (model_type, config, files) in folders.items():
        folder = out / name
        folder.mkdir(parents=True)
        write(folder, "config.json", {"model_type": model_type})
        if config is not None:
            write(folder, "tokenizer_config.json", config)
        for file, content in files.items():
            write(folder, file, content)
        try:
            tokenizer = AutoTokenizer.from_pretrained(folder)
            lines = [case(tokenizer, text) for text in texts] + [case(tokenizer, *pair) for pair in pairs]
        except Exception as error:
            print(name, "cannot be loaded:", repr(error)[:200])
            shutil.rmtree(folder)
            continue
        batch = tokenizer(["the cat", "a"], padding=True)["input_ids"] if tokenizer.pad_token else None
        lines.append({"batch": ["the cat", "a"], "ids": batch, "side": tokenizer.padding_side})
        write(folder, "cases.jsonl", "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))
        print(name, type(tokenizer).__name__)
    write(out, "versions.json", {"transformers": transformers.__version__, "sentencepiece": sentencepiece.__version__})


main(Path(sys.argv[1]))
