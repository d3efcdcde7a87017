"""Writes test/golden/hub-<name>: encoders and encoder-decoders laid out as their most downloaded repositories are (tensor names, old config
keys, the tokenizer's files, sentence-transformers' modules), and seen.json: what Python makes of a text. Weights are small and random.

    pip install torch==2.13.0 transformers==5.24.0 sentencepiece protobuf
    python scripts/make-hub-encoders.py [name …]
"""

import json
import shutil
import sys
from pathlib import Path

import torch
import transformers
from safetensors.torch import load_file
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, processors
from transformers import AutoTokenizer

from golden_trace import random_weights
from hub_folder import put, put_weights, rounded

HOME = Path(__file__).parent.parent / "test"
FILES = HOME / "field" / "tokenizers"
TEXT = "the cat sat on the mat and the dog ran."
MASKED = "the cat {} on the mat."
SIZES = dict(hidden_size=12, num_hidden_layers=2, num_attention_heads=2, intermediate_size=16, max_position_embeddings=64)
STACKS = dict(d_model=12, encoder_layers=2, decoder_layers=2, encoder_attention_heads=2, decoder_attention_heads=2, encoder_ffn_dim=16,
              decoder_ffn_dim=16, max_position_embeddings=64)
DROPS = {"attention_probs_dropout_prob": 0.1, "hidden_dropout_prob": 0.1, "initializer_range": 0.02}
POOL = {"word_embedding_dimension": 12, "pooling_mode_cls_token": False, "pooling_mode_mean_tokens": True, "pooling_mode_max_tokens": False,
        "pooling_mode_mean_sqrt_len_tokens": False}
MEAN = ["Transformer", "Pooling"]


def sentences(modules, length, prompts=None):
    """What sentence-transformers lays beside a model."""
    parts = {"Transformer": "", "Pooling": "1_Pooling", "Normalize": "2_Normalize"}
    listed = [{"idx": n, "name": str(n), "path": parts[name], "type": f"sentence_transformers.models.{name}"} for n, name in enumerate(modules)]
    return {"modules.json": listed, "1_Pooling/config.json": POOL, "sentence_bert_config.json": {"max_seq_length": length, "do_lower_case": False},
            "config_sentence_transformers.json": {"__version__": {"sentence_transformers": "2.0.0", "transformers": "4.6.1", "pytorch": "1.8.1"},
                                                  **(prompts or {})}}


