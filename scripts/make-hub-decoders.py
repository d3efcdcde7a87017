"""Writes test/golden/hub-<family>: for each decoder a folder laid out as its most downloaded repository has it (tensor names, config keys,
generation_config.json, the tokenizer's files, a chat template), and hub.json: what transformers makes of texts, of a batch, of a chat and of
a prompt with it. Weights and words are small and random.

    pip install torch==2.13.0 transformers==5.24.0
    python scripts/make-hub-decoders.py
"""

import json
import shutil
import sys
from pathlib import Path

import torch
import transformers
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import AutoModelForCausalLM, AutoTokenizer

from golden_decoder import tiny
from golden_trace import random_weights
from hub_folder import put
from safetensors.torch import load_file, save_file

HOME = Path(__file__).parent.parent / "test" / "golden"
TEXTS = ["the cat sat on the mat", "  It's 12 o'clock,\n\nand she'll say: no!", "ab"]
PROMPTS = [[15, 19, 14, 27, 20, 33, 41, 12, 18, 30, 25], [22, 16], [18, 13, 17, 40, 31]]
LETTERS = "abcdefghijklmnopqrstuvwxyzTISA0123456789.,:!'\""
PAIRS = ["t h", "th e", "a t", "a n", "an d", "o n"]
QWEN = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
CHATML = "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
GEMMA = "{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}{% if (message['role'] == 'assistant') %}{% set role = 'model' %}{% else %}{% set role = message['role'] %}{% endif %}{{ '<start_of_turn>' + role + '\n' + message['content'] | trim + '<end_of_turn>\n' }}{% endfor %}{% if add_generation_prompt %}{{'<start_of_turn>model\n'}}{% endif %}"
MISTRAL = "{{ bos_token }}{% for message in messages %}{% if message['role'] == 'user' %}{{ '[INST] ' + message['content'] + ' [/INST]' }}{% elif message['role'] == 'assistant' %}{{ message['content'] + eos_token}}{% endif %}{% endfor %}"
PHI3 = "{% for message in messages %}{{'<|' + message['role'] + '|>\n' + message['content'] + '<|end|>\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>\n' }}{% else %}{{ eos_token }}{% endif %}"
ZEPHYR = "{{ bos_token }}{% for message in messages %}{{ '<|' + message['role'] + '|>\n' + message['content'] + '\n' }}{% if loop.last and add_generation_prompt %}{{ '<|assistant|>\n' }}{% endif %}{% endfor %}"
GRANITE = "{% for message in messages %}{{ '<|start_of_role|>' + message['role'] + '<|end_of_role|>' + message['content'] + '<|end_of_text|>\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|start_of_role|>assistant<|end_of_role|>' }}{% endif %}"


def words(blank, special, first):
    """Ids by text, special tokens first or last, and merges."""
    merges = [*PAIRS, f"{blank} the", f"{blank} and"]
    plain = [*LETTERS, blank, *(["Ċ"] if blank == "Ġ" else ["\n"]), *(merge.replace(" ", "") for merge in merges)]
    texts = [*special, *plain] if first else [*plain, *special]
    return {text: number for number, text in enumerate(texts)}, merges


def byte_level(special, *, qwen=False, composed=False, around=None, unk=None):
    vocab, merges = words("Ġ", special, False)
    tokenizer = Tokenizer(models.BPE(vocab, [tuple(merge.split(" ")) for merge in merges], unk_token=unk))
    if qwen or composed:
        tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(__import__("tokenizers").Regex(QWEN), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ]) if qwen else pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.TemplateProcessing(single=f"{around}:0 $A:0", pair=f"{around}:0 $A:0 $B:1", special_tokens=[
        (around, vocab[around])]) if around else processors.ByteLevel(trim_offsets=False)
    return finish(tokenizer, special)


