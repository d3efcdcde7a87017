"""Writes test/tasks/writing/cases.json: what transformers' generate writes with many options at once, and what its processors and
warpers leave of random logits.

    pip install torch==2.13.0 transformers==5.24.0
    python scripts/make-writing-cases.py [--count 120] [--seed 5] [--out FILE] [--of CHECKPOINT ...]
"""

import argparse
import json
import random
from pathlib import Path

import torch
import transformers
from transformers import AutoConfig, GenerationConfig

HOME = Path(__file__).parent.parent / "test"
DECODERS = ["gpt2", "llama3", "gpt-neo-pattern", "llama-linear"]
BESIDE = ["t5-uneven", "mt5", "bart", "bart-untied", "marian", "mbart", "pegasus", "m2m-100"]
USUAL = [*DECODERS, "t5-uneven", "mt5"]


def load(name):
    config = AutoConfig.from_pretrained(HOME / "golden" / name)
    config._attn_implementation = "eager"
    folder = HOME / "golden" / name
    return getattr(transformers, config.architectures[0]).from_pretrained(folder, config=config).eval()


def some_ids(pick, count, size=30):
    return [pick.randrange(3, size) for _ in range(count)]


def processors(pick, length):
    """Options that change scores without any chance."""
    all_of_them = {
        "repetition_penalty": lambda: pick.choice([0.8, 1.2, 1.7]),
        "no_repeat_ngram_size": lambda: pick.choice([1, 2, 3]),
        "encoder_no_repeat_ngram_size": lambda: pick.choice([1, 2]),
        "encoder_repetition_penalty": lambda: pick.choice([0.7, 1.5]),
        "min_new_tokens": lambda: pick.choice([2, 5]),
        "min_length": lambda: length + pick.choice([1, 4]),
        "bad_words_ids": lambda: [some_ids(pick, pick.choice([1, 2])) for _ in range(6)],
        "sequence_bias": lambda: [[some_ids(pick, pick.choice([1, 2])), pick.choice([-3.0, 2.5])] for _ in range(5)],
        "suppress_tokens": lambda: some_ids(pick, 6),
        "begin_suppress_tokens": lambda: some_ids(pick, 8),
        "forced_bos_token_id": lambda: 4,
        "forced_eos_token_id": lambda: pick.choice([2, [7]]),
        "exponential_decay_length_penalty": lambda: [2, 1.4],
        "remove_invalid_values": lambda: True,
        "renormalize_logits": lambda: True,
    }
    return {name: all_of_them[name]() for name in sorted(pick.sample(sorted(all_of_them), pick.choice([0, 1, 2, 3, 4])))}


def warpers(pick):
    """Options of chance."""
    all_of_them = {
        "temperature": lambda: pick.choice([0.5, 1.3, 2.0]),
        "top_k": lambda: pick.choice([0, 2, 5, 12]),
        "top_p": lambda: pick.choice([0.3, 0.8, 0.95]),
        "min_p": lambda: pick.choice([0.05, 0.3]),
        "typical_p": lambda: pick.choice([0.2, 0.7, 0.95]),
        "epsilon_cutoff": lambda: pick.choice([0.01, 0.1]),
        "eta_cutoff": lambda: pick.choice([0.01, 0.1]),
    }
    return {name: all_of_them[name]() for name in sorted(pick.sample(sorted(all_of_them), pick.choice([1, 2, 3])))}


def ends(pick):
    return pick.choice([[2], [2, 7], [1, 5, 11, 20], None])


def written(name, model, pick):
    beside = name in BESIDE
    config = model.config
    padding = next((one for one in [config.pad_token_id, config.eos_token_id] if isinstance(one, int) and one >= 0), 0)
    rows = [some_ids(pick, pick.choice([1, 3, 6])) for _ in range(pick.choice([1, 1, 3]))]
    length = max(map(len, rows))
    pad = lambda row, filler: row + [filler] * (length - len(row)) if beside else [filler] * (length - len(row)) + row
    ids = torch.tensor([pad(row, padding) for row in rows])
    mask = torch.tensor([pad([1] * len(row), 0) for row in rows])
    options = {"max_new_tokens": pick.choice([3, 8, 12]), "eos_token_id": ends(pick)}
    options |= processors(pick, 1 if beside else length)
    if pick.random() < 0.6:
        beams = pick.choice([2, 3, 5])
        options |= {"num_beams": beams, "num_return_sequences": pick.randint(1, beams)}
        options |= pick.choice([{}, {"length_penalty": 0.0}, {"length_penalty": 2.0}, {"length_penalty": -1.0}])
        options |= pick.choice([{}, {"early_stopping": True}, {"early_stopping": "never"}])
    out = model.generate(ids, attention_mask=mask, do_sample=False, pad_token_id=padding, use_cache=not beside,
                         return_dict_in_generate=True, output_scores=True, **options)
    first = 0 if beside else length
    case = {"checkpoint": name, "input": rows, "options": options, "ids": out.sequences[:, first:].tolist()}
    if "num_beams" in options:
        case["scores"] = out.sequences_scores.tolist()
    return case


def left(model, pick):
    """Probabilities that processors and warpers leave of one row of logits."""
    torch.manual_seed(pick.randrange(1 << 30))
    prompt, new, size = pick.choice([1, 4]), pick.choice([0, 1, 5]), 24
    ids = torch.tensor([some_ids(pick, prompt + new, size)])
    options = {k: v for k, v in processors(pick, prompt).items() if k != "remove_invalid_values"}
    options = {k: (v if k != "suppress_tokens" else v[:2]) for k, v in options.items()} | warpers(pick)
    config = GenerationConfig(do_sample=True, eos_token_id=ends(pick), max_length=prompt + 6, **options)
    config.update(**config._get_default_generation_params(), defaults_only=True)
    config.update(top_k=options.get("top_k", 50))
    model._prepare_special_tokens(config, device="cpu")
    chain = model._get_logits_processor(config, prompt, encoder_input_ids=ids[:, :prompt], device="cpu", model_kwargs={})
    logits = torch.randn(1, size) * pick.choice([0.5, 3])
    scores = chain(ids, logits)
    return {
        "columns": ids[0].tolist(), "prompt": prompt, "capacity": prompt + 6, "logits": logits[0].tolist(),
        "options": options | {"eos_token_id": config.eos_token_id}, "probabilities": scores.softmax(-1)[0].tolist(),
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=120)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--out", default=str(HOME / "tasks" / "writing" / "cases.json"))
    parser.add_argument("--of", nargs="*", default=USUAL, help="checkpoints; chances are drawn with gpt2 alone")
    given = parser.parse_args()
    pick = random.Random(given.seed)
    models = {name: load(name) for name in given.of}
    texts, chances = [], []
    while len(texts) < given.count:
        name = pick.choice(list(models))
        try:
            texts.append(written(name, models[name], pick))
        except (ValueError, RuntimeError) as error:
            # What transformers refuses: an id forced and suppressed, an id beyond the vocabulary, a decay without ends.
            print(name, str(error)[:90])
    while "gpt2" in models and len(chances) < given.count:
        try:
            case = left(models["gpt2"], pick)
        except (ValueError, RuntimeError) as error:
            print(str(error)[:90])
            continue
        if all(one == one for one in case["probabilities"]):
            chances.append(case)
    by = {"transformers": transformers.__version__, "torch": torch.__version__.split("+")[0], "seed": given.seed}
    Path(given.out).write_text(json.dumps(by | {"texts": texts, "chances": chances}) + "\n")


if __name__ == "__main__":
    main()
