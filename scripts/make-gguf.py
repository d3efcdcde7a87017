"""Writes test/golden/gguf: a tiny GGUF file of each architecture that heed reads, with random weights, beside what transformers makes of it
(gguf.json: config, SHA-256 of every tensor as float32, logits, ids of texts), and blocks.json: blocks of random bytes and what gguf-py makes of them.

    pip install torch==2.13.0 transformers==5.24.0 gguf==0.19.0
    python scripts/make-gguf.py
"""

import base64
import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import torch
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType as Type, GGUFWriter, TokenType, dequantize, quantize
from transformers import AutoModelForCausalLM, AutoTokenizer

HOME = Path(__file__).parent.parent / "test" / "golden" / "gguf"
C, HEADS, KEYS, D, F, LAYERS = 32, 4, 2, 8, 64, 2
TEXTS = ["the cat sat", "  It's 12 o'clock,\n\nand <think>no!</s>", "żółw ▁x"]
IDS = [3, 17, 9, 4, 21, 8, 11, 30]
KINDS = [Type.Q8_0, Type.Q4_0, Type.Q4_1, Type.F16, Type.Q5_0, Type.BF16, Type.Q5_1, Type.F32]

BYTES = [f"<0x{byte:02X}>" for byte in range(256)]
LETTERS = list("abcdefghijklmnopqrstuvwxyzI'!,12")
MERGES = ["t h", "th e", "c a", "ca t", "s a"]


def byte_level():
    tokens = [*LETTERS, "Ġ", "Ċ", "Å", "¼", *(merge.replace(" ", "") for merge in MERGES), "Ġt", "<|start|>", "</s>", "<think>"]
    kinds = [TokenType.NORMAL] * (len(tokens) - 3) + [TokenType.CONTROL, TokenType.CONTROL, TokenType.USER_DEFINED]
    return dict(model="gpt2", tokens=tokens, kinds=kinds, merges=[*MERGES, "Ġ t"], bos=len(tokens) - 3, eos=len(tokens) - 2)


def pieces(blank):
    tokens = ["<unk>", "<s>", "</s>", *BYTES, *LETTERS, "▁", *(merge.replace(" ", "") for merge in MERGES), "▁t", blank, "<think>"]
    kinds = [TokenType.UNKNOWN, TokenType.CONTROL, TokenType.CONTROL, *[TokenType.BYTE] * 256]
    kinds += [TokenType.NORMAL] * (len(tokens) - len(kinds) - 1) + [TokenType.USER_DEFINED]
    return dict(model="llama", tokens=tokens, kinds=kinds, scores=[-float(n) for n in range(len(tokens))], bos=1, eos=2, unk=0)


def write(name, arch, vocab, parts, *, pre="default", add_bos=None, width=D, more=(), tied=False, norms=(), bias=False):
    writer = GGUFWriter(HOME / name / "model.gguf", arch)
    (HOME / name).mkdir(parents=True)
    writer.add_name(name)
    writer.add_context_length(1024 if arch == "gpt2" else 64)
    writer.add_block_count(LAYERS)
    writer.add_embedding_length(C)
    writer.add_feed_forward_length(4 * C if arch == "gpt2" else F)
    writer.add_head_count(HEADS)
    if arch != "gpt2":
        writer.add_head_count_kv(KEYS)
        writer.add_rope_freq_base(500.0)
        writer.add_rope_dimension_count(width)
        writer.add_layer_norm_rms_eps(1e-5)
    else:
        writer.add_layer_norm_eps(1e-5)
    for key, value in more:
        add = writer.add_float32 if isinstance(value, float) else writer.add_uint32
        add(f"{arch}.{key}", value)
    writer.add_tokenizer_model(vocab["model"])
    writer.add_tokenizer_pre(pre)
    writer.add_token_list(vocab["tokens"])
    writer.add_token_types(vocab["kinds"])
    if "scores" in vocab:
        writer.add_token_scores(vocab["scores"])
    if "merges" in vocab:
        writer.add_token_merges(vocab["merges"])
    writer.add_bos_token_id(vocab["bos"])
    writer.add_eos_token_id(vocab["eos"])
    if "unk" in vocab:
        writer.add_unk_token_id(vocab["unk"])
    if arch == "phi3":
        writer.add_pad_token_id(vocab["eos"])
    if add_bos is not None:
        writer.add_add_bos_token(add_bos)
    writer.add_chat_template("{% for message in messages %}{{ message['content'] }}{% endfor %}")
    random = np.random.default_rng(len(name))
    count = 0

    def add(tensor, shape):
        nonlocal count
        values = random.normal(size=shape).astype(np.float32) * 0.4
        if tensor.endswith("norm.weight"):
            values = 1 + values * 0.3
        if len(shape) < 2:
            writer.add_tensor(tensor, values)
            return
        kind = KINDS[count % len(KINDS)]
        count += 1
        if kind == Type.F32:
            writer.add_tensor(tensor, values)
        else:
            writer.add_tensor(tensor, quantize(values, kind), raw_dtype=kind)

    tokens = len(vocab["tokens"])
    add("token_embd.weight", (tokens, C))
    if arch == "gpt2":
        add("position_embd.weight", (1024, C))
        add("output_norm.bias", (C,))
    add("output_norm.weight", (C,))
    if not tied:
        add("output.weight", (tokens, C))
    for layer in range(LAYERS):
        for part, shape in parts.items():
            add(f"blk.{layer}.{part}.weight", shape)
            if bias and (bias is True or part in bias):
                add(f"blk.{layer}.{part}.bias", shape[:1])
        for norm, size in norms:
            add(f"blk.{layer}.{norm}.weight", (size,))
            if arch == "gpt2":
                add(f"blk.{layer}.{norm}.bias", (size,))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    record(name)


