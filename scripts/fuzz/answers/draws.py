"""What every draw of answers shares: chances by a name, and checkpoints with weights large enough that answers differ."""

import random
import string

import torch
import transformers


class Draw(random.Random):
    """Numbers by chance, the same for the same kind, seed and number."""

    def maybe(self, chance=0.5):
        return self.random() < chance

    def some(self, choices, chance=0.5):
        """Each choice, or not: a dict of functions."""
        return {name: make() for name, make in choices.items() if self.maybe(chance)}


WORDS = ["cat", "mat", "sat", "the", "on", "it", "was", "tired", "because", "dog", "ran", "far", "Vienna", "songs", "Wolf", "blue", "glad", "no"]


def text(r, most=14):
    """Words, some unknown, some with signs and capitals."""
    def word():
        kind = r.random()
        if kind < 0.75:
            return r.choice(WORDS)
        if kind < 0.85:
            return "".join(r.choice(string.ascii_letters) for _ in range(r.randint(1, 7)))
        return r.choice(["!", "don't", "Müller", "é", "1860", "...", "漢字", "😀", "The", "CAT"])

    return " ".join(word() for _ in range(r.randint(1, most)))


def save(model, folder, r):
    """Weights moved away from their start, so that no two labels score alike."""
    torch.manual_seed(r.randint(0, 10**6))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.2)
    model.eval().save_pretrained(folder)


def plain(value):
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    return value.item() if hasattr(value, "item") else value


def labels(r, most=6):
    """How many labels, how they are named, and what a config says of the scores."""
    count = r.choice([1, 2, 3, most])
    said = {"num_labels": count}
    if r.maybe():
        said = {"id2label": {place: r.choice(["good", "bad", "LABEL_7", "so so", "ünter", str(place)]) + ("" if r.maybe(0.3) else str(place)) for place in range(count)}}
    problem = r.choice([None, None, "regression", "single_label_classification", "multi_label_classification"])
    if problem:
        said["problem_type"] = problem
    if r.maybe(0.1):
        said["function_to_apply"] = r.choice(["none", "sigmoid"])
    return said


def scoring(r):
    """Options of a classification's scores."""
    options = {"top_k": r.choice([None, None, 1, 2, 4, 99])}
    if r.maybe(0.4):
        options["function_to_apply"] = r.choice(["sigmoid", "softmax", "none", "SIGMOID", "Softmax"])
    return options


def model_of(prefix, head, **fields):
    config = getattr(transformers, f"{prefix}Config")(**fields)
    config._attn_implementation = "eager"
    return getattr(transformers, f"{prefix}{head}")(config)
