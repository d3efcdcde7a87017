"""Writes test/golden/interventions.json: what interventions do to four of the checkpoints in test/golden, by hooks on PyTorch.

    pip install torch==2.13.0 transformers==5.24.0
    python scripts/make-intervention-golden.py

Every case names an intervention as heed's experiment files do, and has the final vectors of two tokens after it. Hooks change what modules
take and give; scores and weights are changed in an attention function of this file's own, in place of transformers' eager one.
"""

import json
import sys
from contextlib import ExitStack
from pathlib import Path

import torch
import transformers
from transformers import AutoModelForCausalLM, AutoModelForMaskedLM, AutoModelForSeq2SeqLM
from transformers.models.bart import modeling_bart
from transformers.models.bert import modeling_bert
from transformers.models.gpt2 import modeling_gpt2
from transformers.models.llama import modeling_llama

HOME = Path(__file__).parent.parent / "test"
TEXT = [7, 3, 9, 5, 11, 2, 14]
SAME_LENGTH = [7, 3, 9, 20, 11, 2, 14]
# One token more in the middle: words are aligned around it.
LONGER = [7, 3, 21, 9, 20, 11, 2, 14]
PARTNERS = {0: 0, 1: 1, 2: 3, 3: 4, 4: 5, 5: 6, 6: 7}
SHOWN = [4, 6]
# What the decoder of an encoder-decoder reads behind each of the three texts, with the same partners.
WRITTEN = [2, 8, 4, 13, 6]
SAME_WRITTEN = [2, 8, 4, 17, 6]
LONGER_WRITTEN = [2, 8, 19, 4, 17, 6]
WRITTEN_PARTNERS = {0: 0, 1: 1, 2: 3, 3: 4, 4: 5}
SHOWN_WRITTEN = [3, 4]


class Model:
    """One checkpoint, its sites by heed's names, and what is done at them."""

    def __init__(self, name, kind):
        self.name = name
        folder = HOME / "golden" / name
        loader = AutoModelForMaskedLM if kind == "bert" else AutoModelForCausalLM
        self.model = loader.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32).eval()
        self.heads = self.model.config.num_attention_heads
        self.edits, self.seen = {}, {}
        base = getattr(self.model, {"bert": "bert", "gpt2": "transformer", "llama": "model"}[kind])
        layers = {"bert": lambda: base.encoder.layer, "gpt2": lambda: base.h, "llama": lambda: base.layers}[kind]()
        for number, layer in enumerate(layers):
            out, mlp = {
                "bert": lambda layer: (layer.attention.output.dense, layer.output.dense),
                "gpt2": lambda layer: (layer.attn.c_proj, layer.mlp),
                "llama": lambda layer: (layer.self_attn.o_proj, layer.mlp),
            }[kind](layer)
            out.register_forward_pre_hook(self.taking(f"layers.{number}.mixed"))
            out.register_forward_hook(self.giving(f"layers.{number}.attended"))
            mlp.register_forward_hook(self.giving(f"layers.{number}.mlp"))
            layer.register_forward_hook(self.giving(f"layers.{number}.residual"))
        final = {"bert": lambda: layers[-1], "gpt2": lambda: base.ln_f, "llama": lambda: base.norm}[kind]()
        final.register_forward_hook(self.giving("final"))

    def at(self, site, value):
        if site in self.edits:
            value = self.edits[site](value)
        self.seen[site] = value
        return value

    def taking(self, site):
        def hook(_, given):
            batch, length, width = given[0].shape
            heads = given[0].reshape(batch, length, self.heads, -1).transpose(1, 2)
            return (self.at(site, heads).transpose(1, 2).reshape(batch, length, width), *given[1:])
        return hook

    def giving(self, site):
        def hook(_, __, result):
            if isinstance(result, tuple):
                return (self.at(site, result[0]), *result[1:])
            return self.at(site, result)
        return hook

    def attention(self, module, query, key, value, attention_mask, scaling=None, **_):
        place = self.place_of(module)
        groups = query.shape[1] // key.shape[1]
        q, k, v = (self.at(f"{place}{name}", part) for name, part in zip("qkv", (query, key, value)))
        k, v = (part.repeat_interleave(groups, dim=1) for part in (k, v))
        scores = q @ k.transpose(2, 3) * (scaling if scaling is not None else q.shape[-1] ** -0.5)
        if attention_mask is not None:
            scores = scores + attention_mask[..., : k.shape[-2]]
        scores = self.at(f"{place}scores", scores)
        weights = self.at(f"{place}weights", scores.softmax(-1))
        return (weights @ v).transpose(1, 2).contiguous(), weights

    def place_of(self, module):
        return f"layers.{module.layer_idx}."

    def run(self, ids, edits=None, **more):
        """Every site of a run in which `edits` change some."""
        self.edits, self.seen = edits or {}, {}
        with ExitStack() as stack, torch.inference_mode():
            for module in (modeling_bart, modeling_bert, modeling_gpt2, modeling_llama):
                before = module.eager_attention_forward
                module.eager_attention_forward = self.attention
                stack.callback(setattr, module, "eager_attention_forward", before)
            self.model(input_ids=torch.tensor([ids]), **more)
        return dict(self.seen)