def record(name):
    folder = HOME / name
    model = AutoModelForCausalLM.from_pretrained(folder, gguf_file="model.gguf", dtype=torch.float32, attn_implementation="eager").eval()
    tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file="model.gguf")
    with torch.no_grad():
        logits = model(input_ids=torch.tensor([IDS])).logits[0, -1]
    hashes = {key: hashlib.sha256(value.float().contiguous().numpy().tobytes()).hexdigest() for key, value in model.state_dict().items()}
    (folder / "gguf.json").write_text(
        json.dumps({
            "ids": IDS,
            "logits": [float(value) for value in logits],
            "tensors": hashes,
            "texts": [{"text": text, "ids": tokenizer(text).input_ids, "decoded": tokenizer.decode(tokenizer(text).input_ids)} for text in TEXTS],
        }, indent=1) + "\n")


def plain(q=HEADS * D, k=KEYS * D):
    return {
        "attn_q": (q, C),
        "attn_k": (k, C),
        "attn_v": (k, C),
        "attn_output": (C, q),
        "ffn_gate": (F, C),
        "ffn_up": (F, C),
        "ffn_down": (C, F),
    }


def main():
    shutil.rmtree(HOME, ignore_errors=True)
    two = [("attn_norm", C), ("ffn_norm", C)]
    write("llama", "llama", pieces("▁▁"), plain(), norms=two)
    write("llama-bytes", "llama", byte_level(), plain(), pre="llama-bpe", add_bos=True, norms=two, tied=True)
    write("qwen2", "qwen2", byte_level(), plain(), pre="qwen2", add_bos=False, norms=two, bias=("attn_q", "attn_k", "attn_v"))
    wide = plain(HEADS * 128, KEYS * 128)
    write("qwen3", "qwen3", byte_level(), wide, pre="qwen2", add_bos=False, tied=True, more=[("attention.key_length", 128)], norms=[*two, ("attn_q_norm", 128), ("attn_k_norm", 128)])
    fused = {"attn_qkv": ((HEADS + 2 * KEYS) * D, C), "attn_output": (C, HEADS * D), "ffn_up": (2 * F, C), "ffn_down": (C, F)}
    write("phi3", "phi3", pieces("▁▁"), fused, add_bos=False, norms=two)
    four = [*two, ("post_attention_norm", C), ("post_ffw_norm", C)]
    write("gemma2", "gemma2", pieces("  "), plain(), add_bos=True, tied=True, more=[("attention.key_length", D), ("attention.sliding_window", 4)], norms=four)
    write("gemma3", "gemma3", pieces("  "), plain(), add_bos=True, tied=True, more=[("attention.key_length", D), ("attention.sliding_window", 4)], norms=[*four, ("attn_q_norm", D), ("attn_k_norm", D)])
    write("gpt2", "gpt2", byte_level(), {"attn_qkv": (3 * C, C), "attn_output": (C, C), "ffn_up": (4 * C, C), "ffn_down": (C, 4 * C)}, pre="gpt-2", more=[], tied=True, norms=two, bias=True)
    random = np.random.default_rng(7)
    blocks = {}
    for kind in [Type.Q4_0, Type.Q4_1, Type.Q5_0, Type.Q5_1, Type.Q8_0, Type.Q2_K, Type.Q3_K, Type.Q4_K, Type.Q5_K, Type.Q6_K]:
        size = GGML_QUANT_SIZES[kind][1]
        data = random.integers(0, 256, (6, size), dtype=np.uint8)
        numbers = dequantize(data, kind)
        keep = np.isfinite(numbers).all(axis=1)
        data, numbers = data[keep], numbers[keep]
        blocks[kind.name] = {"bytes": base64.b64encode(data.tobytes()).decode(), "sha256": hashlib.sha256(numbers.astype(np.float32).tobytes()).hexdigest()}
    (HOME / "blocks.json").write_text(json.dumps(blocks, indent=1) + "\n")


main()
