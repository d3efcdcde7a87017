"""Random configs of the families that read pictures, and of both towers of CLIP and SigLIP, recorded by PyTorch, in double precision too; compare.ts runs heed beside them.

    python scripts/fuzz/pictures.py vit 40 1 /tmp/cases
    npx tsx scripts/fuzz/compare.ts /tmp/cases
"""

import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import torch

from golden import beit, clip, deit, dinov2, siglip, swin, vit
from golden_pictures import interpolated, pixels
from golden_trace import Case, write_case

ACTIVATIONS = ["gelu", "gelu_new", "quick_gelu", "relu", "silu", "tanh", "gelu_pytorch_tanh"]
POOLS = ["tanh", "relu", "sigmoid", "gelu", "linear"]


def shape(r):
    """Patch, trained and given image: heights and widths in pixels; the last may hold a part of a patch."""
    square = r.random() < 0.6
    patch = [r.randint(1, 5), r.randint(1, 5)]
    if square:
        patch[1] = patch[0]
    trained = [patch[0] * r.randint(1, 6), patch[1] * r.randint(1, 6)]
    if square:
        trained[1] = trained[0]
    given = trained if r.random() < 0.5 else [patch[0] * r.randint(1, 8) + r.randint(0, patch[0] - 1), patch[1] * r.randint(1, 8) + r.randint(0, patch[1] - 1)]
    plain = lambda pair: pair[0] if square else list(pair)
    return plain(patch), plain(trained), trained, given


def widths(r, even=True):
    heads = r.choice([1, 2, 3, 4, 5])
    return {
        "hidden_size": heads * r.choice([1, 2, 3, 4, 8]) if even else r.randint(heads, 40), "num_attention_heads": heads,
        "num_hidden_layers": r.choice([1, 1, 2, 3]), "intermediate_size": r.choice([1, 3, 8, 20, 33]), "hidden_act": r.choice(ACTIVATIONS),
        "layer_norm_eps": r.choice([1e-3, 1e-5, 1e-6, 1e-12]),
    }


def plain_vit(r, module, prefix, teacher=False):
    patch, trained, size, given = shape(r)
    classes = ["Model", "ForImageClassification", "ForMaskedImageModeling", *(["ForImageClassificationWithTeacher"] if teacher else [])]
    kind = r.choice(classes)
    changes = {
        **widths(r), "patch_size": patch, "image_size": trained, "num_channels": r.choice([1, 2, 3]), "qkv_bias": r.random() < 0.7,
        "num_labels": r.choice([1, 2, 5]), "encoder_stride": 1,
    }
    if kind == "Model":
        changes["pooler_act"] = r.choice(POOLS)
        if r.random() < 0.4:
            changes["pooler_output_size"] = r.choice([1, 4, 7])
    if kind == "ForMaskedImageModeling":
        side = r.randint(1, 4)
        changes.update(patch_size=side, image_size=side * r.randint(1, 5), encoder_stride=side)
        size = given = [changes["image_size"]] * 2
    record = module.with_teacher if kind.endswith("Teacher") else module.record
    # Masked modelling gives patches back, and takes no other size.
    record = interpolated(record) if given != size else record
    return Case(getattr(module.modeling, prefix + kind), module.config(**changes), record, pixels(*given, channels=changes["num_channels"]), note=str(changes))


def beit_case(r):
    patch, trained, size, given = shape(r)
    # BEiT's positions are interpolated by themselves.
    kind = r.choice(["Model", "ForImageClassification"])
    changes = {
        **widths(r), "patch_size": patch, "image_size": trained, "num_channels": r.choice([1, 3]), "num_labels": r.choice([1, 2, 5]),
        "use_mask_token": r.random() < 0.3, "use_absolute_position_embeddings": r.random() < 0.4, "use_relative_position_bias": r.random() < 0.5,
        "use_shared_relative_position_bias": r.random() < 0.4, "layer_scale_init_value": r.choice([0.0, 0.1, 1e-5]), "use_mean_pooling": r.random() < 0.5,
    }
    return Case(
        getattr(beit.modeling, f"Beit{kind}"), beit.config(**changes), beit.record, pixels(*given, channels=changes["num_channels"]),
        initialise=beit.initialise, note=str(changes),
    )