class TwoStacks(Model):
    """BART: an encoder, a decoder, and the decoder's look at the encoder."""

    def __init__(self, name):
        self.name = name
        loaded = AutoModelForSeq2SeqLM.from_pretrained(HOME / "golden" / name, attn_implementation="eager", dtype=torch.float32)
        self.model = loaded.eval()
        self.heads = self.model.config.decoder_attention_heads
        assert self.heads == self.model.config.encoder_attention_heads
        self.edits, self.seen, self.places = {}, {}, {}
        base = self.model.model
        for stack in ("encoder", "decoder"):
            for number, layer in enumerate(getattr(base, stack).layers):
                own = f"{stack}.layers.{number}."
                parts = [(own, layer.self_attn)] + ([(f"{own}cross.", layer.encoder_attn)] if stack == "decoder" else [])
                for place, attention in parts:
                    self.places[id(attention)] = place
                    attention.out_proj.register_forward_pre_hook(self.taking(f"{place}mixed"))
                    attention.out_proj.register_forward_hook(self.giving(f"{place}attended"))
                layer.fc2.register_forward_hook(self.giving(f"{own}mlp"))
                layer.register_forward_hook(self.giving(f"{own}residual"))
        base.decoder.register_forward_hook(self.ending)

    def ending(self, _, __, result):
        self.seen["final"] = result.last_hidden_state

    def place_of(self, module):
        return self.places[id(module)]

    def read(self, ids, written, edits=None):
        return self.run(ids, edits, decoder_input_ids=torch.tensor([written]))


def put(index, value):
    def edit(tensor):
        tensor = tensor.clone()
        tensor[index] = value
        return tensor
    return edit


def aligned(tensor, axis):
    """The other text's rows in the places of this one's."""
    return tensor.index_select(axis, torch.tensor([PARTNERS[place] for place in range(len(TEXT))]))


def cut(query, key, head, how):
    heads = slice(None) if head is None else head

    def edit(tensor):
        tensor = tensor.clone()
        tensor[0, heads, query, key] = float("-inf") if how == "before" else 0
        if how == "renormalized":
            tensor[0, heads, query] = tensor[0, heads, query] / tensor[0, heads, query].sum(-1, keepdim=True)
        return tensor
    return edit


