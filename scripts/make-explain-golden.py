"""Numbers behind `explain`, made apart from heed: from recorded PyTorch traces and checkpoints of test/golden, in numpy and torch, in double
precision. Writes test/analysis/explain-golden.json. Run: python scripts/make-explain-golden.py"""

import json
import math
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import load_file
from transformers.models.t5.modeling_t5 import T5Attention

golden = Path(__file__).parent.parent / "test/golden"


def open_case(name):
    folder = golden / name
    weights = {k: v.astype(np.float64) for k, v in load_file(folder / "model.safetensors").items()}
    trace = load_file(folder / "trace.safetensors")
    return json.loads((folder / "config.json").read_text()), weights, trace


def norm_parts(parts, gain, bias, eps):
    """Each part through the layer norm of their sum, held as a linear map; the bias last."""
    total = sum(parts.values())
    sigma = math.sqrt(total.var() + eps)
    out = {name: (part - part.mean()) / sigma * gain for name, part in parts.items()}
    return out, bias


def pairs(query, key, scale):
    return {f"{a} · {b}": float(scale * (x @ y)) for a, x in query.items() for b, y in key.items()}


def head_rows(matrix, bias, head, width, stored):
    """(C, D) of one head and its bias."""
    full = matrix if stored == "in-out" else matrix.T
    return full[:, head * width : (head + 1) * width], bias[head * width : (head + 1) * width]


def bert(head=1, query=3, key=1):
    config, w, trace = open_case("bert-mlm")
    width = config["hidden_size"] // config["num_attention_heads"]
    ids = trace["input.ids"][0]
    e = "bert.embeddings."
    gain, shift = w[e + "LayerNorm.weight"], w[e + "LayerNorm.bias"]

    def token(t):
        parts = {
            "token": w[e + "word_embeddings.weight"][ids[t]],
            "position": w[e + "position_embeddings.weight"][t],
            "type": w[e + "token_type_embeddings.weight"][0],
        }
        return norm_parts(parts, gain, shift, config["layer_norm_eps"])

    def projected(t, which):
        prefix = f"bert.encoder.layer.0.attention.self.{which}"
        matrix, bias = head_rows(w[prefix + ".weight"], w[prefix + ".bias"], head, width, "out-in")
        parts, rest = token(t)
        return {name: part @ matrix for name, part in parts.items()} | {
            "learned biases": rest @ matrix + bias
        }

    return {
        "case": "bert-mlm",
        "head": head,
        "query": query,
        "key": key,
        "pairs": pairs(projected(query, "query"), projected(key, "key"), width**-0.5),
        "score": float(trace["layers.0.scores"][0, head, query, key]),
    }


def gpt2(head=1, query=4, key=2):
    config, w, trace = open_case("gpt2")
    C, heads = config["n_embd"], config["n_head"]
    width = C // heads
    ids = trace["input.ids"][0]
    prefix = "transformer." if "transformer.wte.weight" in w else ""
    wqkv, bqkv = w[prefix + "h.0.attn.c_attn.weight"], w[prefix + "h.0.attn.c_attn.bias"]
    gain, shift = w[prefix + "h.0.ln_1.weight"], w[prefix + "h.0.ln_1.bias"]
    eps = config["layer_norm_epsilon"]

    def projected(t, n):
        parts = {
            "token": w[prefix + "wte.weight"][ids[t]],
            "position": w[prefix + "wpe.weight"][t],
        }
        out, rest = norm_parts(parts, gain, shift, eps)
        at = n * C + head * width
        matrix, bias = wqkv[:, at : at + width], bqkv[at : at + width]
        return {k: v @ matrix for k, v in out.items()} | {"learned biases": rest @ matrix + bias}

    at = head * width
    extended = [
        np.vstack([wqkv[:, n * C + at : n * C + at + width], bqkv[n * C + at : n * C + at + width]])
        for n in (0, 1)
    ]
    u, s, vt = np.linalg.svd(extended[0] @ extended[1].T)

    def seen(t):
        x = w[prefix + "wte.weight"][ids[t]] + w[prefix + "wpe.weight"][t]
        return np.append((x - x.mean()) / math.sqrt(x.var() + eps) * gain + shift, 1)

    x = {t: seen(t) for t in (query, key)}
    terms = s[:width] * (x[query] @ u[:, :width]) * (vt[:width] @ x[key])
    return {
        "case": "gpt2",
        "head": head,
        "query": query,
        "key": key,
        "pairs": pairs(projected(query, 0), projected(key, 1), width**-0.5),
        "score": float(trace["layers.0.scores"][0, head, query, key]),
        "singular": s[:width].tolist(),
        "directions": terms.tolist(),
    }


