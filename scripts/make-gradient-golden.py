"""Writes test/golden/<case>/gradients.safetensors: gradients at every site of recorded cases, by PyTorch's autograd in double precision.

    pip install torch==2.13.0 transformers==5.24.0
    python scripts/make-gradient-golden.py                 # the cases below
    python scripts/make-gradient-golden.py albert-groups   # some cases

The loss is a sum over both rows of what the file's metadata says: terms of log-probabilities of the logits at one place (of all of a text where
there is one prediction a text), or of the final vector where there are no logits.
"""

import importlib
import json
import sys
from pathlib import Path

import torch
import transformers
from safetensors.torch import load_file, save_file

from golden_trace import ARGUMENTS, Recorder

HOME = Path(__file__).parent.parent / "test" / "golden"
CHOSEN = [
    "albert-groups", "bert-untied", "bert-choices", "distilbert-classify", "distilbert-tokens", "gpt-neo-pattern", "gpt-neo-classify", "gpt2-by-layer",
    "llama-yarn", "llama-linear", "longformer-windows", "longformer-classify", "mobilebert-unshared", "mobilebert-qa", "roberta-untied", "t5-uneven",
    "vit-uneven-heads", "xlnet-order", "xlnet-both-ways", "xlnet-targets",
    "electra", "mpnet", "roformer-values", "nomic-bert", "deberta-v3", "deberta-v2-convolution", "deberta-v2-apart",
    "deberta-v2-groups", "modernbert", "xlm", "xlm-causal",
    "mistral", "qwen2", "qwen3-windows", "olmo2", "smollm3", "granite", "phi3-part", "gemma-biases", "gemma2", "gemma3-text-capped-logits",
    "gpt-neox", "gptj", "phi", "opt-norms-last", "bloom", "falcon",
    "deit-teacher", "dinov2", "dinov2-with-registers", "beit-larger", "swin", "swin-padded", "clip-vision", "clip-text", "siglip-vision", "siglip-text", "clip-both", "siglip-both",
    "bert2bert-untied", "bert2gpt2",
    "bart", "bart-uneven-heads", "marian", "mbart", "pegasus", "m2m-100",
    "whisper", "whisper-classify",
]


# Their class makes numbers of single precision on the way.
SINGLE = ["xlnet-targets"]


def cases():
    found = {}
    for file in sorted((Path(__file__).parent / "golden").glob("*.py")):
        found.update(importlib.import_module(f"golden.{file.stem}").CASES)
    return found


def loss_of(sites, inputs):
    """The site the loss is of, the place, and the terms."""
    site = next(name for name in ("logits", "logitsPerImage", "decoder.final", "final") if name in sites)
    shape = sites[site].shape
    mask = inputs.get("decoderMask") if site.startswith("decoder") or "decoderIds" in inputs else inputs.get("mask")
    place = None
    if len(shape) > 2:
        real = mask.bool().all(0).nonzero().flatten() if mask is not None and mask.shape[1] == shape[1] else torch.arange(shape[1])
        place = int(real[-1])
    width = shape[-1]
    terms = {0: 1.0, 1 % width: -0.5, width - 1: 0.7}
    return site, place, terms


def write(name, case, exact=None):
    folder = HOME / name
    exact = exact or (torch.float32 if name in SINGLE else torch.float64)
    recorded = load_file(folder / "trace.safetensors")
    inputs = {key[6:]: value for key, value in recorded.items() if key.startswith("input.") and key != "input.prompt"}
    if model_type(folder) == "longformer":
        inputs = unpadded(inputs, 8)
    model = case.model.from_pretrained(folder, attn_implementation=case.attention).eval().to(exact)
    recorder = Recorder()
    case.record(model, recorder)
    model(**{ARGUMENTS[key]: value.to(exact) if value.is_floating_point() else value for key, value in inputs.items()})
    site, place, terms = loss_of(recorder.sites, inputs)
    tensor, change = recorder.graph[site]
    values = change(tensor) if place is None else change(tensor)[:, place]
    if site == "logits":
        values = values.log_softmax(-1)
    loss = sum(weight * values[..., index].sum() for index, weight in terms.items())
    if not loss.isfinite():
        # Masks of some classes overflow in double precision.
        return write(name, case, torch.float32)
    names = [name for name, (tensor, _) in recorder.graph.items() if tensor.requires_grad]
    gradients = torch.autograd.grad(loss, [recorder.graph[n][0] for n in names], allow_unused=True)
    found = {n: through(*recorder.graph[n], g).float().contiguous().clone() for n, g in zip(names, gradients) if g is not None}
    for n in list(found):
        if n.endswith("weights") and n[:-7] + "scores" in recorder.sites:
            found[n[:-7] + "scores"] = of_scores(recorder.sites[n], found[n])
    save_file({**found, **{f"input.{key}": value.contiguous() for key, value in inputs.items()}}, folder / "gradients.safetensors", metadata={
        "format": "heed-trace-1", "of": json.dumps({
            "site": site, "place": place, "form": "logProbabilities" if site == "logits" else "logits",
            "terms": [{"index": index, "weight": weight} for index, weight in terms.items()],
        }), "loss": repr(loss.item()), "transformers": transformers.__version__, "torch": torch.__version__.split("+")[0],
    })
    missing = sorted(set(names) - set(found))
    print(f"{name}: {site} at {place}, {len(found)} sites, {(folder / 'gradients.safetensors').stat().st_size // 1000} kB, without: {' '.join(missing)}")


def through(tensor, change, gradient):
    """The gradient of a site that is a tensor laid out otherwise, or times a number: then it is the tensor's over that number."""
    factor = change(torch.ones_like(tensor)).flatten()[0]
    return change(gradient) / factor ** 2


def model_type(folder):
    return json.loads((folder / "config.json").read_text())["model_type"]


def unpadded(inputs, multiple):
    """Texts without padding: through rows of padding this class's own gradient is NaN."""
    real = int(inputs["mask"].sum(1).min()) if "mask" in inputs else inputs["ids"].shape[1]
    places = torch.arange(max(real // multiple, 1) * multiple) % real
    cut = {key: value[:, places] for key, value in inputs.items()}
    if "mask" in cut:
        cut["mask"] = torch.ones_like(cut["mask"])
    return cut


def of_scores(weights, gradient):
    """The softmax's own Jacobian."""
    return (weights * (gradient - (weights * gradient).sum(-1, keepdim=True))).contiguous()


if __name__ == "__main__":
    known = cases()
    for wanted in sys.argv[1:] or CHOSEN:
        write(wanted, known[wanted])
