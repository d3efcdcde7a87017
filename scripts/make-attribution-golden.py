"""Writes test/analysis/attribution-golden.json: what gradient methods say of recorded tiny checkpoints, by PyTorch's autograd in double precision.

    pip install torch==2.13.0 transformers==5.24.0 numpy
    python scripts/make-attribution-golden.py

The rules of relevance are those of the published code (Chefer et al. 2021, DETR's and ViT's examples), written on torch tensors; integrated
gradients replace what the embeddings' module gives by a hook.
"""

import importlib
import json
from pathlib import Path

import numpy
import torch
import transformers
from safetensors.torch import load_file

from golden_trace import ARGUMENTS, Recorder

ROOT = Path(__file__).parent.parent
HOME = ROOT / "test" / "golden"
STEPS = 6


def loaded(name):
    """The model, and its family's recorder hung on it."""
    config = json.loads((HOME / name / "config.json").read_text())
    family = importlib.import_module(f"golden.{config['model_type']}")
    record = family.record(family.t5) if config["model_type"] == "t5" else family.record
    made = getattr(transformers, config["architectures"][0])
    model = made.from_pretrained(HOME / name, attn_implementation="eager").eval().to(torch.float64)
    recorder = Recorder()
    record(model, recorder)
    return model, recorder


def passed(model, recorder, inputs):
    recorder.sites.clear()
    recorder.graph.clear()
    recorder.calls.clear()
    found = model(**{ARGUMENTS[key]: value for key, value in inputs.items()})
    return found.logits


def chosen(logits, place, token, minus):
    row = logits[0] if place is None else logits[0, place]
    return row[token] - row[minus]


def gradients(recorder, value, sites):
    tensors = [recorder.graph[site][0] for site in sites]
    found = torch.autograd.grad(value, tensors, retain_graph=True)
    return {site: recorder.graph[site][1](g).detach() for site, g in zip(sites, found)}


def numbers(recorder, sites):
    return {site: recorder.graph[site][1](recorder.graph[site][0]).detach() for site in sites}


def rounded(tensor):
    return [float(f"{value:.9g}") for value in tensor.reshape(-1).tolist()]


# Rules of relevance.

def avg_heads(cam, grad):
    return (grad * cam).clamp(min=0).mean(dim=0)


def handle_residual(attention):
    rest = attention - torch.eye(attention.shape[-1], dtype=attention.dtype)
    sums = rest.sum(dim=-1, keepdim=True)
    return torch.where(sums > 0, rest / sums, 0) + torch.eye(attention.shape[-1], dtype=attention.dtype)


def relevance(values, grads, prefix, layers):
    N = values[f"{prefix}layers.0.weights"].shape[-1]
    R = torch.eye(N, dtype=torch.float64)
    for layer in range(layers):
        site = f"{prefix}layers.{layer}.weights"
        R = R + avg_heads(values[site][0], grads[site][0]) @ R
    return R


def relevance_across(values, grads, encoder_layers, decoder_layers):
    R_ii = relevance(values, grads, "encoder.", encoder_layers)
    Q = values["decoder.layers.0.weights"].shape[-1]
    R_qq, R_qi = torch.eye(Q, dtype=torch.float64), torch.zeros(Q, len(R_ii), dtype=torch.float64)
    for layer in range(decoder_layers):
        site = f"decoder.layers.{layer}.weights"
        cam = avg_heads(values[site][0], grads[site][0])
        R_qq, R_qi = R_qq + cam @ R_qq, R_qi + cam @ R_qi
        site = f"decoder.layers.{layer}.cross.weights"
        cam = avg_heads(values[site][0], grads[site][0])
        R_qi = R_qi + handle_residual(R_qq).t() @ (cam @ handle_residual(R_ii))
    return R_qq, R_qi


def integrated(model, module, run, baseline, vectors, rule):
    """Σ over the way of (x − x′) ∘ gradient, a number a token."""
    places, shares = rule
    total = torch.zeros_like(vectors)
    for place, share in zip(places, shares):
        point = (baseline + place * (vectors - baseline)).detach().requires_grad_()
        hook = module.register_forward_hook(lambda *_: point)
        (grad,) = torch.autograd.grad(run(), point)
        hook.remove()
        total += share * grad
    return ((vectors - baseline) * total)[0].sum(-1)


