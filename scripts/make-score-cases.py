"""Writes test/tasks/score/cases.json: log-probabilities of tokens, by those before them and by all others.

    pip install torch==2.13.0 transformers==5.24.0
    python scripts/make-score-cases.py
"""

import json
from pathlib import Path

import torch
import transformers
from transformers import AutoConfig

HOME = Path(__file__).parent.parent / "test"


def load(name):
    config = AutoConfig.from_pretrained(HOME / "golden" / name)
    config._attn_implementation = "eager"
    folder = HOME / "golden" / name
    return getattr(transformers, config.architectures[0]).from_pretrained(folder, config=config).eval()


@torch.no_grad()
def main():
    cases = []
    for name in ["gpt2", "llama3", "gpt-neo-pattern"]:
        ids = [5, 9, 14, 7, 20, 9, 3]
        logs = load(name)(torch.tensor([ids])).logits[0].log_softmax(-1)
        cases.append({"checkpoint": name, "input": ids, "logs": [None] + [logs[at, one].item() for at, one in enumerate(ids[1:])]})
    model, mask = load("bert-mlm"), 4
    # Ids of a vocabulary "[PAD] [UNK] [CLS] [SEP] [MASK] the cat sat on mat because it was tired . ##s dog".
    for text, ids in [
        ("the cat sat on the mat because it was tired .", [2, 5, 6, 7, 8, 5, 9, 10, 11, 12, 13, 14, 3]),
        ("the dog", [2, 5, 16, 3]),
    ]:
        logs = [None] * len(ids)
        for at in range(1, len(ids) - 1):
            hidden = ids[:at] + [mask] + ids[at + 1:]
            logs[at] = model(torch.tensor([hidden])).logits[0, at].log_softmax(-1)[ids[at]].item()
        cases.append({"checkpoint": "bert-mlm", "input": text, "pseudo": True, "logs": logs})
    folder = HOME / "tasks" / "score"
    folder.mkdir(parents=True, exist_ok=True)
    by = {"transformers": transformers.__version__, "torch": torch.__version__.split("+")[0]}
    (folder / "cases.json").write_text(json.dumps(by | {"cases": cases}) + "\n")


if __name__ == "__main__":
    main()
