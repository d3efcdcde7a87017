"""Writes test/golden/training.json: losses of the same trainings as PyTorch computes them, and of what heed trained and saved.

    npx tsx scripts/write-training-cases.ts /tmp/cases
    pip install torch==2.13.0 transformers==5.24.0
    python scripts/make-training-golden.py /tmp/cases
"""

import json
import math
import sys
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoModelForMaskedLM, AutoModelForSeq2SeqLM

CLASSES = {"gpt2": AutoModelForCausalLM, "bert": AutoModelForMaskedLM, "t5": AutoModelForSeq2SeqLM}
NAMES = {"ids": "input_ids", "mask": "attention_mask", "decoderIds": "decoder_input_ids", "decoderMask": "decoder_attention_mask"}


def opened(family, folder):
    model, told = CLASSES[family].from_pretrained(folder, output_loading_info=True, attn_implementation="eager")
    assert not told["missing_keys"] and not told["unexpected_keys"], told
    return model.train()


def loss_of(model, batch):
    inputs = {NAMES[name]: torch.tensor(rows) for name, rows in batch.items() if name in NAMES}
    logits = model(**inputs).logits
    targets = torch.tensor(batch["targets"])
    return torch.nn.functional.cross_entropy(logits.reshape(-1, logits.shape[-1]), targets, ignore_index=-1)


def rate_at(options, step):
    if step <= options["warmup"]:
        return options["rate"] * step / options["warmup"]
    way = min(1, (step - options["warmup"]) / max(1, options["steps"] - options["warmup"]))
    return options["rate"] * (options["lowest"] + (1 - options["lowest"]) * (1 + math.cos(math.pi * way)) / 2)


def in_f32(grad, coefficients, steps, eps):
    """torch's own turns as they stand, on the numbers as they are: torch rounds them to bfloat16."""
    a, b, c = coefficients
    x = grad.T if grad.size(0) > grad.size(1) else grad
    x = x / x.norm().clamp(min=eps)
    for _ in range(steps):
        gram = x @ x.T
        x = torch.addmm(x, torch.addmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x.T if grad.size(0) > grad.size(1) else x


torch.optim._muon._zeropower_via_newtonschulz = in_f32


def trained(model, batch, options):
    named = list(model.named_parameters())
    muon = None
    if "matrixRate" in options:
        matrices = [p for n, p in named if ".layer." in n and p.dim() == 2]
        muon = torch.optim.Muon(matrices, weight_decay=options["weightDecay"])
        named = [(n, p) for n, p in named if not any(p is one for one in matrices)]
    still = [p for n, p in named if p.dim() < 2]
    moved = [p for n, p in named if p.dim() >= 2]
    groups = [{"params": moved, "weight_decay": options["weightDecay"]}, {"params": still, "weight_decay": 0}]
    optimizer = torch.optim.AdamW(groups, betas=(0.9, 0.999), eps=1e-8)
    losses, norms = [], []
    for step in range(1, options["steps"] + 1):
        for group in optimizer.param_groups:
            group["lr"] = rate_at(options, step)
        model.zero_grad()
        loss = loss_of(model, batch)
        loss.backward()
        norms.append(float(torch.nn.utils.clip_grad_norm_(model.parameters(), options["clip"])))
        optimizer.step()
        if muon:
            muon.param_groups[0]["lr"] = rate_at({**options, "rate": options["matrixRate"]}, step)
            muon.step()
        losses.append(float(loss.detach()))
    return {"losses": losses, "norms": norms, "after": float(loss_of(model, batch).detach())}


def main(home):
    golden = {}
    for family in CLASSES:
        case = json.loads((home / family / "case.json").read_text())
        batch, options = case["batch"], case["options"]
        saved = opened(family, home / family / "trained")
        golden[family] = {
            "fromNew": trained(opened(family, home / family / "new"), batch, options),
            "saved": float(loss_of(saved, batch).detach()),
            "goesOn": trained(saved, batch, options),
        }
    case = json.loads((home / "bert" / "case.json").read_text())
    golden["muon"] = trained(opened("bert", home / "bert" / "new"), case["batch"], case["muon"])
    file = Path(__file__).parent.parent / "test" / "golden" / "training.json"
    file.write_text(json.dumps(golden, indent=1) + "\n")
    print(file.read_text())


main(Path(sys.argv[1]))
