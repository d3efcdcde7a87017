"""Writes test/golden/quantized/<case>: one weight as each kind of quantisation stores it, packed here in numpy and torch as the library that makes
such files packs it, and weight.safetensors: the numbers it stands for, which are known before it is packed.

    pip install torch==2.13.0 safetensors
    python scripts/make-quantized.py
"""

import json
import shutil
from pathlib import Path

import torch
from safetensors.torch import save_file

HOME = Path(__file__).parent.parent / "test" / "golden" / "quantized"


def save(name, config, tensors, weight):
    folder = HOME / name
    folder.mkdir(parents=True)
    config = {"model_type": "llama", "quantization_config": config}
    (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    save_file({f"layer.{key}": value.contiguous() for key, value in tensors.items()}, folder / "model.safetensors")
    save_file({"weight": weight.float().contiguous()}, folder / "weight.safetensors")


def spread(scale, block, shape):
    """A scale for each number of a matrix."""
    return scale.float().repeat_interleave(block[0], 0).repeat_interleave(block[1], 1)[: shape[0], : shape[1]]


def fp8():
    shape = (20, 12)
    for name, kind, block, stored, end, config in [
        ("fp8-blocks", torch.float8_e4m3fn, (8, 8), torch.float32, "weight_scale_inv", {"quant_method": "fp8", "weight_block_size": [8, 8]}),
        ("fp8-even-blocks", torch.float8_e4m3fn, (10, 4), torch.float32, "weight_scale_inv", {"quant_method": "fp8"}),
        ("fp8-rows", torch.float8_e4m3fn, (1, 12), torch.bfloat16, "weight_scale", {"quant_method": "compressed-tensors", "format": "float-quantized"}),
        ("fp8-whole", torch.float8_e5m2, (20, 12), torch.float32, "weight_scale", {"quant_method": "compressed-tensors", "format": "float-quantized"}),
    ]:
        codes = (torch.randn(shape) * 40).to(kind)
        scale = (torch.rand(-(-20 // block[0]), -(-12 // block[1])) + 0.1).to(stored)
        weight = codes.float() * spread(scale, block, shape)
        tensors = {"weight": codes, end: scale.reshape(1) if name == "fp8-whole" else scale}
        if name == "fp8-whole":
            tensors["input_scale"] = torch.ones(1)
        save(name, config, tensors, weight)


def int8():
    codes = torch.randint(-127, 128, (20, 12), dtype=torch.int8)
    rows = torch.rand(20) * 3
    save(
        "bitsandbytes-8",
        {"quant_method": "bitsandbytes", "load_in_8bit": True},
        {"weight": codes, "SCB": rows, "weight_format": torch.tensor(0, dtype=torch.uint8)},
        (codes.float() * rows[:, None]) * torch.tensor(7.874015718698502e-3),
    )
    scale = torch.rand(20, 1)
    zero = torch.randint(-5, 6, (20, 1), dtype=torch.int8)
    save(
        "int8-zero-points",
        {"quant_method": "compressed-tensors", "format": "int-quantized"},
        {"weight": codes, "weight_scale": scale, "weight_zero_point": zero},
        (codes.float() - zero.float()) * scale,
    )


def words(codes, bits, axis, order=None):
    """Codes as 32-bit words along an axis; of `order` the code that lies at each place."""
    per = 32 // bits
    codes = codes.movedim(axis, -1).long()
    codes = codes.reshape(*codes.shape[:-1], -1, per)[..., order or list(range(per))]
    packed = (codes << (torch.arange(per) * bits)).sum(-1)
    packed = torch.where(packed >= 2**31, packed - 2**32, packed)
    return packed.to(torch.int32).movedim(-1, axis)


def packed():
    inputs, outputs, size = 32, 16, 8
    for name, bits, form, ordered in [
        ("gptq-4", 4, "gptq", False),
        ("gptq-4-act-order", 4, "gptq", True),
        ("gptq-8", 8, "gptq", False),
        ("gptq-2-v2", 2, "gptq_v2", False),
    ]:
        codes = torch.randint(0, 2**bits, (inputs, outputs))
        zeros = torch.randint(1, 2**bits, (inputs // size, outputs))
        scales = torch.rand(inputs // size, outputs).half()
        groups = torch.arange(inputs) // size
        if ordered:
            groups = groups[torch.randperm(inputs)]
        weight = (codes - zeros[groups]).float() * scales[groups].float()
        tensors = {
            "qweight": words(codes, bits, 0),
            "qzeros": words(zeros - int(form == "gptq"), bits, 1),
            "scales": scales,
            "g_idx": groups.to(torch.int32),
        }
        save(name, {"quant_method": "gptq", "bits": bits, "group_size": size, "desc_act": ordered, "checkpoint_format": form}, tensors, weight.T)
    order = [0, 2, 4, 6, 1, 3, 5, 7]
    codes = torch.randint(0, 16, (inputs, outputs))
    zeros = torch.randint(0, 16, (inputs // size, outputs))
    scales = torch.rand(inputs // size, outputs).half()
    groups = torch.arange(inputs) // size
    save(
        "awq",
        {"quant_method": "awq", "bits": 4, "group_size": size, "zero_point": True, "version": "gemm"},
        {"qweight": words(codes, 4, 1, order), "qzeros": words(zeros, 4, 1, order), "scales": scales},
        ((codes - zeros[groups]).float() * scales[groups].float()).T,
    )
    for bits in (4, 8):
        codes = torch.randint(-(2 ** (bits - 1)), 2 ** (bits - 1), (outputs, inputs))
        scale = torch.rand(outputs, inputs // size).to(torch.bfloat16)
        save(
            f"pack-{bits}",
            {"quant_method": "compressed-tensors", "format": "pack-quantized", "config_groups": {"group_0": {"weights": {"num_bits": bits, "group_size": size}}}},
            {
                "weight_packed": words(codes + 2 ** (bits - 1), bits, 1),
                "weight_scale": scale,
                "weight_shape": torch.tensor([outputs, inputs]),
            },
            codes.float() * scale.float().repeat_interleave(size, 1),
        )


def nested():
    """bitsandbytes' 4-bit: a table's codes, the first of two in the upper half of a byte."""
    shape, block = (12, 32), 64
    table = torch.cat([-torch.rand(8).sort(descending=True).values, torch.rand(8).sort().values])
    for name, outer in [("nf4", None), ("nf4-nested", 4)]:
        codes = torch.randint(0, 16, (shape[0] * shape[1],))
        blocks = codes.numel() // block
        state = {"quant_type": "nf4", "blocksize": block, "dtype": "bfloat16", "shape": list(shape)}
        tensors = {"weight": ((codes[0::2] << 4) | codes[1::2]).to(torch.uint8)[:, None], "weight.quant_map": table}
        if outer:
            absmax, largest = torch.randint(0, 256, (blocks,)), torch.rand(-(-blocks // outer))
            numbers, offset = torch.rand(256), 0.25
            scales = numbers[absmax] * largest.repeat_interleave(outer)[:blocks] + offset
            tensors |= {"weight.absmax": absmax.to(torch.uint8), "weight.nested_absmax": largest, "weight.nested_quant_map": numbers}
            state |= {"nested_blocksize": outer, "nested_dtype": "float32", "nested_offset": offset}
        else:
            scales = torch.rand(blocks)
            tensors["weight.absmax"] = scales
        tensors["weight.quant_state.bitsandbytes__nf4"] = torch.tensor(list(json.dumps(state).encode()), dtype=torch.uint8)
        weight = (table[codes] * scales.repeat_interleave(block)).reshape(shape)
        save(name, {"quant_method": "bitsandbytes", "load_in_4bit": True, "bnb_4bit_quant_type": "nf4"}, tensors, weight)


def taken_apart(words, bits, axis):
    """The codes of 32-bit words, as GPTQ's readers take them apart: shifted, then masked."""
    shifts = torch.arange(32 // bits) * bits
    return ((words.movedim(axis, -1)[..., None] >> shifts) & (2**bits - 1)).flatten(-2).movedim(-1, axis)


def read_by_autogptq(tensors, bits, groups):
    """AutoGPTQ 0.7.1, qlinear_cuda_old.py: one is added to each zero point and masked, so that 15 is 0; in the scales' precision."""
    zeros = (taken_apart(tensors["qzeros"], bits, 1) + 1) & (2**bits - 1)
    return (tensors["scales"][groups] * (taken_apart(tensors["qweight"], bits, 0) - zeros[groups])).T


def read_by_gptqmodel(tensors, bits, groups, ones):
    """GPTQModel 2.1.0 and 7.7.0, utils/model.py and qlinear/__init__.py: the first format's words become the second's by one sum, which carries;
    the older takes ones of the config's bits, the newer of the module's."""
    zeros = taken_apart(tensors["qzeros"] + word_of_ones(ones), bits, 1)
    return (tensors["scales"][groups] * (taken_apart(tensors["qweight"], bits, 0) - zeros[groups])).T


def word_of_ones(bits):
    return torch.tensor((2**32 - 1) // (2**bits - 1), dtype=torch.int64).to(torch.int32)


def edges():
    """GPTQ where zero points are 0, which the first format keeps as all ones or borrows for, and where groups are said otherwise."""
    inputs, outputs = 32, 16
    plain = {"quant_method": "gptq", "desc_act": False, "checkpoint_format": "gptq"}
    by_gptqmodel = {"meta": {"quantizer": ["gptqmodel:2.1.0"]}}
    for name, bits, size, stored, more in [
        ("gptq-4-zeros", 4, 8, torch.float16, {"sym": False}),
        ("gptq-8-zeros", 8, 8, torch.bfloat16, {"sym": False}),
        ("gptq-2-borrowed", 2, 8, torch.float16, {"sym": False, **by_gptqmodel}),
        ("gptq-4-borrowed", 4, 8, torch.float16, {"sym": False, **by_gptqmodel}),
        ("gptq-4-whole", 4, -1, torch.float16, {"desc_act": True}),
        ("gptq-4-no-order", 4, 8, torch.float16, {}),
        ("gptq-dynamic", 8, 8, torch.float16, {"bits": 4, "dynamic": {"layer": {"bits": 8}}, **by_gptqmodel}),
        ("gptq-dynamic-7", 8, 8, torch.float16, {"bits": 4, "dynamic": {"layer": {"bits": 8}}, "meta": {"quantizer": "gptqmodel:7.7.0"}}),
    ]:
        block = inputs if size == -1 else size
        groups = torch.arange(inputs) // block
        codes = torch.randint(0, 2**bits, (inputs, outputs))
        zeros = torch.randint(0, 2**bits, (inputs // block, outputs))
        zeros[:, :3] = torch.tensor([0, 1, 2**bits - 1])
        if "dynamic" in more:
            zeros[:] = 2 ** (bits - 1)
        ones = 4 if name == "gptq-dynamic" else bits
        scales = torch.rand(inputs // block, outputs).to(stored)
        weight = ((codes - zeros[groups]).float() * scales[groups].float()).T
        is_borrowed = "meta" in more
        qzeros = words(zeros, bits, 1) - word_of_ones(ones) if is_borrowed else words((zeros - 1) & (2**bits - 1), bits, 1)
        tensors = {"qweight": words(codes, bits, 0), "qzeros": qzeros, "scales": scales}
        read = read_by_gptqmodel(tensors, bits, groups, ones) if is_borrowed else read_by_autogptq(tensors, bits, groups)
        assert torch.equal(read, weight.to(stored))
        if name != "gptq-4-whole":
            tensors["g_idx"] = (torch.zeros_like(groups) if name == "gptq-4-no-order" else groups).to(torch.int32)
        save(name, {**plain, "bits": bits, "group_size": size, **more}, tensors, weight)


def awq_edges():
    """AutoAWQ 0.2.9, packing_utils.py: columns come apart in words' order and are put back by [0, 4, 1, 5, 2, 6, 3, 7]."""
    inputs, outputs = 32, 16
    codes = torch.randint(0, 16, (inputs, outputs))
    zeros = torch.tensor([0, 15] * 8)[None]
    scales = torch.rand(1, outputs).half()
    order = [0, 2, 4, 6, 1, 3, 5, 7]
    tensors = {"qweight": words(codes, 4, 1, order), "qzeros": words(zeros, 4, 1, order), "scales": scales}
    back = torch.arange(outputs).reshape(-1, 8)[:, [0, 4, 1, 5, 2, 6, 3, 7]].flatten()
    read = (taken_apart(tensors["qweight"], 4, 1)[:, back] - taken_apart(tensors["qzeros"], 4, 1)[:, back]) * scales
    weight = (codes - zeros).float() * scales.float()
    assert torch.equal(read, weight.half())
    save("awq-whole", {"quant_method": "awq", "bits": 4, "group_size": -1, "zero_point": True, "version": "GEMM"}, tensors, weight.T)


def read_by_autoround(tensors, bits, groups, added):
    """AutoRound 0.16.1, qlinear_torch_zp.py and qlinear_torch.py: one is added to each zero point of the first and none is masked; in the scales' precision."""
    zeros = taken_apart(tensors["qzeros"], bits, 1) + added
    return (tensors["scales"][groups] * (taken_apart(tensors["qweight"], bits, 0) - zeros[groups])).T


def auto_round():
    inputs, outputs = 64, 32
    plain = {"quant_method": "auto-round", "data_type": "int", "iters": 200, "low_gpu_mem_usage": True, "autoround_version": "0.16.1", "block_name_to_quantize": "model.layers"}
    for name, bits, size, form, more in [
        ("auto-round-gptq", 4, 16, "auto_round:auto_gptq", {"sym": True}),
        ("auto-round-gptq-zeros", 2, 16, "auto_round:auto_gptq", {"sym": False}),
        ("auto-round-own-sizes", 8, 32, "auto_round:auto_gptq", {"sym": True, "bits": 4, "group_size": 16, "extra_config": {"layer": {"bits": 8, "group_size": 32}}}),
        ("auto-round-v2", 4, 16, "auto_round", {"sym": False}),
        ("auto-round-v2-order", 4, -1, "auto_round:gptqmodel", {"sym": False}),
        ("auto-round-awq", 4, 16, "auto_round:auto_awq", {"sym": False}),
    ]:
        block = inputs if size == -1 else size
        groups = torch.arange(inputs) // block
        less = int(form == "auto_round:auto_gptq")
        codes = torch.randint(0, 2**bits, (inputs, outputs))
        zeros = torch.randint(less, 2**bits, (inputs // block, outputs))
        if more["sym"]:
            zeros[:] = 2 ** (bits - 1)
        scales = torch.rand(inputs // block, outputs).half()
        weight = ((codes - zeros[groups]).float() * scales[groups].float()).T
        if "awq" in form:
            order = [0, 2, 4, 6, 1, 3, 5, 7]
            tensors = {"qweight": words(codes, 4, 1, order), "qzeros": words(zeros, 4, 1, order), "scales": scales}
        else:
            tensors = {"qweight": words(codes, bits, 0), "qzeros": words(zeros - less, bits, 1), "scales": scales}
            assert torch.equal(read_by_autoround(tensors, bits, groups, less), weight.half())
        if "gptqmodel" in form:
            tensors["g_idx"] = groups.to(torch.int32)
        save(name, {**plain, "bits": bits, "group_size": size, "packing_format": form, **more}, tensors, weight)


shutil.rmtree(HOME, ignore_errors=True)
torch.manual_seed(0)
fp8()
int8()
packed()
nested()
edges()
awq_edges()
auto_round()
