"""Writes test/golden/<case>: tiny checkpoints and the traces of their forward passes as transformers computes them.

    pip install torch==2.13.0 transformers==5.24.0
    python scripts/make-golden.py                 # every case
    python scripts/make-golden.py albert-groups   # some cases

Each file scripts/golden/<family>.py has CASES: a dict from a case's name to a Case (scripts/golden_trace.py).
"""

import importlib
import sys
from pathlib import Path

from golden_trace import write_case

HOME = Path(__file__).parent.parent / "test" / "golden"


def main(wanted):
    cases = {}
    for file in sorted((Path(__file__).parent / "golden").glob("*.py")):
        cases.update(importlib.import_module(f"golden.{file.stem}").CASES)
    unknown = set(wanted) - set(cases)
    if unknown:
        sys.exit(f"no case {', '.join(sorted(unknown))}; there are {', '.join(sorted(cases))}")
    for name in wanted or sorted(cases):
        size = write_case(name, cases[name], HOME / name)
        print(f"{name}: {size / 1000:.0f} kB")


main(sys.argv[1:])
