"""Writes test/golden/activations.json: what modules of torch.nn, made without arguments, make of numbers and of rows of them.

    pip install torch==2.13.0
    python scripts/make-activation-golden.py
"""

import json
from pathlib import Path

import torch
from torch import nn

NAMES = ["CELU", "ELU", "GELU", "Hardshrink", "Hardsigmoid", "Hardswish", "Hardtanh", "Identity", "LeakyReLU", "LogSigmoid", "LogSoftmax", "Mish", "PReLU",
         "RReLU", "ReLU", "ReLU6", "SELU", "SiLU", "Sigmoid", "Softmax", "Softmin", "Softplus", "Softshrink", "Softsign", "Tanh", "Tanhshrink"]
ROWS = [[-30.0, -6.0, -3.0, -1.25, -0.5, -1e-3], [1e-3, 0.0, 0.5, 0.75, 2.5, 3.5], [6.5, 19.0, 25.0, 90.0, -90.0, -0.25],
        [1e-5, -1e-5, 3e7, -3e7, 1e8, -1e8], [10000.0, 10001.0, 9999.5, 10000.25, 9990.0, 10000.75]]


def main():
    x = torch.tensor(ROWS)
    with torch.no_grad():
        values = {name: getattr(nn, name)().eval()(x).tolist() for name in NAMES}
    made = {"by": f"torch {torch.__version__.split('+')[0]}; scripts/make-activation-golden.py", "rows": ROWS, "values": values}
    file = Path(__file__).parent.parent / "test" / "golden" / "activations.json"
    file.write_text(json.dumps(made) + "\n")


if __name__ == "__main__":
    main()