def byte_pairs():
    """ModernBERT's tokenizer: bytes, and BERT's special tokens behind them."""
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    merges = [("t", "h"), ("th", "e"), ("a", "t"), ("Ġ", "the"), ("c", "at"), ("Ġ", "cat")]
    special = ["[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"]
    vocab = {text: number for number, text in enumerate([*letters, *("".join(pair) for pair in merges), *special])}
    tokenizer = Tokenizer(models.BPE(vocab, merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    ends = [(text, vocab[text]) for text in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS]:0 $A:0 [SEP]:0", pair="[CLS]:0 $A:0 [SEP]:0 $B:0 [SEP]:0", special_tokens=ends)
    tokenizer.add_special_tokens([AddedToken(text, special=True, lstrip=text == "[MASK]") for text in special])
    return json.loads(tokenizer.to_str()), len(vocab)


def fields(*names, **more):
    """The fields of that name alone, and others."""
    return lambda config: {**{name: config[name] for name in ("architectures", "model_type", "vocab_size", *names) if name in config}, **more}


BERT = ("hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "max_position_embeddings", "hidden_act", "layer_norm_eps",
        "type_vocab_size", "pad_token_id")
BART = ("d_model", "encoder_layers", "decoder_layers", "encoder_attention_heads", "decoder_attention_heads", "encoder_ffn_dim", "decoder_ffn_dim",
        "max_position_embeddings", "activation_function", "scale_embedding", "pad_token_id", "bos_token_id", "eos_token_id", "decoder_start_token_id",
        "is_encoder_decoder", "forced_eos_token_id")
SPLIT = {"dropout": 0.1, "attention_dropout": 0.0, "activation_dropout": 0.0, "init_std": 0.02, "use_cache": True, "num_hidden_layers": 2,
         "normalize_embedding": True, "normalize_before": False, "add_final_layer_norm": False, "add_bias_logits": False, "static_position_embeddings": False,
         "gradient_checkpointing": False, "classif_dropout": 0.0, "output_past": True}
CNN = {"summarization": {"early_stopping": True, "length_penalty": 2.0, "max_length": 142, "min_length": 56, "no_repeat_ngram_size": 3, "num_beams": 4}}
modern, modern_size = byte_pairs()

# name → class, config class, its fields, tokenizer folder or files, how config.json is published, a pickle or not, tensors beside, what is asked
FAMILIES = {
    "electra": dict(
        model="ElectraForMaskedLM", config=("ElectraConfig", {**SIZES, "embedding_size": 8, "pad_token_id": 0}), files="electra-files",
        publish=fields(*BERT, "embedding_size", **DROPS, summary_activation="gelu", summary_last_dropout=0.1, summary_type="first", summary_use_proj=True),
        pickle=True, beside={"electra.embeddings.position_ids": torch.arange(64)[None]}, task="fill", mask="[MASK]"),
    "mpnet": dict(
        model="MPNetModel", config=("MPNetConfig", {**SIZES, "pad_token_id": 1, "max_position_embeddings": 66}), files="mpnet-files",
        publish=fields(*BERT, **DROPS, bos_token_id=0, eos_token_id=2, relative_attention_num_buckets=32, gradient_checkpointing=False, transformers_version="4.8.2"),
        task="embed", more=sentences([*MEAN, "Normalize"], 20), beside={"embeddings.position_ids": torch.arange(66)[None]}),
    "modernbert": dict(
        model="ModernBertForMaskedLM", task="fill", mask="[MASK]",
        config=("ModernBertConfig", {**SIZES, "num_hidden_layers": 4, "vocab_size": modern_size + 3, "local_attention": 4, "pad_token_id": modern_size - 2, "bos_token_id": modern_size - 4,
                                     "eos_token_id": modern_size - 3, "cls_token_id": modern_size - 4, "sep_token_id": modern_size - 3}),
        files={"tokenizer.json": modern, "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast", "clean_up_tokenization_spaces": True, "cls_token": "[CLS]", "mask_token": "[MASK]", "pad_token": "[PAD]", "sep_token": "[SEP]",
            "unk_token": "[UNK]", "model_max_length": 8192, "model_input_names": ["input_ids", "attention_mask"]}},
        publish=fields(*BERT, "cls_token_id", "sep_token_id", "bos_token_id", "eos_token_id", "local_attention", attention_bias=False, attention_dropout=0.0, classifier_activation="gelu",
                       classifier_bias=False, classifier_dropout=0.0, classifier_pooling="mean", decoder_bias=True, deterministic_flash_attn=False, embedding_dropout=0.0,
                       global_attn_every_n_layers=3, global_rope_theta=160000.0, local_rope_theta=10000.0, hidden_activation="gelu", initializer_cutoff_factor=2.0, mlp_bias=False,
                       mlp_dropout=0.0, norm_bias=False, norm_eps=1e-05, position_embedding_type="absolute", reference_compile=None, repad_logits_with_grad=False,
                       sparse_pred_ignore_index=-100, sparse_prediction=False, torch_dtype="float32", transformers_version="4.47.0.dev0")),
    "nomic_bert": dict(
        model="NomicBertModel", task="embed", files="nomic-files", config=("NomicBertConfig", {**SIZES, "layer_norm_eps": 1e-12}),
        publish=lambda config: {
            "architectures": ["NomicBertModel"], "model_type": "nomic_bert", "vocab_size": config["vocab_size"], **SIZES, "activation_function": "swiglu", "attn_pdrop": 0.0,
            "auto_map": {"AutoConfig": "nomic-ai/nomic-bert-2048--configuration_hf_nomic_bert.NomicBertConfig", "AutoModel": "nomic-ai/nomic-bert-2048--modeling_hf_nomic_bert.NomicBertModel"},
            "bos_token_id": None, "causal": False, "dense_seq_output": True, "embd_pdrop": 0.0, "eos_token_id": None, "fused_bias_fc": True, "fused_dropout_add_ln": True,
            "layer_norm_epsilon": 1e-12, "max_trained_positions": 64, "mlp_fc1_bias": False, "mlp_fc2_bias": False, "n_embd": 12, "n_head": 2, "n_inner": 16, "n_layer": 2, "n_positions": 64,
            "pad_vocab_size_multiple": 64, "parallel_block": False, "parallel_block_tied_norm": False, "prenorm": False, "qkv_proj_bias": False, "reorder_and_upcast_attn": False,
            "resid_pdrop": 0.0, "rotary_emb_base": 1000, "rotary_emb_fraction": 1.0, "rotary_emb_interleaved": False, "rotary_emb_scale_base": None, "rotary_scaling_factor": None,
            "scale_attn_by_inverse_layer_idx": False, "scale_attn_weights": True, "summary_type": "cls_index", "summary_use_proj": True, "type_vocab_size": 2, "use_cache": True,
            "use_flash_attn": True, "use_rms_norm": False, "use_xentropy": True, "torch_dtype": "float32", "transformers_version": "4.37.2"},
        more=sentences(MEAN, 64)),
    "bart": dict(
        model="BartForConditionalGeneration", task="generate", files="roberta-files",
        config=("BartConfig", {**STACKS, "pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2, "decoder_start_token_id": 2, "forced_eos_token_id": 2}),
        publish=fields(*BART, **SPLIT, _num_labels=3, early_stopping=True, force_bos_token_to_be_generated=True, forced_bos_token_id=0, length_penalty=2.0, max_length=24, min_length=6,
                       no_repeat_ngram_size=3, num_beams=4, prefix=" ", task_specific_params=CNN, transformers_version="4.7.0.dev0"),
        generation={"bos_token_id": 0, "decoder_start_token_id": 2, "early_stopping": True, "eos_token_id": 2, "forced_bos_token_id": 0, "forced_eos_token_id": 2, "length_penalty": 2.0,
                    "max_length": 24, "min_length": 6, "no_repeat_ngram_size": 3, "num_beams": 4, "pad_token_id": 1}),
    "pegasus": dict(
        model="PegasusForConditionalGeneration", task="generate", files="pegasus", pickle=True,
        config=("PegasusConfig", {**STACKS, "pad_token_id": 0, "eos_token_id": 1, "bos_token_id": 0, "decoder_start_token_id": 0, "scale_embedding": True, "forced_eos_token_id": 1}),
        publish=fields(*BART, **{**SPLIT, "add_final_layer_norm": True, "normalize_before": True, "normalize_embedding": False, "static_position_embeddings": True}, extra_pos_embeddings=1,
                       force_bos_token_to_be_generated=False, length_penalty=0.6, max_length=20, num_beams=4, save_step=25),
        generation={"bos_token_id": 0, "decoder_start_token_id": 0, "eos_token_id": 1, "forced_eos_token_id": 1, "length_penalty": 0.6, "max_length": 20, "num_beams": 4, "pad_token_id": 0}),
}


def write(name, spec):
    folder = HOME / "golden" / f"hub-{name}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    files = spec["files"]
    if isinstance(files, str):
        for file in (FILES / files).iterdir():
            if file.name not in ("config.json", "cases.jsonl"):
                shutil.copy(file, folder / file.name)
    else:
        for file, content in files.items():
            put(folder / file, content)
    config_class, changes = spec["config"]
    if "vocab_size" not in changes:
        put(folder / "config.json", {"model_type": getattr(transformers, config_class).model_type})
        changes = {**changes, "vocab_size": len(AutoTokenizer.from_pretrained(folder)) + 2}
    cls = getattr(transformers, spec["model"])
    torch.manual_seed(1)
    model = cls(getattr(transformers, config_class)(**changes)).eval()
    random_weights(model, 7, None)
    model.save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)
    tensors = load_file(folder / "model.safetensors")
    tensors.update(spec.get("beside", {}))
    put_weights(folder, tensors, spec.get("pickle"))
    put(folder / "config.json", spec["publish"](json.loads((folder / "config.json").read_text())))
    for file, content in spec.get("more", {}).items():
        put(folder / file, content)
    if "generation" in spec:
        put(folder / "generation_config.json", spec["generation"])
    put(folder / "seen.json", seen(folder, cls, spec))
    for file in folder.rglob("*"):
        file.chmod(0o755 if file.is_dir() else 0o644)
    print(name, sum(file.stat().st_size for file in folder.rglob("*")) // 1000, "kB", flush=True)


def seen(folder, cls, spec):
    """What Python makes of the folder as it is written."""
    model = cls.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32).eval()
    task = spec["task"]
    tokenizer = AutoTokenizer.from_pretrained(folder)
    given = tokenizer(TEXT, return_tensors="pt")
    rows = given["input_ids"].tolist()
    found = {"task": task, "text": TEXT, "ids": rows}
    with torch.no_grad():
        start = {"decoder_input_ids": torch.tensor([[model.config.decoder_start_token_id]])} if task == "generate" else {}
        out = model(**given, **start, output_attentions=True)
        weights = (out.encoder_attentions if task == "generate" else out.attentions)[1][0, 1]
        found["weights"] = rounded(weights)
        if task == "embed":
            found["final"] = rounded(out.last_hidden_state[0, 1])
        if task == "fill":
            text = MASKED.format(spec["mask"])
            read = tokenizer(text, return_tensors="pt")
            chances = model(**read).logits[0][read["input_ids"][0] == tokenizer.mask_token_id].softmax(-1)[0].topk(3)
            found["fill"] = {"text": text, "ids": chances.indices.tolist(), "probabilities": rounded(chances.values)}
        if task == "embed":
            mean = out.last_hidden_state[0].mean(0)
            found["vector"] = rounded(mean / mean.norm() if "Normalize" in str(spec["more"]["modules.json"]) else mean)
        if task == "generate":
            found["greedy"] = model.generate(**given, num_beams=1, do_sample=False, early_stopping=False, length_penalty=1.0, max_length=12, min_length=0)[0].tolist()
            found["beams"] = model.generate(**given)[0].tolist()
    return found


transformers.logging.set_verbosity_error()
for wanted in sys.argv[1:] or FAMILIES:
    write(wanted, FAMILIES[wanted])