def dinov2_case(r, registers=False):
    patch, trained, size, given = shape(r)
    kind = r.choice(["Model", "ForImageClassification"])
    changes = {
        **widths(r), "patch_size": patch, "image_size": trained, "num_channels": r.choice([1, 3]), "num_labels": r.choice([1, 2, 5]),
        "mlp_ratio": r.choice([1, 2, 3]), "use_swiglu_ffn": r.random() < 0.4, "qkv_bias": r.random() < 0.7, "layerscale_value": r.choice([1.0, 0.1]),
    }
    del changes["intermediate_size"]
    if registers:
        changes["num_register_tokens"] = r.choice([0, 1, 2, 4])
    else:
        changes["use_mask_token"] = r.random() < 0.7
    module = dinov2.registers_modeling if registers else dinov2.modeling
    prefix = "Dinov2WithRegisters" if registers else "Dinov2"
    config = dinov2.config(dinov2.Dinov2WithRegistersConfig, **changes) if registers else dinov2.config(**changes)
    return Case(
        getattr(module, prefix + kind), config, dinov2.with_registers if registers else dinov2.record, pixels(*given, channels=changes["num_channels"]),
        initialise=dinov2.initialise, note=str(changes),
    )


def square(r):
    """Towers take square pictures."""
    patch = r.randint(1, 5)
    side = patch * r.randint(1, 6) + r.choice([0, 0, r.randint(0, patch - 1)])
    given = [side, side] if r.random() < 0.5 else [patch * r.randint(1, 8) + r.randint(0, patch - 1), patch * r.randint(1, 8) + r.randint(0, patch - 1)]
    return patch, side, given


def vision_case(r, module, prefix):
    patch, side, given = square(r)
    kinds = ["VisionModel", "VisionModelWithProjection"] if prefix == "CLIP" else ["VisionModel"]
    kind = r.choice(kinds)
    changes = {**widths(r), "patch_size": patch, "image_size": side, "num_channels": r.choice([1, 3])}
    if prefix == "CLIP":
        changes["projection_dim"] = r.choice([1, 4, 9])
    else:
        changes["vision_use_head"] = r.random() < 0.7
    record = module.of_images if given == [side, side] else interpolated(module.of_images)
    return Case(
        getattr(module.modeling, prefix + kind), module.vision(**changes), record, pixels(*given, channels=changes["num_channels"]), note=str(changes),
    )


def both_case(r, module, prefix):
    """Both towers, of any two widths: texts of any lengths up to the positions, padded on either side, one to three images."""
    patch, side, given = square(r)
    vocabulary, positions = r.choice([12, 30, 64]), r.choice([4, 14, 77, 200])
    width = r.choice([1, 4, 9])
    sizes = widths(r)
    ending = r.choice([2, r.randint(4, vocabulary - 1)])
    words = {**widths(r), "vocab_size": vocabulary, "max_position_embeddings": positions}
    words.update({"eos_token_id": ending} if prefix == "CLIP" else {"projection_size": sizes["hidden_size"]})
    seen = {**sizes, "patch_size": patch, "image_size": side, "num_channels": r.choice([1, 3])}
    texts, length = r.randint(1, 4), r.randint(1, positions)
    generator = torch.Generator().manual_seed(r.randint(0, 10**6))
    ids = torch.randint(3, vocabulary, (texts, length), generator=generator)
    if r.random() < 0.7:
        ids[:, r.randint(0, length - 1)] = vocabulary - 1 if ending == 2 else ending
    inputs = {"ids": ids, "pixels": torch.randn(r.randint(1, 3), seen["num_channels"], *given, generator=generator)}
    if r.random() < 0.7:
        mask = torch.ones_like(ids)
        for row in range(1, texts):
            hidden = r.randint(0, length - 1)
            mask[row, slice(0, hidden) if r.random() < 0.5 else slice(length - hidden, length)] = 0
        inputs["mask"] = mask
    towers = {"text_config": module.text(**words).to_dict(), "vision_config": module.vision(**seen).to_dict()}
    config = module.CLIPConfig(**towers, projection_dim=width) if prefix == "CLIP" else module.SiglipConfig(**towers)
    record = module.of_both if given == [side, side] else interpolated(module.of_both)
    return Case(getattr(module.modeling, f"{prefix}Model"), config, record, inputs, initialise=module.scaled, note=str((words, seen)))


