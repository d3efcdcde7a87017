"""Writes test/analysis/swin-golden.json: norm-weighted attention, value zeroing and cut links within Swin's windows, on PyTorch.

    pip install torch==2.13.0 transformers==5.24.0
    python scripts/make-swin-golden.py
"""

import json
from pathlib import Path

import torch
from transformers import AutoConfig, SwinForImageClassification
from transformers.models.swin import modeling_swin

HOME = Path(__file__).parent.parent
LABEL = 1
# Links of layer, head, query, key whose cut is followed: keys in the query's window.
LINKS = [(0, 1, 9, 8), (1, 0, 9, 18), (2, 2, 5, 4), (3, 1, 5, 10)]


class Windows:
    """A model whose attention is watched, and changed at tokens, whatever windows they lie in."""

    def __init__(self, folder):
        config = AutoConfig.from_pretrained(folder)
        config._attn_implementation = "eager"
        self.model = SwinForImageClassification.from_pretrained(folder, config=config).double().eval()
        self.layers = [block for stage in self.model.swin.encoder.layers for block in stage.blocks]
        self.zeroed = self.cut = None
        self.plain = modeling_swin.eager_attention_forward
        modeling_swin.eager_attention_forward = self.attend
        size, channels = config.image_size, config.num_channels
        count = channels * size * size
        self.pixels = torch.sin(torch.arange(count, dtype=torch.float32)).double().view(1, channels, size, size)

    def places(self, number):
        """The token at each place of the windows of a layer: (windows, area)."""
        layer = self.layers[number]
        side = int(self.streams[number].shape[1] ** 0.5)
        tokens = torch.arange(side * side).view(1, side, side, 1)
        windows = modeling_swin.window_partition(layer.cyclic_shift(tokens), layer.window_size)
        return windows.reshape(-1, layer.window_size**2)

    def attend(self, module, query, key, value, mask, **rest):
        number = next(n for n, layer in enumerate(self.layers) if layer.attention is module)
        if self.zeroed and self.zeroed[0] == number:
            value = value * (self.places(number) != self.zeroed[1])[:, None, :, None]
        if self.cut and self.cut[0] == number:
            _, head, looking, looked = self.cut
            places = self.places(number)
            is_link = (places == looking)[:, :, None] & (places == looked)[:, None, :]
            is_head = torch.arange(query.shape[1]) == head
            mask = mask.expand(query.shape[0], query.shape[1], -1, -1).masked_fill(is_link[:, None] & is_head[None, :, None, None], -torch.inf)
        output, weights = self.plain(module, query, key, value, mask, **rest)
        self.attended[number] = (weights, value)
        return output, weights

    def run(self):
        self.streams, self.attended, hooks = {}, {}, []
        for number, layer in enumerate(self.layers):
            hooks.append(layer.register_forward_pre_hook(lambda _, args, number=number: self.streams.update({number: args[0]})))
            hooks.append(layer.register_forward_hook(lambda _, args, out, number=number: left.update({number: out[0] if isinstance(out, tuple) else out})))
        left = {}
        logits = self.model(self.pixels).logits[0]
        for hook in hooks:
            hook.remove()
        return left, logits


def norms(windows, number):
    weights, value = windows.attended[number]
    places, dense = windows.places(number), windows.layers[number].attention.o_proj
    heads, width = value.shape[1], value.shape[3]
    written = torch.stack([value[:, h] @ dense.weight[:, h * width:(h + 1) * width].T for h in range(heads)], 1)
    each = weights[..., None] * written[:, :, None]  # (windows, H, area, area, C)
    stream = windows.streams[number][0]
    T, C = stream.shape
    whole = torch.zeros(heads, T, T, C, dtype=torch.double)
    for window, tokens in enumerate(places):
        for a, looking in enumerate(tokens):
            for b, looked in enumerate(tokens):
                whole[:, looking, looked] = each[window, :, a, b]
    residual = whole.sum(0) + torch.eye(T)[..., None] * stream[:, None]
    return {"each": whole.norm(dim=-1), "heads": whole.sum(0).norm(dim=-1), "residual": residual.norm(dim=-1)}


def zeroing(windows, number):
    before, _ = windows.run()
    T = before[number].shape[1]
    distances = torch.zeros(T, T, dtype=torch.double)
    for key in range(T):
        windows.zeroed = (number, key)
        after, _ = windows.run()
        distances[:, key] = 1 - torch.cosine_similarity(before[number][0], after[number][0], dim=-1)
    windows.zeroed = None
    return distances.clamp(min=0) / distances.clamp(min=0).sum(-1, keepdim=True)


@torch.no_grad()
def main():
    windows = Windows(HOME / "test" / "golden" / "swin")
    _, logits = windows.run()
    weights = [float(windows.attended[layer][0][row, head, a, b]) for layer, head, looking, looked in LINKS
               for row, tokens in enumerate(windows.places(layer)) for a, one in enumerate(tokens) for b, two in enumerate(tokens)
               if one == looking and two == looked]
    cases = {
        "label": LABEL, "links": LINKS, "weights": weights, "logit": float(logits[LABEL]),
        # Whole matrices of a later stage; of the first, the row of one patch.
        "norms": {2: {name: all.tolist() for name, all in norms(windows, 2).items()}, 1: {name: all[..., 9, :].tolist() for name, all in norms(windows, 1).items()}},
    }
    cuts = []
    for link in LINKS:
        windows.cut = link
        cuts.append(float(windows.run()[1][LABEL]))
    windows.cut = None
    cases["cuts"] = cuts
    cases["zeroing"] = {3: zeroing(windows, 3).tolist(), 1: zeroing(windows, 1)[9].tolist()}
    # Most numbers lie outside the windows and are 0.
    rounded = json.loads(json.dumps(cases), parse_float=lambda number: round(float(number), 6) or 0)
    out = HOME / "test" / "analysis" / "swin-golden.json"
    out.write_text(json.dumps(rounded, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