def pieces(special, *, gemma, bos):
    vocab, merges = words("▁", special, True)
    tokenizer = Tokenizer(models.BPE(vocab, [tuple(merge.split(" ")) for merge in merges], unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    if gemma:
        tokenizer.normalizer = normalizers.Replace(" ", "▁")
        tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
        steps = [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    else:
        tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
        steps = [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    tokenizer.decoder = decoders.Sequence(steps)
    tokenizer.post_processor = processors.TemplateProcessing(single=f"{bos}:0 $A:0", pair=f"{bos}:0 $A:0 {bos}:1 $B:1", special_tokens=[
        (bos, vocab[bos])])
    return finish(tokenizer, special)


def finish(tokenizer, special):
    tokenizer.add_special_tokens([AddedToken(text, special=True, normalized=False) for text in special])
    return tokenizer


def renamed(change):
    return lambda tensors: {change(name): value for name, value in tensors.items()}


def without(*fields, **more):
    return lambda config: {**{name: value for name, value in config.items() if name not in fields}, **more}


OLD = ("rope_parameters", "dtype", "layer_types")
SIZES = {"hidden_size": 16, "vocab_size": 72, "max_position_embeddings": 64, "num_attention_heads": 2, "num_key_value_heads": 1}


def gpt(**changes):
    return {"vocab_size": 72, **changes}


# name: config class, its fields, the tokenizer, tokenizer_config.json, generation_config.json, how config.json and names are published
FAMILIES = {
    "llama": dict(
        config=("LlamaConfig", {**SIZES, "rms_norm_eps": 1e-5}), tokenizer=lambda: pieces(["<unk>", "<s>", "</s>"], gemma=False, bos="<s>"),
        settings={"tokenizer_class": "LlamaTokenizer", "bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": "</s>", "padding_side": "right", "add_bos_token": True,
                  "add_eos_token": False, "legacy": False, "model_max_length": 2048, "sp_model_kwargs": {}, "use_default_system_prompt": False, "chat_template": ZEPHYR},
        generation={"bos_token_id": 1, "eos_token_id": 2, "max_length": 2048, "pad_token_id": 0},
        publish=without(*OLD, rope_theta=10000.0, rope_scaling=None, torch_dtype="bfloat16", use_cache=True, pretraining_tp=1)),
    "mistral": dict(
        config=("MistralConfig", {**SIZES, "sliding_window": None}), tokenizer=lambda: pieces(["<unk>", "<s>", "</s>", "[INST]", "[/INST]"], gemma=False, bos="<s>"),
        settings={"tokenizer_class": "LlamaTokenizer", "bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": None, "add_bos_token": True,
                  "add_eos_token": False, "legacy": True, "chat_template": MISTRAL},
        generation={"bos_token_id": 1, "eos_token_id": 2}, publish=without(*OLD, rope_theta=1000000.0, torch_dtype="bfloat16", use_cache=True)),
    "qwen2": dict(
        config=("Qwen2Config", {**SIZES, "tie_word_embeddings": True}),
        tokenizer=lambda: byte_level(["<|endoftext|>", "<|im_start|>", "<|im_end|>"], qwen=True),
        settings={"tokenizer_class": "Qwen2Tokenizer", "add_prefix_space": False, "bos_token": None, "eos_token": "<|im_end|>", "pad_token": "<|endoftext|>",
                  "unk_token": None, "errors": "replace", "model_max_length": 131072, "chat_template": CHATML},
        generation={"pad_token_id": "<|endoftext|>", "eos_token_id": ["<|im_end|>", "<|endoftext|>"], "do_sample": True, "temperature": 0.7, "top_p": 0.8, "top_k": 20,
                    "repetition_penalty": 1.1},
        publish=without(*OLD, rope_theta=1000000.0, use_sliding_window=False, sliding_window=32768, max_window_layers=21, torch_dtype="bfloat16")),
    "qwen3": dict(
        config=("Qwen3Config", {**SIZES, "head_dim": 12, "tie_word_embeddings": True}),
        tokenizer=lambda: byte_level(["<|endoftext|>", "<|im_start|>", "<|im_end|>"], qwen=True),
        settings={"tokenizer_class": "Qwen2Tokenizer", "add_bos_token": False, "add_prefix_space": False, "bos_token": None, "eos_token": "<|im_end|>",
                  "pad_token": "<|endoftext|>", "unk_token": None, "chat_template": CHATML},
        generation={"pad_token_id": "<|endoftext|>", "eos_token_id": ["<|im_end|>", "<|endoftext|>"], "do_sample": True, "temperature": 0.6, "top_p": 0.95, "top_k": 20},
        publish=without(*OLD, rope_theta=1000000, rope_scaling=None, use_sliding_window=False, sliding_window=None, max_window_layers=28)),
    "olmo2": dict(
        config=("Olmo2Config", {**SIZES, "num_key_value_heads": 2}), tokenizer=lambda: byte_level(["<|endoftext|>", "<|pad|>", "<|user|>", "<|assistant|>"]),
        settings={"tokenizer_class": "GPT2Tokenizer", "bos_token": "<|endoftext|>", "eos_token": "<|endoftext|>", "pad_token": "<|pad|>", "unk_token": "<|endoftext|>",
                  "add_prefix_space": False, "chat_template": ZEPHYR},
        generation={"pad_token_id": "<|pad|>", "eos_token_id": "<|endoftext|>"}, publish=without(*OLD, rope_theta=500000, rope_scaling=None, attention_bias=False)),
    "smollm3": dict(
        config=("SmolLM3Config", {**SIZES, "num_hidden_layers": 4}), tokenizer=lambda: byte_level(["<|endoftext|>", "<|im_start|>", "<|im_end|>"]),
        settings={"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": None, "eos_token": "<|im_end|>", "pad_token": "<|im_end|>"}, chat=CHATML,
        generation={"bos_token_id": 1, "eos_token_id": "<|im_end|>", "pad_token_id": "<|im_end|>", "do_sample": True, "temperature": 0.6, "top_p": 0.95},
        publish=without("rope_parameters", rope_theta=5000000.0, rope_scaling=None)),
    "granite": dict(
        config=("GraniteConfig", {**SIZES, "embedding_multiplier": 12.0, "attention_multiplier": 0.1, "residual_multiplier": 0.22, "logits_scaling": 2.0,
                                  "tie_word_embeddings": True}),
        tokenizer=lambda: byte_level(["<|end_of_text|>", "<|start_of_role|>", "<|end_of_role|>"]),
        settings={"tokenizer_class": "GPT2Tokenizer", "bos_token": "<|end_of_text|>", "eos_token": "<|end_of_text|>", "pad_token": "<|end_of_text|>",
                  "unk_token": "<|end_of_text|>", "add_bos_token": False, "padding_side": "left", "vocab_size": 49152, "chat_template": GRANITE},
        generation={"bos_token_id": "<|end_of_text|>", "eos_token_id": "<|end_of_text|>", "pad_token_id": "<|end_of_text|>"},
        publish=without(*OLD, rope_theta=10000000.0, rope_scaling=None)),
    "phi3": dict(
        config=("Phi3Config", {**SIZES, "num_key_value_heads": 2, "sliding_window": 16}),
        tokenizer=lambda: pieces(["<unk>", "<s>", "</s>", "<|endoftext|>", "<|user|>", "<|assistant|>", "<|end|>"], gemma=False, bos="<s>"),
        settings={"tokenizer_class": "LlamaTokenizer", "bos_token": "<s>", "eos_token": "<|endoftext|>", "pad_token": "<|endoftext|>", "unk_token": "<unk>",
                  "add_bos_token": False, "add_eos_token": False, "legacy": False, "padding_side": "left", "chat_template": PHI3},
        generation={"bos_token_id": 1, "eos_token_id": ["<|endoftext|>", "<|assistant|>", "<|end|>"], "pad_token_id": "<|endoftext|>"},
        publish=without(*OLD, rope_theta=10000.0, rope_scaling=None, attention_bias=False, auto_map={"AutoConfig": "configuration_phi3.Phi3Config"},
                        original_max_position_embeddings=64)),
    "gemma": dict(
        config=("GemmaConfig", {**SIZES, "head_dim": 12}),
        tokenizer=lambda: pieces(["<pad>", "<eos>", "<bos>", "<unk>", "<mask>", "<start_of_turn>", "<end_of_turn>"], gemma=True, bos="<bos>"),
        settings={"tokenizer_class": "GemmaTokenizer", "add_bos_token": True, "add_eos_token": False, "bos_token": "<bos>", "eos_token": "<eos>", "pad_token": "<pad>",
                  "unk_token": "<unk>", "legacy": None, "chat_template": GEMMA},
        generation={"bos_token_id": 2, "eos_token_id": 1, "pad_token_id": 0},
        publish=without(*OLD, rope_theta=10000.0, rope_scaling=None, hidden_act="gelu", hidden_activation=None)),
    "gemma2": dict(
        config=("Gemma2Config", {**SIZES, "head_dim": 12, "sliding_window": 8, "query_pre_attn_scalar": 12, "attn_logit_softcapping": 2.0, "final_logit_softcapping": 5.0}),
        tokenizer=lambda: pieces(["<pad>", "<eos>", "<bos>", "<unk>", "<mask>", "<start_of_turn>", "<end_of_turn>"], gemma=True, bos="<bos>"),
        settings={"tokenizer_class": "GemmaTokenizer", "add_bos_token": True, "add_eos_token": False, "bos_token": "<bos>", "eos_token": "<eos>", "pad_token": "<pad>",
                  "unk_token": "<unk>", "chat_template": GEMMA},
        generation={"bos_token_id": 2, "eos_token_id": [1, "<end_of_turn>"], "pad_token_id": 0, "cache_implementation": "hybrid"},
        publish=without(*OLD, rope_theta=10000.0, hidden_act="gelu_pytorch_tanh", cache_implementation="hybrid", sliding_window_size=8)),
    "gemma3_text": dict(
        config=("Gemma3TextConfig", {**SIZES, "head_dim": 12, "sliding_window": 8, "query_pre_attn_scalar": 12, "num_hidden_layers": 6}),
        tokenizer=lambda: pieces(["<pad>", "<eos>", "<bos>", "<unk>", "<mask>", "<start_of_turn>", "<end_of_turn>"], gemma=True, bos="<bos>"),
        settings={"tokenizer_class": "GemmaTokenizer", "add_bos_token": True, "add_eos_token": False, "bos_token": "<bos>", "eos_token": "<eos>", "pad_token": "<pad>",
                  "unk_token": "<unk>", "chat_template": GEMMA},
        generation={"bos_token_id": 2, "eos_token_id": [1, "<end_of_turn>"], "pad_token_id": 0, "do_sample": True, "top_k": 64, "top_p": 0.95, "cache_implementation": "hybrid"},
        publish=without(*OLD, rope_theta=1000000, rope_local_base_freq=10000, rope_scaling=None, sliding_window_pattern=6, attn_logit_softcapping=None,
                        final_logit_softcapping=None)),
    "gpt_neox": dict(
        config=("GPTNeoXConfig", {"vocab_size": 72, "hidden_size": 16, "num_attention_heads": 2, "num_hidden_layers": 2, "intermediate_size": 32, "max_position_embeddings": 64,
                                  "bos_token_id": 0, "eos_token_id": 0}),
        tokenizer=lambda: byte_level(["<|endoftext|>", "<|padding|>"], composed=True),
        settings={"tokenizer_class": "GPTNeoXTokenizer", "add_prefix_space": False, "bos_token": "<|endoftext|>", "eos_token": "<|endoftext|>", "unk_token": "<|endoftext|>"},
        generation=None, publish=without(*OLD, "attention_bias", rotary_pct=0.25, rotary_emb_base=10000, torch_dtype="float16"),
        tensors=renamed(lambda name: name.replace("lm_head.", "embed_out.")), buffers=lambda layer: {
            f"gpt_neox.layers.{layer}.attention.bias": torch.ones(1, 1, 8, 8, dtype=torch.bool), f"gpt_neox.layers.{layer}.attention.masked_bias": torch.tensor(-1e9),
            f"gpt_neox.layers.{layer}.attention.rotary_emb.inv_freq": torch.ones(1)}),
    "gptj": dict(
        config=("GPTJConfig", {"vocab_size": 72, "n_embd": 16, "n_head": 2, "n_layer": 2, "n_positions": 64, "rotary_dim": 4, "bos_token_id": 62, "eos_token_id": 62}),
        tokenizer=lambda: byte_level(["<|endoftext|>"]),
        settings={"tokenizer_class": "GPT2Tokenizer", "add_prefix_space": False, "bos_token": "<|endoftext|>", "eos_token": "<|endoftext|>", "unk_token": "<|endoftext|>"},
        generation=None, publish=without("dtype", rotary=True, scale_attn_weights=True, gradient_checkpointing=False, task_specific_params={}), buffers=lambda layer: {
            f"transformer.h.{layer}.attn.bias": torch.ones(1, 1, 8, 8), f"transformer.h.{layer}.attn.masked_bias": torch.tensor(-1e9)}),
    "phi": dict(
        config=("PhiConfig", {**SIZES, "num_key_value_heads": None}), tokenizer=lambda: byte_level(["<|endoftext|>"]),
        settings={"tokenizer_class": "CodeGenTokenizer", "add_prefix_space": False, "bos_token": "<|endoftext|>", "eos_token": "<|endoftext|>", "unk_token": "<|endoftext|>"},
        generation={"bos_token_id": "<|endoftext|>", "eos_token_id": "<|endoftext|>"},
        publish=without(*OLD, rope_theta=10000.0, rope_scaling=None, partial_rotary_factor=0.5)),
    "opt": dict(
        config=("OPTConfig", {"vocab_size": 72, "hidden_size": 16, "num_attention_heads": 2, "num_hidden_layers": 2, "ffn_dim": 32, "max_position_embeddings": 64,
                              "pad_token_id": 1, "bos_token_id": 2, "eos_token_id": 2, "word_embed_proj_dim": 16}),
        tokenizer=lambda: byte_level(["<s>", "<pad>", "</s>", "<unk>"]), split=True,
        settings={"tokenizer_class": "GPT2Tokenizer", "add_bos_token": True, "add_prefix_space": False, "errors": "replace", "bos_token": "</s>", "eos_token": "</s>",
                  "unk_token": "</s>", "pad_token": "<pad>"},
        generation={"bos_token_id": 2, "eos_token_id": 2, "pad_token_id": 1}, publish=without("dtype", prefix="</s>", torch_dtype="float16")),
    "bloom": dict(
        config=("BloomConfig", {"vocab_size": 72, "hidden_size": 16, "n_head": 2, "n_layer": 2, "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 3}),
        tokenizer=lambda: byte_level(["<unk>", "<s>", "</s>", "<pad>"]),
        settings={"tokenizer_class": "BloomTokenizerFast", "bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>", "padding_side": "left",
                  "add_prefix_space": False},
        generation=None, publish=without("dtype", "hidden_size", n_embed=16, n_inner=None, offset_alibi=100, seq_length=2048, masked_softmax_fusion=True,
                                         attention_softmax_in_fp32=True), tensors=renamed(lambda name: name.removeprefix("transformer."))),
    "falcon": dict(
        config=("FalconConfig", {"vocab_size": 72, "hidden_size": 16, "num_attention_heads": 4, "num_hidden_layers": 2, "bos_token_id": 62, "eos_token_id": 62}),
        tokenizer=lambda: byte_level(["<|endoftext|>"]),
        settings={"tokenizer_class": "PreTrainedTokenizerFast", "add_prefix_space": False, "eos_token": "<|endoftext|>", "model_input_names": ["input_ids", "attention_mask"]},
        generation={"bos_token_id": "<|endoftext|>", "eos_token_id": "<|endoftext|>"},
        publish=without(*OLD, apply_residual_connection_post_layernorm=False), tied_copy=True),
}


def write(family, spec):
    folder = HOME / f"hub-{family}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    name, fields = spec["config"]
    cls = getattr(transformers, name)
    config = tiny(cls, **fields) if "hidden_size" in fields and "ffn_dim" not in fields and name not in ("GPTNeoXConfig", "BloomConfig", "FalconConfig") else cls(**fields)
    torch.manual_seed(1)
    model = AutoModelForCausalLM.from_config(config, attn_implementation="eager").eval()
    random_weights(model, 20, None)
    model.save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)
    tensors = spec.get("tensors", lambda given: given)(load_file(folder / "model.safetensors"))
    for layer in range(config.num_hidden_layers):
        tensors.update(spec.get("buffers", lambda _: {})(layer))
    if spec.get("tied_copy"):
        tensors["lm_head.weight"] = tensors["transformer.word_embeddings.weight"].clone()
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    published = spec["publish"](json.loads((folder / "config.json").read_text()))
    put(folder / "config.json", {**published, "transformers_version": "4.46.0"})
    tokenizer = spec["tokenizer"]()
    if spec.get("split"):
        tokenizer.model.save(str(folder))
    else:
        tokenizer.save(str(folder / "tokenizer.json"))
    put(folder / "tokenizer_config.json", spec["settings"])
    if "chat" in spec:
        (folder / "chat_template.jinja").write_text(spec["chat"])
    if spec["generation"]:
        put(folder / "generation_config.json", {key: ids(value, tokenizer) if key.endswith("_id") else value for key, value in spec["generation"].items()})
    put(folder / "hub.json", recorded(folder))
    print(family, sum(file.stat().st_size for file in folder.iterdir()) // 1000, "kB")


def ids(value, tokenizer):
    if isinstance(value, list):
        return [ids(one, tokenizer) for one in value]
    return tokenizer.token_to_id(value) if isinstance(value, str) else value


def recorded(folder):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32).eval()
    found = {"texts": [{"text": text, "ids": tokenizer(text)["input_ids"]} for text in TEXTS]}
    if tokenizer.pad_token is not None:
        batch = tokenizer(TEXTS, padding=True)
        found["batch"] = {"ids": batch["input_ids"], "mask": batch["attention_mask"]}
    if tokenizer.chat_template:
        messages = [{"role": "user", "content": "the cat sat"}, {"role": "assistant", "content": "on the mat"}, {"role": "user", "content": "and on"}]
        text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        found["chat"] = {"messages": messages, "ids": tokenizer.apply_chat_template(messages, add_generation_prompt=True, return_dict=True)["input_ids"], "text": text}
    for prompt in (TEXTS[0],):
        given = tokenizer(prompt, return_tensors="pt")
        model.generation_config.repetition_penalty = None
        out = model.generate(input_ids=given["input_ids"], attention_mask=given["attention_mask"], max_new_tokens=10, do_sample=False, temperature=None, top_p=None,
                             top_k=None, pad_token_id=0)
        found["generated"] = {"prompt": prompt, "ids": out[0].tolist(), "text": tokenizer.decode(out[0, given["input_ids"].shape[1]:], skip_special_tokens=True)}
    found["together"] = together(model)
    with torch.no_grad():
        logits = model(**tokenizer(TEXTS[1], return_tensors="pt", return_token_type_ids=False)).logits[0, -1]
    found["logits"] = [round(value, 6) for value in logits[:12].tolist()]
    return found


def together(model):
    """Greedy ids behind prompts padded on the left, without their padding."""
    length = max(map(len, PROMPTS))
    given = torch.tensor([[0] * (length - len(row)) + row for row in PROMPTS])
    mask = torch.tensor([[0] * (length - len(row)) + [1] * len(row) for row in PROMPTS])
    model.generation_config.eos_token_id = None
    out = model.generate(given, attention_mask=mask, max_new_tokens=12, do_sample=False, temperature=None, top_p=None, top_k=None, pad_token_id=0)
    return [row[length - len(prompt):].tolist() for row, prompt in zip(out, PROMPTS)]


transformers.logging.set_verbosity_error()
for wanted in sys.argv[1:] or FAMILIES:
    write(wanted, FAMILIES[wanted])
