"""Writes random cases of one family: config.json, weights, and every site as transformers computes it in float32.

    python cases.py mistral 0 40 folder [seed] [--double]

--double has each case's sites in double precision beside it: the referee of a difference. A line of JSON on stdout for each: its folder, or why transformers itself does not run it.
"""

import json
import shutil
import sys
from pathlib import Path

from draw import Draw, lay_out

import torch
import transformers

import classic_decoders
import encoder_decoders
import encoders
import gated_decoders
import pairs
import sounds
from golden_trace import write_case

FAMILIES = {**gated_decoders.FAMILIES, **classic_decoders.FAMILIES, **encoders.FAMILIES, **encoder_decoders.FAMILIES,
            **pairs.FAMILIES, **sounds.FAMILIES}


def write(family, number, home, seed, double):
    r = Draw(f"{family} {seed} {number}")
    folder = home / f"{family}-{number:05d}"
    try:
        write_case(folder.name, FAMILIES[family](r), folder, double)
        lay_out(r, folder)
        return {"number": number, "folder": str(folder)}
    except Exception as error:
        shutil.rmtree(folder, ignore_errors=True)
        return {"number": number, "invalid": f"{type(error).__name__}: {str(error)[:200]}"}


if __name__ == "__main__":
    double = "--double" in sys.argv
    sys.argv = [argument for argument in sys.argv if argument != "--double"]
    if sys.argv[1] == "--families":
        print("\n".join(FAMILIES))
        sys.exit()
    if sys.argv[1] not in FAMILIES:
        sys.exit(f"there is no {sys.argv[1]}; there are {', '.join(FAMILIES)}")
    torch.set_num_threads(1)
    transformers.logging.disable_progress_bar()
    family, start, end, home = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])
    seed = sys.argv[5] if len(sys.argv) > 5 else "1"
    for number in range(start, end):
        print(json.dumps(write(family, number, home, seed, double)), flush=True)
