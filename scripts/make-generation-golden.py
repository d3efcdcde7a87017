"""Writes test/golden/generation.json: what transformers' generate and logits processors give for some checkpoints of test/golden.

    pip install torch==2.13.0 transformers==5.24.0
    python scripts/make-generation-golden.py
"""

import json
from pathlib import Path

import torch
import transformers
from transformers import AutoConfig
from transformers.generation.logits_process import (
    RepetitionPenaltyLogitsProcessor, TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper,
)

HOME = Path(__file__).parent.parent / "test" / "golden"
PROMPTS = [[5, 9, 14, 7, 20], [22, 6], [8, 3, 17]]


def load(name):
    config = AutoConfig.from_pretrained(HOME / name)
    config._attn_implementation = "eager"
    return getattr(transformers, config.architectures[0]).from_pretrained(HOME / name, config=config).eval()


def written(name, **options):
    """Greedy ids behind prompts padded on the left, without their padding."""
    model = load(name)
    model.generation_config.eos_token_id = None
    length = max(map(len, PROMPTS))
    ids = torch.tensor([[0] * (length - len(row)) + row for row in PROMPTS])
    mask = torch.tensor([[0] * (length - len(row)) + [1] * len(row) for row in PROMPTS])
    out = model.generate(ids, attention_mask=mask, max_new_tokens=10, do_sample=False, pad_token_id=0, **options)
    return [row[length - len(prompt):].tolist() for row, prompt in zip(out, PROMPTS)]


def kept(logits, earlier, temperature, top_k, top_p, penalty):
    """Probabilities of one row after transformers' processors, in the order its generate has them."""
    scores, ids = torch.tensor([logits]), torch.tensor([earlier])
    steps = []
    if penalty != 1:
        steps.append(RepetitionPenaltyLogitsProcessor(penalty))
    if temperature != 1:
        steps.append(TemperatureLogitsWarper(temperature))
    if top_k:
        steps.append(TopKLogitsWarper(top_k))
    if top_p < 1:
        steps.append(TopPLogitsWarper(top_p))
    for step in steps:
        scores = step(ids, scores)
    return scores.softmax(-1)[0].tolist()


def chances():
    generator = torch.Generator().manual_seed(3)
    cases = []
    for number in range(60):
        pick = lambda choices: choices[torch.randint(len(choices), (1,), generator=generator).item()]
        logits = [round(x, 2) for x in (3 * torch.randn(12, generator=generator)).tolist()]
        earlier = torch.randint(12, (4,), generator=generator).tolist()
        options = dict(temperature=pick([0.5, 1.0, 1.7]), top_k=pick([0, 1, 3, 7]), top_p=pick([0.1, 0.5, 0.9, 1.0]),
                       penalty=pick([1.0, 1.3, 0.8]))
        cases.append({"logits": logits, "earlier": earlier, **options, "probabilities": kept(logits, earlier, **options)})
    return cases


golden = {
    "transformers": transformers.__version__,
    "torch": torch.__version__.split("+")[0],
    "prompts": PROMPTS,
    "written": [
        {"case": name, "repetitionPenalty": penalty, "ids": written(name, repetition_penalty=penalty)}
        for name in ("gpt2", "llama-linear", "llama3", "gpt-neo-pattern", "gpt-neo-untied")
        for penalty in (1.0, 1.6)
    ],
    "chances": chances(),
}
(HOME / "generation.json").write_text(json.dumps(golden) + "\n")