def legendre(steps):
    x, w = numpy.polynomial.legendre.leggauss(steps)
    return list((x + 1) / 2), list(w / 2)


CASES = {
    # [CLS] the [MASK] sat on mat [SEP], of test/support/text-models.ts
    "bert-mlm": dict(inputs=dict(ids=[[2, 5, 4, 7, 8, 9, 3]]), place=2, token=6, minus=16, module="bert.embeddings",
                     baseline=[[2, 4, 4, 4, 4, 4, 3]]),
    "gpt2": dict(inputs=dict(ids=[[4, 9, 20, 7, 9]]), place=4, token=11, minus=3, module="transformer.drop", other=[[4, 13, 20, 8, 9]]),
    "vit-uneven-heads": dict(place=None, token=1, minus=0, module="vit.embeddings"),
    "t5-uneven": dict(inputs=dict(ids=[[5, 9, 12, 7, 22, 6]], decoderIds=[[0, 8, 17, 4]]), place=3, token=11, minus=3),
}


def layer_count(values, prefix):
    return sum(1 for site in values if site.startswith(f"{prefix}layers.") and site.endswith(".weights") and "cross" not in site)


def made(name, *, place, token, minus, inputs=None, module=None, baseline=None, other=None):
    model, recorder = loaded(name)
    if inputs is None:
        recorded = load_file(HOME / name / "trace.safetensors")
        given = {"pixels": recorded["input.pixels"][:1].to(torch.float64)}
    else:
        given = {key: torch.tensor(value) for key, value in inputs.items()}
    value = chosen(passed(model, recorder, given), place, token, minus)
    sites = [site for site in recorder.graph if site.endswith(("embeddings", "weights", "mixed"))]
    grads, values = gradients(recorder, value, sites), numbers(recorder, sites)
    found = {"value": value.item(), "inputs": {key: value.tolist() for key, value in given.items() if key != "pixels"}}
    found["of"] = {"place": place, "token": token, "minus": minus}
    ends = [site for site in sites if site.endswith("embeddings")]
    for side in ends:
        g, x = grads[side][0], values[side][0]
        found[side] = {
            "l2": rounded(g.norm(dim=-1)), "l1": rounded(g.abs().mean(-1)), "max": rounded(g.abs().amax(-1)), "times": rounded((g * x).sum(-1)),
        }
    found["heads"] = {site: rounded((grads[site] * values[site]).sum((0, 2, 3))) for site in sites if site.endswith("mixed")}
    found["links"] = {site: rounded((grads[site] * values[site])[0]) for site in sites if site.endswith(("layers.0.weights", "0.cross.weights"))}
    if "decoder.embeddings" in ends:
        R_qq, R_qi = relevance_across(values, grads, layer_count(values, "encoder."), layer_count(values, "decoder."))
        found["relevance"] = {"encoder": rounded(R_qi[place]), "decoder": rounded(R_qq[place])}
    else:
        R = relevance(values, grads, "", layer_count(values, ""))
        found["relevance"] = {"": rounded(R[0 if place is None else place])}
    if module:
        vectors = values["embeddings"]
        start = torch.zeros_like(vectors)
        if baseline:
            passed(model, recorder, {"ids": torch.tensor(baseline)})
            start = numbers(recorder, ["embeddings"])["embeddings"]

        def run():
            return chosen(passed(model, recorder, given), place, token, minus)

        way = integrated(model, model.get_submodule(module), run, start, vectors, legendre(STEPS))
        found["integrated"] = {"steps": STEPS, "baseline": "mask" if baseline else "zero", "values": rounded(way)}
    if other:
        passed(model, recorder, {"ids": torch.tensor(other)})
        theirs = numbers(recorder, [site for site in sites if site.endswith("mixed")])
        found["patching"] = {"ids": other[0], "changes": {
            site: rounded(((theirs[site] - values[site]) * grads[site])[0].sum(-1)) for site in theirs
        }}
    return found


(ROOT / "test" / "analysis" / "attribution-golden.json").write_text(
    json.dumps({name: made(name, **case) for name, case in CASES.items()}, separators=(",", ":")) + "\n"
)