def cases(model):
    clean, other, longer = model.run(TEXT), model.run(SAME_LENGTH), model.run(LONGER)
    everywhere = slice(None)
    ids = {"ids": LONGER}

    def case(intervention, edits):
        final = model.run(TEXT, edits)["final"][0, SHOWN]
        yield {"intervention": intervention, "final": [[round(x, 7) for x in row] for row in final.tolist()]}

    yield from case({"kind": "ablateHeads", "heads": ["L1H2"], "by": "zero"}, {"layers.1.mixed": put((0, 2), 0)})
    mean = clean["layers.0.mixed"][0, 1].mean(0)
    yield from case({"kind": "ablateHeads", "heads": ["L0H1"], "by": {"mean": "text"}}, {"layers.0.mixed": put((0, 1), mean)})
    both = torch.cat([other["layers.0.mixed"][0, 1], longer["layers.0.mixed"][0, 1]]).mean(0)
    yield from case(
        {"kind": "ablateHeads", "heads": ["L0H1"], "query": [2, 4], "by": {"mean": [{"ids": SAME_LENGTH}, ids]}},
        {"layers.0.mixed": put((0, 1, [2, 4]), both)},
    )
    yield from case(
        {"kind": "ablateHeads", "heads": ["L0H1"], "by": {"resample": [ids]}},
        {"layers.0.mixed": put((0, 1), aligned(longer["layers.0.mixed"], 2)[0, 1])},
    )
    yield from case(
        {"kind": "ablateLayers", "layers": [0], "part": "both", "by": "zero"},
        {"layers.0.attended": put(0, 0), "layers.0.mlp": put(0, 0)},
    )
    yield from case(
        {"kind": "ablatePositions", "query": 3, "layers": [0], "by": {"mean": "text"}},
        {"layers.0.residual": put((0, 3), clean["layers.0.residual"][0].mean(0))},
    )
    for how, site in (("before", "scores"), ("after", "weights"), ("renormalized", "weights")):
        yield from case(
            {"kind": "cut", "query": 4, "key": 1, "heads": ["L1H0"], "how": how},
            {f"layers.1.{site}": cut(4, 1, 0, how)},
        )
    yield from case(
        {"kind": "cut", "query": 4, "key": 2, "layers": [0, 1]},
        {f"layers.{layer}.scores": cut(4, 2, None, "before") for layer in (0, 1)},
    )
    yield from case(
        {"kind": "transplant", "from": ids, "site": "residual", "layers": [0], "query": 3},
        {"layers.0.residual": put((0, 3), longer["layers.0.residual"][0, PARTNERS[3]])},
    )
    yield from case(
        {"kind": "transplant", "from": ids, "site": "mixed", "layers": [1], "heads": [1]},
        {"layers.1.mixed": put((0, 1), aligned(longer["layers.1.mixed"], 2)[0, 1])},
    )
    yield from case(
        {"kind": "transplant", "from": ids, "site": "k", "layers": [1], "heads": [2]},
        {"layers.1.k": put((0, 2), aligned(longer["layers.1.k"], 2)[0, 2])},
    )
    sent = {"layers.0.mixed": put((0, 1), aligned(longer["layers.0.mixed"], 2)[0, 1])}
    frozen = {
        "layers.0.mlp": put(0, clean["layers.0.mlp"][0]),
        "layers.1.attended": put(0, clean["layers.1.attended"][0]),
        "layers.1.mlp": put(0, clean["layers.1.mlp"][0]),
    }
    yield from case({"kind": "path", "from": ids, "senders": ["L0H1"], "receivers": "output"}, {**sent, **frozen})
    heard = model.run(TEXT, {**sent, **frozen})
    yield from case(
        {"kind": "path", "from": ids, "senders": ["L0H1"], "receivers": ["L1H2.q", "L1H0.v"]},
        {"layers.1.q": put((0, 2), heard["layers.1.q"][0, 2]), "layers.1.v": put((0, 0), heard["layers.1.v"][0, 0])},
    )
    vector = 2 * (longer["layers.0.residual"][0].mean(0) - other["layers.0.residual"][0].mean(0))
    steer = {"kind": "steer", "toward": [ids], "away": [{"ids": SAME_LENGTH}], "layers": [0], "scale": 2}
    yield from case(steer, {"layers.0.residual": lambda tensor: tensor + vector})
    last = -1.5 * (longer["layers.0.residual"][0, -1] - other["layers.0.residual"][0, -1])
    yield from case(
        {**steer, "scale": -1.5, "over": "last", "query": 2},
        {"layers.0.residual": put((0, 2, everywhere), clean["layers.0.residual"][0, 2] + last)},
    )


