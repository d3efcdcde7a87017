"""Writes test/golden/checkpoints: files of PyTorch and safetensors, each with the values that Python reads from it.

    pip install torch==2.13.0 safetensors==0.8.0 numpy
    python scripts/make-checkpoint-golden.py

bert-tiny/pytorch_model.bin is an input: it stays as it is, and its expected.json is written anew.
"""

import hashlib
import io
import json
import math
import platform
import shutil
import sys
import zipfile
from collections import OrderedDict
from pathlib import Path

import safetensors
import torch
from safetensors.torch import save_file

HOME = Path(__file__).parent.parent / "test" / "golden" / "checkpoints"
NAMES = {
    torch.float64: "F64", torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16",
    torch.int64: "I64", torch.int32: "I32", torch.int16: "I16", torch.int8: "I8",
    torch.uint8: "U8", torch.bool: "BOOL", torch.float8_e4m3fn: "F8_E4M3",
}


def every_type():
    """Each type with its edges: infinities, NaN, subnormals, rounding, the largest integers; a scalar, an empty tensor."""
    torch.manual_seed(3)
    inf, nan = math.inf, math.nan
    state = OrderedDict()
    state["f64"] = torch.tensor([0.1, -1 / 3, 1e300, -1e300, 1e-320, 2.0**24 + 1, inf, nan], dtype=torch.float64)
    state["f32"] = torch.cat([torch.randn(20), torch.tensor([1e-42, -0.0, 3.4e38, inf, -inf, nan])]).reshape(2, 13)
    state["f16"] = torch.cat([torch.randn(20), torch.tensor([6e-8, 6.1e-5, 65504, inf, -inf, nan])]).half().reshape(13, 2)
    state["bf16"] = torch.cat([torch.randn(20), torch.tensor([1e-40, 3e38, inf, -inf, nan, -0.0])]).bfloat16()
    state["i64"] = torch.tensor([0, -1, 2**24 + 1, -(2**24) - 3, 2**40 + 12345, 2**63 - 1, -(2**63)])
    state["i32"] = torch.tensor([[0, -1, 2**31 - 1], [-(2**31), 2**24 + 1, 7]], dtype=torch.int32)
    state["i16"] = torch.tensor([0, -1, 32767, -32768], dtype=torch.int16)
    state["i8"] = torch.tensor([0, -1, 127, -128, 5], dtype=torch.int8)
    state["u8"] = torch.tensor([0, 1, 128, 255, 17], dtype=torch.uint8)
    state["bool"] = torch.tensor([[True, False, True]])
    state["scalar"] = torch.tensor(2.5)
    state["empty"] = torch.zeros(0, 3)
    return state


def every_view():
    """What a state dict may share and stride: ties, offsets, transposes, steps, repeats, a Parameter."""
    torch.manual_seed(4)
    block = torch.randn(6, 10)
    cube = torch.randn(3, 4, 5, dtype=torch.float64)
    state = OrderedDict()
    state["whole"] = block
    state["tied"] = block
    state["offset"] = block[2:4]
    state["column"] = block[:, 3]
    state["transposed"] = block.t()
    state["stepped"] = block[1::2, ::3]
    state["permuted"] = cube.permute(2, 0, 1)
    state["permuted_half"] = cube[1:].half().permute(1, 2, 0)
    state["repeated"] = torch.tensor([1.0, 2.0, 3.0]).expand(4, 3)
    state["windows"] = torch.arange(10).unfold(0, 4, 2)
    state["bytes"] = torch.arange(24, dtype=torch.uint8).reshape(4, 6).t()
    state["parameter"] = torch.nn.Parameter(torch.randn(2, 2))
    state._metadata = OrderedDict([("", {"version": 1}), ("layer", {"version": 2})])
    return state


def number(value):
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def expected(tensors, hashed=False):
    """Per tensor its type, its shape, and its values as float32: in full, or as SHA-256 of the bytes."""
    result = {}
    for name, tensor in tensors.items():
        tensor = tensor.detach()
        entry = {"type": NAMES[tensor.dtype], "shape": list(tensor.shape)}
        values = tensor.to(torch.float32).contiguous()
        if hashed:
            entry["sha256"] = hashlib.sha256(values.numpy().tobytes()).hexdigest()
        else:
            entry["values"] = [number(value) for value in values.flatten().tolist()]
        result[name] = entry
    return result


def case(name, tensors, hashed=False):
    folder = HOME / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "expected.json").write_text(json.dumps(expected(tensors, hashed)) + "\n")
    if not (folder / "config.json").exists():
        (folder / "config.json").write_text('{ "model_type": "none" }\n')
    return folder


def index(folder, file, map):
    content = {"metadata": {"total_size": 0}, "weight_map": map}
    (folder / f"{file}.index.json").write_text(json.dumps(content, indent=2) + "\n")


