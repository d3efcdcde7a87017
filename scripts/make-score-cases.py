"""Writes test/tasks/score/cases.json: log-probabilities of tokens, by those before them, by all others, and of targets behind a text.

    pip install torch==2.13.0 transformers==5.24.0
    python scripts/make-score-cases.py
"""

import json
from pathlib import Path

import torch
import transformers
from transformers import AutoConfig, AutoTokenizer

HOME = Path(__file__).parent.parent / "test"


def load(name):
    config = AutoConfig.from_pretrained(HOME / "golden" / name)
    config._attn_implementation = "eager"
    folder = HOME / "golden" / name
    return getattr(transformers, config.architectures[0]).from_pretrained(folder, config=config).eval()


TRANSLATORS = {
    "hub-mbart50": ("en_XX", "fr_XX"),
    "hub-mbart_cc25": ("en_XX", "ro_RO"),
    "hub-m2m_100": ("en", "fr"),
    "hub-nllb": ("eng_Latn", "fra_Latn"),
}


def target_cases():
    """What `model(…, labels=tokenizer(text_target=…).input_ids)` says, label by label."""
    text, target = "The cat sat on the mat.", "The dog sleeps."
    for name in ["hub-bart", "hub-t5", "hub-mt5", "hub-marian", "hub-pegasus", "hub-bert2bert", *TRANSLATORS]:
        languages = dict(zip(["src_lang", "tgt_lang"], TRANSLATORS.get(name, ())))
        tokenizer = AutoTokenizer.from_pretrained(HOME / "golden" / name, **languages)
        encoded = tokenizer(text, return_tensors="pt", return_token_type_ids=False)
        labels = tokenizer(text_target=target, return_tensors="pt").input_ids
        model, read = load(name), []
        model.get_decoder().register_forward_pre_hook(lambda _, __, given: read.append(given["input_ids"][0].tolist()), with_kwargs=True)
        logs = model(**encoded, labels=labels).logits[0].log_softmax(-1)
        ids = labels[0].tolist()
        # mBART's language comes behind the end, which has not been written yet.
        start = read[0][: -1 if name == "hub-mbart_cc25" else None]
        written = model.generate(**encoded, decoder_input_ids=torch.tensor([start]), decoder_start_token_id=start[0], max_new_tokens=6, num_beams=1, do_sample=False)
        yield {
            "checkpoint": name,
            "input": {"text": text, "target": target},
            **({"options": {"sourceLanguage": languages["src_lang"], "targetLanguage": languages["tgt_lang"]}} if languages else {}),
            "ids": ids,
            "read": read[0],
            "written": written[0].tolist(),
            "logs": [logs[at, one].item() for at, one in enumerate(ids)],
        }


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
    ids, read = [5, 9, 14, 7, 3], [0, 8, 12, 4]
    logs = load("mt5")(torch.tensor([ids]), decoder_input_ids=torch.tensor([read])).logits[0].log_softmax(-1)
    cases.append({"checkpoint": "mt5", "input": {"ids": [ids], "decoderIds": [read]}, "ids": read[1:], "logs": [logs[at, one].item() for at, one in enumerate(read[1:])]})
    cases.extend(target_cases())
    folder = HOME / "tasks" / "score"
    folder.mkdir(parents=True, exist_ok=True)
    by = {"transformers": transformers.__version__, "torch": torch.__version__.split("+")[0]}
    (folder / "cases.json").write_text(json.dumps(by | {"cases": cases}) + "\n")


if __name__ == "__main__":
    main()