def cases_of_two(model):
    clean = model.read(TEXT, WRITTEN)
    other, longer = model.read(SAME_LENGTH, SAME_WRITTEN), model.read(LONGER, LONGER_WRITTEN)
    ids = {"ids": LONGER, "decoderIds": LONGER_WRITTEN}
    same = {"ids": SAME_LENGTH, "decoderIds": SAME_WRITTEN}

    def partners(tensor, axis):
        return tensor.index_select(axis, torch.tensor([WRITTEN_PARTNERS[place] for place in range(len(WRITTEN))]))

    def case(intervention, edits):
        final = model.read(TEXT, WRITTEN, edits)["final"][0, SHOWN_WRITTEN]
        yield {"intervention": intervention, "final": [[round(x, 7) for x in row] for row in final.tolist()]}

    for stack, place in (("encoder", "encoder.layers.0."), ("decoder", "decoder.layers.0."), ("cross", "decoder.layers.0.cross.")):
        yield from case({"kind": "ablateHeads", "heads": ["L0H1"], "by": "zero", "stack": stack}, {f"{place}mixed": put((0, 1), 0)})
        mean = clean[f"{place}mixed"][0, 0].mean(0)
        yield from case(
            {"kind": "ablateHeads", "heads": ["L0H0"], "by": {"mean": "text"}, "stack": stack}, {f"{place}mixed": put((0, 0), mean)}
        )
        yield from case(
            {"kind": "cut", "query": 3, "key": 2, "heads": ["L0H1"], "how": "before", "stack": stack},
            {f"{place}scores": cut(3, 2, 1, "before")},
        )
        moved = aligned if stack == "encoder" else partners
        yield from case(
            {"kind": "transplant", "from": ids, "site": "mixed", "layers": [0], "heads": [1], "stack": stack},
            {f"{place}mixed": put((0, 1), moved(longer[f"{place}mixed"], 2)[0, 1])},
        )
    for stack, place in (("decoder", "decoder.layers.1."), ("cross", "decoder.layers.1.cross.")):
        yield from case(
            {"kind": "ablateLayers", "layers": [1], "part": "attention", "by": "zero", "stack": stack}, {f"{place}attended": put(0, 0)}
        )
    yield from case(
        {"kind": "transplant", "from": ids, "site": "residual", "layers": [0], "query": 3, "stack": "decoder"},
        {"decoder.layers.0.residual": put((0, 3), longer["decoder.layers.0.residual"][0, WRITTEN_PARTNERS[3]])},
    )
    vector = 2 * (longer["decoder.layers.0.residual"][0].mean(0) - other["decoder.layers.0.residual"][0].mean(0))
    yield from case(
        {"kind": "steer", "toward": [ids], "away": [same], "layers": [0], "scale": 2, "stack": "decoder"},
        {"decoder.layers.0.residual": lambda tensor: tensor + vector},
    )


def main():
    two = TwoStacks("bart")
    models = [Model("bert-mlm", "bert"), Model("gpt2", "gpt2"), Model("llama3", "llama")]
    golden = {
        "origin": f"scripts/make-intervention-golden.py, torch {torch.__version__.split('+')[0]}, transformers {transformers.__version__}",
        "text": TEXT,
        "shown": SHOWN,
        "models": {
            model.name: {
                "clean": [[round(x, 7) for x in row] for row in model.run(TEXT)["final"][0, SHOWN].tolist()],
                "cases": list(cases(model)),
            }
            for model in models
        },
        "two": {
            "name": two.name,
            "decoder": WRITTEN,
            "shown": SHOWN_WRITTEN,
            "clean": [[round(x, 7) for x in row] for row in two.read(TEXT, WRITTEN)["final"][0, SHOWN_WRITTEN].tolist()],
            "cases": list(cases_of_two(two)),
        },
    }
    path = HOME / "golden" / "interventions.json"
    path.write_text(json.dumps(golden, separators=(",", ":")).replace('{"intervention"', '\n{"intervention"') + "\n")
    print(f"{path}: {path.stat().st_size} bytes", file=sys.stderr)


main()
