"""A head's circuits and a stream in parts, made apart from heed: whole C × C matrices in numpy, from checkpoints and recorded PyTorch traces of
test/golden. Writes test/analysis/circuit-golden.json. Run: python scripts/make-circuit-golden.py"""

import json
import math
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

golden = Path(__file__).parent.parent / "test/golden"


def open_case(name):
    folder = golden / name
    weights = {k: v.astype(np.float64) for k, v in load_file(folder / "model.safetensors").items()}
    return json.loads((folder / "config.json").read_text()), weights, load_file(folder / "trace.safetensors")


def gpt2():
    """Layer 1, head 2, and what it reads of layer 0, head 1; the gain of the norm before folded in."""
    config, w, _ = open_case("gpt2")
    C, H = config["n_embd"], config["n_head"]
    D = C // H
    prefix = "transformer." if "transformer.wte.weight" in w else ""

    def maps(layer, head):
        block = f"{prefix}h.{layer}."
        gain = w[block + "ln_1.weight"][:, None]
        qkv = w[block + "attn.c_attn.weight"]
        q, k, v = (gain * qkv[:, n * C + head * D : n * C + (head + 1) * D] for n in range(3))
        return q @ k.T, v @ w[block + "attn.c_proj.weight"][head * D : (head + 1) * D]

    (qk, ov), (_, earlier) = maps(1, 2), maps(0, 1)
    norm = np.linalg.norm
    score = lambda a, b: norm(a @ b) / (norm(a) * norm(b))
    words = w[prefix + "wte.weight"]
    rows = words - words.mean(-1, keepdims=True)
    rows /= np.sqrt((rows**2).mean(-1, keepdims=True))
    token = 7
    top = lambda values: np.argsort(-values)[:4].tolist()
    return {
        "qk": np.linalg.svd(qk, compute_uv=False)[:D].tolist(),
        "ov": np.linalg.svd(ov, compute_uv=False)[:D].tolist(),
        "composition": {"q": score(earlier, qk), "k": score(earlier, qk.T), "v": score(earlier, ov)},
        "token": token,
        "seeks": top(rows @ (rows[token] @ qk)),
        "soughtBy": top(rows @ (qk @ rows[token])),
        "gives": top(words @ (rows[token] @ ov)),
    }


def bert(token=2):
    """The stream behind layer 0 of a model whose norms come after: every part through both norms."""
    config, w, trace = open_case("bert-mlm")
    H = config["num_attention_heads"]
    D = config["hidden_size"] // H
    eps = config["layer_norm_eps"]
    e, block = "bert.embeddings.", "bert.encoder.layer.0."
    ids = trace["input.ids"][0]

    def through(parts, name):
        total = sum(parts.values())
        sigma = math.sqrt(total.var() + eps)
        gain = w[name + ".weight"]
        out = {key: (part - part.mean()) / sigma * gain for key, part in parts.items()}
        out["learned biases"] = out.get("learned biases", 0) + w[name + ".bias"]
        return out

    parts = through(
        {
            "embedding: token": w[e + "word_embeddings.weight"][ids[token]],
            "embedding: position": w[e + "position_embeddings.weight"][token],
            "embedding: type": w[e + "token_type_embeddings.weight"][0],
        },
        e + "LayerNorm",
    )
    out = w[block + "attention.output.dense.weight"]
    for h in range(H):
        mixed = trace["layers.0.mixed"][0, h, token].astype(np.float64)
        parts[f"L0H{h}"] = mixed @ out[:, h * D : (h + 1) * D].T
    parts["learned biases"] = parts["learned biases"] + w[block + "attention.output.dense.bias"]
    parts = through(parts, block + "attention.output.LayerNorm")
    parts["feed-forward of layer 0"] = trace["layers.0.mlp"][0, token].astype(np.float64)
    parts = through(parts, block + "output.LayerNorm")
    stream = sum(parts.values())
    recorded = trace["layers.0.residual"][0, token]
    assert np.abs(stream - recorded).max() < 1e-4
    return {
        "token": token,
        "shares": {name: float(part @ stream / (stream @ stream)) for name, part in parts.items()},
        "lengths": {name: float(np.linalg.norm(part)) for name, part in parts.items()},
    }


target = Path(__file__).parent.parent / "test/analysis/circuit-golden.json"
target.write_text(json.dumps({"gpt2": gpt2(), "bert": bert()}, indent=1) + "\n")
