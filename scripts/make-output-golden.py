"""Writes test/analysis/output/cases.json: logit lens, direct logit attribution, norm-weighted attention and value zeroing on PyTorch.

    pip install torch==2.13.0 transformers==5.24.0
    python scripts/make-output-golden.py
"""

import json
from pathlib import Path

import torch
import transformers
from transformers import AutoConfig

HOME = Path(__file__).parent.parent
IDS = [5, 9, 14, 7, 20, 9, 3]
DECODER = [2, 6, 11, 4]
PLACE, TOKEN, OTHER = 5, 7, 12


def load(name):
    folder = HOME / "test" / "golden" / name
    config = AutoConfig.from_pretrained(folder)
    config._attn_implementation = "eager"
    kind = config.architectures[0].replace("T5WithLMHeadModel", "T5ForConditionalGeneration")
    return getattr(transformers, kind).from_pretrained(folder, config=config).double().eval()


def streams(model, layers, **inputs):
    """What enters the first layer, and what each layer leaves."""
    kept, hooks = [], []
    first = lambda out: (out[0] if isinstance(out, tuple) else out).detach()
    hooks.append(layers[0].register_forward_pre_hook(lambda _, args, kwargs: kept.append((args[0] if args else kwargs["hidden_states"]).detach()), with_kwargs=True))
    for layer in layers:
        hooks.append(layer.register_forward_hook(lambda _, args, out: kept.append(first(out))))
    output = model(**inputs)
    for hook in hooks:
        hook.remove()
    return kept, output


def lens():
    cases = {}
    ids = torch.tensor([IDS])
    gpt2 = load("gpt2")
    kept, _ = streams(gpt2, gpt2.transformer.h, input_ids=ids)
    cases["gpt2"] = [gpt2.lm_head(gpt2.transformer.ln_f(x))[0, PLACE].tolist() for x in kept]
    llama = load("llama3")
    kept, _ = streams(llama, llama.model.layers, input_ids=ids)
    cases["llama3"] = [llama.lm_head(llama.model.norm(x))[0, PLACE].tolist() for x in kept]
    bert = load("bert-mlm")
    kept, _ = streams(bert, bert.bert.encoder.layer, input_ids=ids)
    cases["bert-mlm"] = [bert.cls(x)[0, PLACE].tolist() for x in kept]
    t5 = load("t5-first")
    kept, output = streams(t5, t5.decoder.block, input_ids=ids, decoder_input_ids=torch.tensor([DECODER]))
    factor = t5.config.d_model ** -0.5 if t5.config.tie_word_embeddings else 1
    cases["t5-first"] = [t5.lm_head(t5.decoder.final_layer_norm(x) * factor)[0, 2].tolist() for x in kept]
    assert torch.allclose(torch.tensor(cases["t5-first"][-1]).double(), output.logits[0, 2])
    return cases


def attribution():
    model = load("gpt2")
    body, heads = model.transformer, model.config.n_head
    mixed, mlps, hooks = [], [], []
    for block in body.h:
        hooks.append(block.attn.c_proj.register_forward_pre_hook(lambda _, args: mixed.append(args[0][0, PLACE])))
        hooks.append(block.mlp.register_forward_hook(lambda _, args, out: mlps.append(out[0, PLACE])))
    kept, output = streams(model, body.h, input_ids=torch.tensor([IDS]))
    x = kept[-1][0, PLACE]
    size = torch.sqrt(x.var(unbiased=False) + body.ln_f.eps)
    result = {}
    for name, direction, bias in [
        ("token", model.lm_head.weight[TOKEN], 0.0),
        ("difference", model.lm_head.weight[TOKEN] - model.lm_head.weight[OTHER], 0.0),
    ]:
        share = lambda part: float(((part - part.mean()) / size * body.ln_f.weight) @ direction)
        parts = {"embeddings": share(kept[0][0, PLACE])}
        for layer, block in enumerate(body.h):
            weight = block.attn.c_proj.weight  # (C, C), in by out
            width = weight.shape[0] // heads
            for head in range(heads):
                rows = slice(head * width, (head + 1) * width)
                parts[f"L{layer}H{head}"] = share(mixed[layer][rows] @ weight[rows])
            parts[f"L{layer} bias"] = share(block.attn.c_proj.bias)
            parts[f"L{layer} mlp"] = share(mlps[layer])
        parts["norm's bias"] = float(body.ln_f.bias @ direction)
        logits = output.logits[0, PLACE]
        total = float(logits[TOKEN] - (logits[OTHER] if name == "difference" else 0))
        assert abs(sum(parts.values()) - total) < 1e-9
        result[name] = {"parts": parts, "total": total}
    return result


def norms():
    model = load("bert-mlm")
    ids = torch.tensor([IDS])
    kept, _ = streams(model, model.bert.encoder.layer, input_ids=ids)
    weights = model.bert(ids, output_attentions=True).attentions
    heads, cases = model.config.num_attention_heads, []
    for x, layer, alpha in zip(kept, model.bert.encoder.layer, weights):
        x, alpha = x[0], alpha[0]
        value = layer.attention.self.value(x)
        width = value.shape[-1] // heads
        dense, norm = layer.attention.output.dense, layer.attention.output.LayerNorm
        f = torch.stack([value[:, h * width:(h + 1) * width] @ dense.weight[:, h * width:(h + 1) * width].T for h in range(heads)])
        each = alpha[..., None] * f[:, None]  # (H, T, S, C)
        total = each.sum(0)
        residual = total + torch.eye(len(x))[..., None] * x[:, None]
        before = x + total.sum(1) + dense.bias
        size = torch.sqrt(before.var(-1, unbiased=False) + norm.eps)
        normed = (residual - residual.mean(-1, keepdim=True)) / size[:, None, None] * norm.weight
        cases.append({
            "each": each.norm(dim=-1).tolist(), "heads": total.norm(dim=-1).tolist(),
            "residual": residual.norm(dim=-1).tolist(), "norm": normed.norm(dim=-1).tolist(),
        })
    return cases


def zeroing(name, layers_of, value_of, cut):
    model = load(name)
    layers = layers_of(model)
    ids = torch.tensor([IDS])
    kept, _ = streams(model, layers, input_ids=ids)
    result = []
    for number, layer in enumerate(layers):
        distances = torch.zeros(len(IDS), len(IDS), dtype=torch.double)
        for key in range(len(IDS)):
            def zero(_, args, out):
                out = out.clone()
                out[:, key, cut(out.shape[-1]):] = 0
                return out
            hook = value_of(layer).register_forward_hook(zero)
            after, _ = streams(model, layers, input_ids=ids)
            hook.remove()
            distances[:, key] = 1 - torch.cosine_similarity(kept[number + 1][0], after[number + 1][0], dim=-1)
        result.append((distances / distances.sum(-1, keepdim=True)).tolist())
    return result


@torch.no_grad()
def main():
    cases = {
        "ids": IDS, "decoderIds": DECODER, "place": PLACE, "token": TOKEN, "other": OTHER,
        "lens": lens(), "attribution": attribution(), "norms": norms(),
        "zeroing": {
            "bert-mlm": zeroing("bert-mlm", lambda m: m.bert.encoder.layer, lambda l: l.attention.self.value, lambda _: 0),
            "gpt2": zeroing("gpt2", lambda m: m.transformer.h, lambda l: l.attn.c_attn, lambda width: 2 * width // 3),
        },
    }
    rounded = json.loads(json.dumps(cases), parse_float=lambda number: round(float(number), 6))
    (HOME / "test" / "analysis" / "output" / "cases.json").write_text(json.dumps(rounded) + "\n")


main()
