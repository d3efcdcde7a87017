"""A training step of a small GPT-2 in PyTorch, eager and compiled, for ../pytorch.ts.

    python training.py weights.safetensors threads

Each line on stdin is a question, each line on stdout its answer, both JSON. The step is of torch.optim.AdamW's fused form, the fastest there is.
"""

import base64
import json
import sys
import time

import torch
from safetensors.torch import load_file
from torch.nn import functional as F


class Layer(torch.nn.Module):
    def __init__(self, tensors, name, heads, epsilon):
        super().__init__()
        of = lambda part: torch.nn.Parameter(tensors[f"layers.{name}.{part}"].clone())
        # q, k and v are one product, as in GPT-2.
        for part in ("weight", "bias"):
            merged = torch.cat([tensors[f"layers.{name}.{own}.{part}"] for own in "qkv"])
            self.register_parameter(f"qkv_{part}", torch.nn.Parameter(merged))
            for own in ("norm1", "out", "norm2", "up", "down"):
                self.register_parameter(f"{own}_{part}", of(f"{own}.{part}"))
        self.heads, self.epsilon = heads, epsilon

    def forward(self, x):
        B, T, C = x.shape
        normal = F.layer_norm(x, (C,), self.norm1_weight, self.norm1_bias, self.epsilon)
        qkv = F.linear(normal, self.qkv_weight, self.qkv_bias)
        q, k, v = qkv.view(B, T, 3, self.heads, C // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + F.linear(mixed.transpose(1, 2).reshape(B, T, C), self.out_weight, self.out_bias)
        normal = F.layer_norm(x, (C,), self.norm2_weight, self.norm2_bias, self.epsilon)
        inner = F.gelu(F.linear(normal, self.up_weight, self.up_bias), approximate="tanh")
        return x + F.linear(inner, self.down_weight, self.down_bias)


class Decoder(torch.nn.Module):
    def __init__(self, tensors, layers, heads, epsilon):
        super().__init__()
        for name in ("words", "positions", "final.weight", "final.bias"):
            self.register_parameter(name.replace(".", "_"), torch.nn.Parameter(tensors[name].clone()))
        self.layers = torch.nn.ModuleList([Layer(tensors, name, heads, epsilon) for name in range(layers)])
        self.epsilon = epsilon

    def forward(self, ids, targets):
        x = F.embedding(ids, self.words) + self.positions
        for layer in self.layers:
            x = layer(x)
        x = F.layer_norm(x, x.shape[-1:], self.final_weight, self.final_bias, self.epsilon)
        logits = F.linear(x, self.words)
        return F.cross_entropy(logits.flatten(0, 1), targets.flatten())


class Side:
    def __init__(self, tensors, shape, adam):
        self.model = Decoder(tensors, shape["layers"], shape["heads"], shape["epsilon"])
        self.optimizer = torch.optim.AdamW(self.model.parameters(), fused=True, **adam)
        self.forward = self.model


def main(path, threads):
    torch.set_num_threads(threads)
    torch.set_num_interop_threads(1)
    tensors = {name: tensor.clone() for name, tensor in load_file(path).items()}
    ids, targets = tensors.pop("ids").long(), tensors.pop("targets").long()
    say({"versions": f"torch {torch.__version__}"})
    sides = {}
    for line in sys.stdin:
        question = json.loads(line)
        name = question["run"]
        if name not in sides:
            sides[name] = Side(tensors, question["shape"], question["adam"])
            if name == "compiled":
                sides[name].forward = torch.compile(sides[name].model)
        try:
            say(answer(sides[name], question, ids, targets))
        except Exception as error:  # No compiler, above all.
            say({"ms": 0, "missing": str(error).splitlines()[0]})


def answer(side, question, ids, targets):
    side.optimizer.zero_grad()
    start = time.perf_counter()
    loss = side.forward(ids, targets)
    if question["until"] != "forward":
        loss.backward()
    if question["until"] == "step":
        side.optimizer.step()
    ms = 1e3 * (time.perf_counter() - start)
    if not question.get("show"):
        return {"ms": ms}
    gradient = side.model.layers[0].up_weight.grad
    return {"ms": ms, "loss": loss.item(), "output": base64.b64encode(gradient.contiguous().numpy().tobytes()).decode()}


def say(answer):
    print(json.dumps(answer), flush=True)


main(sys.argv[1], int(sys.argv[2]))