def gpt2_sources(head=1, query=4, key=2):
    """Layer 1's score by what wrote the key: embedding parts, heads and feed-forward of layer 0, biases."""
    config, w, trace = open_case("gpt2")
    C, heads = config["n_embd"], config["n_head"]
    width = C // heads
    ids = trace["input.ids"][0]
    prefix = "transformer." if "transformer.wte.weight" in w else ""
    mixed = trace["layers.0.mixed"][0].astype(np.float64)  # (H, T, D)
    wo, bo = w[prefix + "h.0.attn.c_proj.weight"], w[prefix + "h.0.attn.c_proj.bias"]
    parts = {
        "embedding: token": w[prefix + "wte.weight"][ids[key]],
        "embedding: position": w[prefix + "wpe.weight"][key],
    }
    for h in range(heads):
        parts[f"L0H{h}"] = mixed[h, key] @ wo[h * width : (h + 1) * width]
    parts["feed-forward of layer 0"] = trace["layers.0.mlp"][0, key].astype(np.float64)
    parts["learned biases"] = bo
    out, rest = norm_parts(
        parts,
        w[prefix + "h.1.ln_1.weight"],
        w[prefix + "h.1.ln_1.bias"],
        config["layer_norm_epsilon"],
    )
    at = C + head * width
    matrix = w[prefix + "h.1.attn.c_attn.weight"][:, at : at + width]
    bias = w[prefix + "h.1.attn.c_attn.bias"][at : at + width]
    q = trace["layers.1.q"][0, head, query].astype(np.float64)
    values = {name: float(q @ (part @ matrix) / math.sqrt(width)) for name, part in out.items()}
    values["learned biases"] += float(q @ (rest @ matrix + bias) / math.sqrt(width))
    return {"case": "gpt2", "head": head, "query": query, "key": key, "sources": values,
            "score": float(trace["layers.1.scores"][0, head, query, key])}


def llama(head=1, query=4, key=2):
    """Content before rotary, from what the projections see."""
    config, w, trace = open_case("llama3")
    width = config.get("head_dim") or config["hidden_size"] // config["num_attention_heads"]
    groups = config["num_attention_heads"] // config["num_key_value_heads"]
    stream = trace["layers.0.residual"][0].astype(np.float64)
    rms = np.sqrt((stream**2).mean(-1, keepdims=True) + config["rms_norm_eps"])
    x = stream / rms * w["model.layers.1.input_layernorm.weight"]
    rows = lambda name, h: w[f"model.layers.1.self_attn.{name}.weight"][h * width : (h + 1) * width]
    q, k = rows("q_proj", head) @ x[query], rows("k_proj", head // groups) @ x[key]
    return {"case": "llama3", "head": head, "query": query, "key": key,
            "before": float(q @ k / math.sqrt(width)),
            "score": float(trace["layers.1.scores"][0, head, query, key])}


def t5(head=1, query=4, key=1):
    """What a distance adds, by transformers' own buckets."""
    config, w, trace = open_case("t5-uneven")
    buckets = T5Attention._relative_position_bucket(
        torch.tensor([[key - query]]),
        bidirectional=True,
        num_buckets=config["relative_attention_num_buckets"],
        max_distance=config["relative_attention_max_distance"],
    )
    table = w["encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight"]
    q = trace["encoder.layers.0.q"][0, head, query].astype(np.float64)
    k = trace["encoder.layers.0.k"][0, head, key].astype(np.float64)
    return {"case": "t5-uneven", "head": head, "query": query, "key": key,
            "content": float(q @ k), "bias": float(table[int(buckets), head]),
            "score": float(trace["encoder.layers.0.scores"][0, head, query, key])}


target = Path(__file__).parent.parent / "test/analysis/explain-golden.json"
target.write_text(
    json.dumps(
        {"bert": bert(), "gpt2": gpt2(), "gpt2Sources": gpt2_sources(), "llama": llama(), "t5": t5()},
        indent=1,
        ensure_ascii=False,
    )
    + "\n"
)
