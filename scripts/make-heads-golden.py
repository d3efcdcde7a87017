"""Writes test/analysis/heads/cases.json: scores of heads by TransformerLens' formulas and its demos' stripes, divergences, scaling.

    pip install torch==2.13.0 transformers==5.24.0 scipy==1.17.1
    python scripts/make-heads-golden.py
"""

import json
from pathlib import Path

import numpy
import torch
import transformers
from scipy.spatial.distance import jensenshannon
from transformers import AutoConfig

HOME = Path(__file__).parent.parent
LENGTH = 9
ROW = [5, 17, 40, 88, 3, 61, 29, 110, 74]
TEXT = [5, 9, 14, 5, 9, 3, 3, 14, 88, 9]


def attentions(name, ids):
    folder = HOME / "test" / "golden" / name
    config = AutoConfig.from_pretrained(folder)
    config._attn_implementation = "eager"
    model = getattr(transformers, config.architectures[0]).from_pretrained(folder, config=config).eval()
    output = model(torch.tensor([ids]), output_attentions=True)
    return numpy.stack([layer[0].double().numpy() for layer in output.attentions])


# transformer_lens/head_detector.py, without its assertion of a causal mask and its rounding.
def detection_pattern(name, ids):
    N = len(ids)
    if name == "previous":
        return numpy.roll(numpy.eye(N), 1, axis=0) * numpy.tri(N, k=-1)
    same = numpy.equal.outer(ids, ids).astype(float)
    if name == "duplicate":
        return numpy.tril(same, -1)
    duplicate = numpy.tril(same, -1)
    shifted = numpy.roll(duplicate, 1, axis=1)
    shifted[:, 0] = 0
    return numpy.tril(shifted)


def similarity(weights, pattern, measure, exclude_first, exclude_itself):
    weights = weights.copy()
    keep = numpy.ones_like(pattern)
    if exclude_first:
        keep[:, 0] = 0
    if exclude_itself:
        numpy.fill_diagonal(keep, 0)
    if measure == "mul":
        weights = weights * keep
        return (weights * pattern).sum() / weights.sum()
    return 1 - (numpy.abs(weights - pattern) * keep).mean() * len(pattern)


def each_head(weights, of):
    return [[of(head) for head in layer] for layer in weights]


def divergences(weights):
    heads = weights.reshape(-1, *weights.shape[2:])
    return [[float(numpy.mean(jensenshannon(a, b, axis=-1) ** 2)) for b in heads] for a in heads]


def scaled(distances):
    squares = numpy.array(distances) ** 2
    n = len(squares)
    centre = numpy.eye(n) - 1 / n
    values, vectors = numpy.linalg.eigh(-0.5 * centre @ squares @ centre)
    points = vectors[:, -2:] * numpy.sqrt(numpy.maximum(values[-2:], 0))
    between = numpy.linalg.norm(points[:, None] - points[None], axis=-1)
    return between.tolist(), float(values[-2:].sum() / values.sum())


@torch.no_grad()
def main():
    repeated = attentions("gpt2", 2 * ROW)
    stripe = lambda far: each_head(repeated, lambda head: float(numpy.mean([head[i, i - far] for i in range(LENGTH, 2 * LENGTH)])))
    previous = each_head(repeated, lambda head: float(numpy.mean([head[i, i - 1] for i in range(1, 2 * LENGTH)])))
    text = attentions("gpt2", TEXT)
    bert = attentions("bert-mlm", TEXT)
    similar = []
    for name in ["previous", "duplicate", "induction"]:
        for measure in ["mul", "abs"]:
            for first, itself in [(False, False), (True, True)]:
                for model, weights in [("gpt2", text), ("bert-mlm", bert)]:
                    pattern = detection_pattern(name, TEXT)
                    similar.append({
                        "model": model, "pattern": name, "measure": measure, "excludeFirst": first, "excludeItself": itself,
                        "scores": each_head(weights, lambda head: float(similarity(head, pattern, measure, first, itself))),
                    })
    # Both ways, where the model looks both ways.
    both = numpy.equal.outer(TEXT, TEXT) * (1 - numpy.eye(len(TEXT)))
    rows = both.sum(-1) > 0
    apart = divergences(bert)
    between, kept = scaled(numpy.sqrt(apart))
    cases = {
        "row": ROW, "text": TEXT,
        "stripes": {"previous": previous, "duplicate": stripe(LENGTH), "induction": stripe(LENGTH - 1)},
        "similarity": similar,
        "bert": {"duplicate": each_head(bert, lambda head: float((head * both).sum(-1)[rows].mean())), "chance": float(both.sum(-1)[rows].mean() / len(TEXT))},
        "divergences": apart, "between": between, "kept": kept,
    }
    rounded = json.loads(json.dumps(cases), parse_float=lambda number: round(float(number), 7))
    (HOME / "test" / "analysis" / "heads" / "cases.json").write_text(json.dumps(rounded) + "\n")


main()
