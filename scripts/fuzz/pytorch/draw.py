"""What every draw of a campaign shares: sizes, inputs, and how files are laid out."""

import json
import random
import sys
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

sys.path.insert(0, str(Path(__file__).parents[2]))

from golden_trace import Case, as_choices  # noqa: E402

ACTIVATIONS = ["silu", "gelu", "gelu_new", "relu", "gelu_pytorch_tanh", "quick_gelu", "tanh", "swish"]
SELDOM = ["relu2", "relu6", "leaky_relu", "gelu_10", "gelu_fast", "gelu_accurate", "gelu_python", "laplace", "mish", "sigmoid", "linear"]


class Draw(random.Random):
    """Numbers by chance, the same for the same family and number."""

    def maybe(self, chance=0.5):
        return self.random() < chance

    def activation(self):
        return self.choice(SELDOM if self.maybe(0.15) else ACTIVATIONS)

    def length(self, most=200):
        longest = self.choices([3, 40, 110, 200], [10, 45, 25, 20])[0]
        return self.randint(1, min(longest, most))

    def heads_and_width(self, even=True, most=96):
        while True:
            heads, width = self.choice([1, 2, 2, 3, 4, 6, 8]), self.choice([2, 4, 6, 8, 10, 12, 16, 24, 32] if even else [1, 2, 3, 4, 5, 8, 12, 16, 20])
            if 2 <= heads * width <= most:
                return heads, width

    def epsilon(self):
        return self.choice([1e-12, 1e-7, 1e-6, 1e-5, 1e-3])

    def layers(self, most=3):
        return self.randint(1, most)


@dataclass
class Drawn:
    """A case, and what its files look like."""

    case: Case
    choices: bool = False


def drawn(r, model, config, record, inputs, generate=False, **more):
    """A case of a class; its name says whether rows are choices and whether it writes."""
    name = model.__name__
    if name.endswith("ForMultipleChoice"):
        record = as_choices(record)
    # A text is written on from its first half; a sound is whole.
    length = inputs["ids"].shape[1] if "ids" in inputs else 2
    new = r.randint(1, 8) if generate and length > 1 else 0
    # With a cache transformers lets tokens see other texts packed into their row; a pass of heed has none.
    config.use_cache = False
    changes = [more.pop("publish", None), half(r)]
    return Case(model, config, record, inputs, seed=r.randint(1, 10**6), generate=new, publish=in_turn([c for c in changes if c]), **more)


def in_turn(changes):
    def change(config, tensors):
        for one in changes:
            config, tensors = one(config, tensors)
        return config, tensors

    return change if changes else None


def half(r):
    """Weights of sixteen bits in a third of the files; norms in single precision in some of these."""
    if not r.maybe(0.35):
        return None
    kind, is_mixed = r.choice(["float16", "bfloat16"]), r.maybe(0.25)

    def change(config, tensors):
        cast = lambda t: t.to(getattr(torch, kind)) if t.is_floating_point() and not (is_mixed and t.dim() < 2) else t
        return {**config, "dtype": kind}, {name: cast(tensor).contiguous() for name, tensor in tensors.items()}

    return change


def texts(r, vocabulary, length, padding, kinds=None, positions=None, first=0, sides=("left", "right"), batch=None, most_types=1.0):
    """ids, and often a mask that hides one end of some rows, types, places."""
    batch = batch or r.choice([1, 2, 2, 3])
    generator = torch.Generator().manual_seed(r.randint(0, 10**9))
    ids = torch.randint(first, vocabulary, (batch, length), generator=generator)
    if padding is not None:
        ids[ids == padding] = next(i for i in range(first, vocabulary) if i != padding)
    mask = torch.ones_like(ids)
    side = r.choice(sides)
    for row in range(1 if batch > 1 else 0, batch):
        hidden = r.randint(0, length - 1) if r.maybe(0.7) else 0
        if hidden:
            part = slice(0, hidden) if side == "left" else slice(length - hidden, length)
            mask[row, part] = 0
            ids[row, part] = padding if padding is not None else 0
    inputs = {"ids": ids}
    if padding is not None and r.maybe(0.8) or not mask.all():
        inputs["mask"] = mask
    if kinds and r.maybe(most_types):
        inputs["types"] = torch.randint(0, kinds, (batch, length), generator=generator)
    if positions and r.maybe(0.2):
        inputs["positions"] = places(r, batch, length, positions)
    return inputs


def places(r, batch, length, most):
    """Texts that begin anew within a row, or places in any order."""
    if r.maybe(0.3):
        return torch.tensor([[r.randrange(most) for _ in range(length)] for _ in range(batch)])
    rows = []
    for _ in range(batch):
        row, at = [], r.randint(0, max(0, min(5, most - length)))
        for _ in range(length):
            row.append(at)
            at = 0 if r.maybe(0.15) else min(at + 1, most - 1)
        rows.append(row)
    return torch.tensor(rows)


def lay_out(r, folder):
    """In a third of the folders the weights lie in parts with an index, or in a pickle."""
    form = r.choices(["whole", "parts", "pickle"], [60, 25, 15])[0]
    if form == "whole":
        return
    whole = folder / "model.safetensors"
    tensors = load_file(whole)
    whole.unlink()
    if form == "pickle":
        torch.save(tensors, folder / "pytorch_model.bin")
        return
    names = sorted(tensors)
    middle = len(names) // 2
    weight_map = {}
    for number, part in enumerate((names[:middle], names[middle:]), 1):
        file = f"model-{number:05d}-of-00002.safetensors"
        save_file({name: tensors[name] for name in part}, folder / file, metadata={"format": "pt"})
        weight_map.update({name: file for name in part})
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": weight_map}))
