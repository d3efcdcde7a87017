"""Writes random cases of one kind of answers: folders with a checkpoint and what Python answers.

    python cases.py texts 0 40 folder [seed]

A line of JSON on stdout for each: its folder, how many answers it holds, and what Python itself refuses.
"""

import json
import logging
import shutil
import sys
import warnings
from pathlib import Path

from draws import Draw

import PIL
import torch
import transformers

import chances
import pictures
import texts

KINDS = {"texts": texts, "pictures": pictures, "chances": chances}


def write(kind, number, home, seed):
    folder = home / f"{kind}-{number:05d}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        family, cases, refused, *asked = KINDS[kind].write(Draw(f"{kind} {seed} {number}"), folder)
    except Exception as error:
        shutil.rmtree(folder, ignore_errors=True)
        return {"number": number, "refused": [f"{type(error).__name__}: {str(error)[:200]}"], "answers": 0}
    if kind != "chances":
        by = f"transformers {transformers.__version__}, torch {torch.__version__}; scripts/fuzz/answers"
        (folder / "tasks.json").write_text(json.dumps({"format": "heed-tasks-1", "by": by, "cases": cases}))
    return {"number": number, "folder": str(folder), "family": family, "answers": len(cases), "refused": refused, "asked": asked[0] if asked else {}}


if __name__ == "__main__":
    if sys.argv[1] not in KINDS:
        sys.exit(f"there is no {sys.argv[1]}; there are {', '.join(KINDS)}")
    # Before 13 Pillow resized the width first, whatever the height: other bytes.
    if sys.argv[1] == "pictures" and int(PIL.__version__.split(".")[0]) < 13:
        sys.exit(f"pictures are held against Pillow 13, and this Python has {PIL.__version__}: pip install pillow==13.0.0")
    torch.set_num_threads(1)
    transformers.logging.disable_progress_bar()
    transformers.logging.set_verbosity_error()
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")
    kind, start, end, home = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])
    seed = sys.argv[5] if len(sys.argv) > 5 else "1"
    for number in range(start, end):
        print(json.dumps(write(kind, number, home, seed)), flush=True)