def big_endian_zip64(state, file):
    """The zip of torch.save packed again by Python, each entry with zip64 sizes, as a big-endian machine would."""
    buffer = io.BytesIO()
    torch.save(state, buffer)
    widths = {tensor.untyped_storage().nbytes(): tensor.element_size() for tensor in state.values()}
    assert len(widths) == len(state), "tell storages apart by their size"
    with zipfile.ZipFile(buffer) as source, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as target:
        for info in source.infolist():
            content = source.read(info)
            if info.filename.endswith("/byteorder"):
                content = b"big"
            if "/data/" in info.filename:
                width = widths[len(content)]
                content = b"".join(content[i : i + width][::-1] for i in range(0, len(content), width))
            entry = zipfile.ZipInfo(info.filename.replace("archive/", "any name/"), (1980, 1, 1, 0, 0, 0))
            with target.open(entry, "w", force_zip64=True) as stream:
                stream.write(content)


def main():
    types, views = every_type(), every_view()
    floats = OrderedDict((name, types[name]) for name in ("f64", "f32", "f16", "bf16"))
    rest = OrderedDict((name, tensor) for name, tensor in types.items() if name not in floats)

    folder = case("types-safetensors", {**types, "f8": torch.tensor([1.0, 2.0]).to(torch.float8_e4m3fn)})
    save_file({**types, "f8": torch.tensor([1.0, 2.0]).to(torch.float8_e4m3fn)}, folder / "model.safetensors", {"format": "pt"})

    folder = case("shards-safetensors", types)
    save_file(floats, folder / "model-00001-of-00002.safetensors", {"format": "pt"})
    save_file(rest, folder / "model-00002-of-00002.safetensors", {"format": "pt"})
    index(folder, "model.safetensors", {name: f"model-0000{1 if name in floats else 2}-of-00002.safetensors" for name in types})

    torch.save(types, case("types-zip", types) / "pytorch_model.bin")
    torch.save(types, case("types-legacy", types) / "pytorch_model.bin", _use_new_zipfile_serialization=False)
    torch.save(views, case("views-zip", views) / "pytorch_model.bin")
    torch.save(views, case("views-legacy", views) / "pytorch_model.bin", _use_new_zipfile_serialization=False)

    f8 = {"f8": torch.tensor([1.0, 2.0]).to(torch.float8_e4m3fn)}
    training = {"epoch": 3, "state_dict": {**views, **f8}, "name": "run", "size": torch.Size([1, 2]), "dtype": torch.float16, "rate": 0.5}
    torch.save(training, case("training-zip-protocol-4", {**views, **f8}) / "pytorch_model.bin", pickle_protocol=4)

    folder = case("shards-bin", types)
    torch.save(floats, folder / "pytorch_model-00001-of-00002.bin")
    torch.save(rest, folder / "pytorch_model-00002-of-00002.bin", _use_new_zipfile_serialization=False)
    index(folder, "pytorch_model.bin", {name: f"pytorch_model-0000{1 if name in floats else 2}-of-00002.bin" for name in types})

    swapped = OrderedDict((name, types[name]) for name in ("f64", "f32", "bf16", "i64", "i8"))
    swapped["transposed"] = torch.arange(12, dtype=torch.int16).reshape(3, 4).t()
    big_endian_zip64(swapped, case("big-endian-zip64", swapped) / "pytorch_model.bin")

    folder = HOME / "refused"
    folder.mkdir(parents=True, exist_ok=True)
    torch.save(torch.nn.Linear(2, 2), folder / "module-zip.bin")
    torch.save(torch.nn.Linear(2, 2), folder / "module-legacy.bin", _use_new_zipfile_serialization=False)
    torch.save({"sparse": torch.eye(3).to_sparse()}, folder / "sparse.bin")
    torch.save({"a": {"x": torch.zeros(1)}, "b": {"y": torch.zeros(1)}}, folder / "nested.bin")
    torch.save({"numpy": torch.zeros(3).numpy()}, folder / "numpy.bin")

    bert = HOME / "bert-tiny" / "pytorch_model.bin"
    case("bert-tiny", torch.load(bert, weights_only=True), hashed=True)

    (HOME / "ORIGIN.md").write_text(
        f"""# Where these files come from

`python scripts/make-checkpoint-golden.py` wrote them: Python {platform.python_version()}, torch {torch.__version__}, safetensors {safetensors.__version__}.
Each folder holds a checkpoint and `expected.json`: type, shape and float32 values of every tensor as PyTorch converts them
(`bert-tiny`: the SHA-256 of their bytes). `refused` holds files that heed must refuse by name.

`bert-tiny/pytorch_model.bin` is `torch.save` (torch 2.13.0) of the state dict of a BertForMaskedLM of transformers 5.24.0 with random
weights: tied tensors share a storage, two weights are views into one, one is transposed, and the dict carries `_metadata`.
"""
    )


if __name__ == "__main__":
    sys.exit(main())