def swin_case(r):
    """Stages of any depth, windows of any size: grids that no window and no merge divides, and such as are one window.

    Norms of one or two numbers are left out: PyTorch itself is 1e-4 from double precision there.
    """
    stages = r.choice([1, 2, 2, 3])
    window = r.randint(1, 5)
    patch = [r.randint(1, 4), r.randint(1, 4)] if r.random() < 0.4 else [r.randint(1, 4)] * 2
    # transformers runs no grid smaller than a window.
    least = (window - 1) * 2 ** (stages - 1) + 1
    side = [least + r.randint(0, 9), least + r.randint(0, 9)]
    if r.random() < 0.5:
        side[1] = side[0]
    given = [side[n] * patch[n] - r.randint(0, patch[n] - 1) for n in (0, 1)]
    kind = r.choice(["Model", "ForImageClassification"])
    heads = r.choice([1, 2, 3])
    changes = {
        "patch_size": patch[0] if patch[0] == patch[1] else patch, "image_size": given if given[0] != given[1] else given[0], "window_size": window,
        "embed_dim": heads * r.choice([4, 5, 8]), "depths": [r.choice([0, 1, 2, 2, 3]) for _ in range(stages)],
        "num_heads": [heads * r.choice([1, 2 ** stage]) for stage in range(stages)], "mlp_ratio": r.choice([1, 1.3, 2.0, 4.0]), "num_channels": r.choice([1, 3]),
        "qkv_bias": r.random() < 0.7, "hidden_act": r.choice(ACTIVATIONS), "layer_norm_eps": r.choice([1e-3, 1e-5, 1e-12]), "num_labels": r.choice([1, 2, 5]),
        "use_absolute_embeddings": r.random() < 0.4,
    }
    record = swin.record
    if changes["use_absolute_embeddings"] and not isinstance(changes["patch_size"], list):
        trained = r.randint(1, 9) * patch[0]
        given = [length * patch[0] for length in side]
        changes["image_size"] = trained
        record = interpolated(record)
    elif changes["use_absolute_embeddings"]:
        given = [side[n] * patch[n] for n in (0, 1)]
        changes["image_size"] = given
    return Case(
        getattr(swin.modeling, f"Swin{kind}"), swin.config(**changes), record, pixels(*given, channels=changes["num_channels"], count=r.choice([1, 2, 3])),
        initialise=swin.initialise, note=str(changes),
    )


def vit_case(r):
    return plain_vit(r, vit, "ViT")


def deit_case(r):
    return plain_vit(r, deit, "DeiT", teacher=True)


FAMILIES = {
    "vit": vit_case,
    "deit": deit_case,
    "beit": beit_case,
    "swin": swin_case,
    "dinov2": dinov2_case,
    "dinov2_with_registers": lambda r: dinov2_case(r, registers=True),
    "clip_vision_model": lambda r: vision_case(r, clip, "CLIP"),
    "clip": lambda r: both_case(r, clip, "CLIP"),
    "siglip": lambda r: both_case(r, siglip, "Siglip"),
    "siglip_vision_model": lambda r: vision_case(r, siglip, "Siglip"),
}


def main(family, count, seed, out):
    torch.set_num_threads(1)
    number, written = -1, 0
    while written < count:
        number += 1
        r = random.Random(f"{family} {seed} {number}")
        name = f"{family}-{seed}-{number:03d}"
        try:
            case = FAMILIES[family](r)
            case.seed = seed * 1000 + number
            write_case(name, case, out / name, double=True)
            written += 1
        except Exception as error:  # transformers itself refuses some of these
            print(name, type(error).__name__, str(error)[:160], flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
