"""Writes test/analysis/layers/cases.json: rollout, flow and measures of heads, in numpy and networkx after the papers' own code.

    pip install torch==2.13.0 transformers==5.24.0 networkx==3.6.1
    python scripts/make-layers-golden.py
"""

import json
from pathlib import Path

import networkx
import numpy
import torch
import transformers
from safetensors.torch import load_file
from transformers import AutoConfig, AutoTokenizer

HOME = Path(__file__).parent.parent
FIRST = "The cat sat on the mat because it was tired."
SECOND = "It isn't dirty, said she."


def load(folder, name=None):
    config = AutoConfig.from_pretrained(folder)
    config._attn_implementation = "eager"
    return getattr(transformers, name or config.architectures[0]).from_pretrained(folder, config=config).eval()


def attentions(output):
    return numpy.stack([layer[0].double().numpy() for layer in output.attentions])  # (L, H, T, S)


def residual(fused):
    with_identity = fused + numpy.eye(len(fused))
    return with_identity / with_identity.sum(-1, keepdims=True)


def multiplied(steps):
    joint = steps[0]
    for step in steps[1:]:
        joint = step @ joint
    return joint


def abnar(weights, start=0):
    return multiplied([residual(layer.mean(0)) for layer in weights[start:]])


def vit_explain(weights, fusion, discard, scaling):
    steps = []
    for layer in weights:
        fused = {"mean": layer.mean(0), "max": layer.max(0), "min": layer.min(0)}[fusion].copy()
        flat = fused.reshape(-1)
        order = numpy.argsort(flat, kind="stable")[: int(flat.size * discard)]
        flat[order[order != 0]] = 0
        step = (fused + numpy.eye(len(fused))) / 2
        # Its own code divides (1, N, N) by sums of shape (1, N), which are spread over columns.
        step = step / step.sum(-1) if scaling == "columns" else step / step.sum(-1, keepdims=True)
        steps.append(step)
    return multiplied(steps)


def flow(weights, query):
    layers, N = len(weights), weights.shape[-1]
    graph = networkx.DiGraph()
    for layer in range(layers):
        step = residual(weights[layer].mean(0))
        for i in range(N):
            for j in range(N):
                if step[i, j] > 0:
                    graph.add_edge((layer + 1, i), (layer, j), capacity=step[i, j])
    edmonds_karp = networkx.algorithms.flow.edmonds_karp
    return [
        networkx.maximum_flow_value(graph, (layers, query), (0, key), flow_func=edmonds_karp)
        if (0, key) in graph and networkx.has_path(graph, (layers, query), (0, key)) else 0.0
        for key in range(N)
    ]


def entropy(weights):
    with numpy.errstate(divide="ignore", invalid="ignore"):
        return numpy.nan_to_num(-weights * numpy.log(weights)).sum(-1).mean(-1)


def clark(weights):
    smooth = 0.9999 * weights + 0.0001 / weights.shape[-1]
    return (-smooth * numpy.log(smooth)).sum(-1).mean(-1)


def distance(weights, kept):
    part = weights[:, :, kept][:, :, :, kept]
    places = numpy.abs(numpy.array(kept)[:, None] - numpy.array(kept)[None])
    return (part * places).sum((-1, -2)) / part.sum((-1, -2))


def share(weights, queries, keys):
    return weights[:, :, queries][:, :, :, keys].sum(-1).mean(-1)


def drawn(weights, is_causal):
    N = weights.shape[-1]
    reach = numpy.tril(numpy.ones((N, N))) if is_causal else numpy.ones((N, N))
    return (weights * reach).sum(-2).mean((0, 1)) / reach.sum(0)


def picture_distance(weights, rows, columns, patch):
    places = [(row * patch[0], column * patch[1]) for row in range(rows) for column in range(columns)]
    between = numpy.array([[numpy.hypot(a - c, b - d) for c, d in places] for a, b in places])
    leading = weights.shape[-1] - rows * columns
    return (weights[:, :, leading:, leading:] * between).sum(-1).mean(-1)


def case_of(weights, is_causal):
    query = weights.shape[-1] - 2
    return {
        "abnar": abnar(weights).tolist(),
        "chefer from layer 1": abnar(weights, 1).tolist(),
        "vit-explain": vit_explain(weights, "max", 0.5, "rows").tolist(),
        "vit-explain as published": vit_explain(weights, "mean", 0.9, "columns").tolist(),
        "flow": {"query": query, "values": flow(weights, query)},
        "entropy": entropy(weights).tolist(),
        "confidence": weights.max(-1).mean(-1).tolist(),
        "distance": distance(weights, list(range(weights.shape[-1]))).tolist(),
        "drawn": drawn(weights, is_causal).tolist(),
    }


@torch.no_grad()
def main():
    folder = HOME / "models" / "all-MiniLM-L6-v2"
    tokenizer = AutoTokenizer.from_pretrained(folder)
    bert = load(folder, "BertModel")
    one = tokenizer(FIRST, return_tensors="pt")
    weights = attentions(bert(**one, output_attentions=True))
    special = [0, weights.shape[-1] - 1]
    words = [place for place in range(weights.shape[-1]) if place not in special]
    bert_case = {
        **case_of(weights, False),
        "clark": clark(weights).tolist(),
        "distance of words": distance(weights, words).tolist(),
        "confidence of words": weights[:, :, words][:, :, :, words].max(-1).mean(-1).tolist(),
        "special": share(weights, list(range(weights.shape[-1])), special).tolist(),
    }
    two = tokenizer(FIRST, SECOND, return_tensors="pt")
    pair = attentions(bert(**two, output_attentions=True))
    parts = {name: [at for at, own in enumerate(two.sequence_ids(0)) if own == number] for name, number in [("A", 0), ("B", 1)]}
    pair_case = {
        f"{a}→{b}": share(pair, parts[a], parts[b]).tolist() for a in "AB" for b in "AB"
    }
    ids = [5, 9, 14, 7, 20, 9, 3, 88]
    gpt2 = load(HOME / "test" / "golden" / "gpt2")
    causal = attentions(gpt2(torch.tensor([ids]), output_attentions=True))
    place = HOME / "test" / "golden" / "vit-oblong"
    pixels = load_file(place / "trace.safetensors")["input.pixels"]
    vit = load(place)
    seen = attentions(vit(pixels[:1], output_attentions=True))
    cases = {
        "text": FIRST, "pair": SECOND, "ids": ids,
        "bert": bert_case, "sentences": pair_case, "gpt2": case_of(causal, True),
        "vit": {"distance": picture_distance(seen, 2, 4, (4, 5)).tolist(), "abnar": abnar(seen).tolist()},
    }
    rounded = json.loads(json.dumps(cases), parse_float=lambda text: round(float(text), 7))
    target = HOME / "test" / "analysis" / "layers" / "cases.json"
    target.write_text(json.dumps(rounded, ensure_ascii=False) + "\n")


main()
