"""Classifiers of pictures as transformers' pipeline runs them, over torchvision where that is installed: problems, labels, functions, processors, kinds of pictures."""

import json
from pathlib import Path

from draws import labels, model_of, plain, save, scoring

import numpy as np
import torch
from PIL import Image
from transformers import pipeline
from transformers.utils import is_torchvision_available

SHARED = {"hidden_size": 12, "num_attention_heads": 2, "num_hidden_layers": 1, "intermediate_size": 14}


def towers(r, side, patch):
    vision = {**SHARED, "image_size": side, "patch_size": patch}
    text = {**SHARED, "vocab_size": 20, "max_position_embeddings": 8, "eos_token_id": 2}
    return {"vision_config": vision, "text_config": text}


def stages(r, side, patch):
    return {"image_size": side, "patch_size": patch, "embed_dim": 8, "depths": [1, 1], "num_heads": [1, 2], "window_size": 2}


FAMILIES = {
    "ViT": ("ViT", lambda r, side, patch: {**SHARED, "image_size": side, "patch_size": patch}),
    "DeiT": ("DeiT", lambda r, side, patch: {**SHARED, "image_size": side, "patch_size": patch}),
    "Beit": ("Beit", lambda r, side, patch: {**SHARED, "image_size": side, "patch_size": patch, "use_mean_pooling": r.maybe(), "layer_scale_init_value": 0.1}),
    "Dinov2": ("Bit", lambda r, side, patch: {**{k: v for k, v in SHARED.items() if k != "intermediate_size"}, "image_size": side, "patch_size": patch}),
    "Swin": ("ViT", stages),
    "CLIP": ("CLIP", towers),
    "Siglip": ("Siglip", towers),
}


def processor(r, name, side):
    """A preprocessor_config.json that gives pictures of the side the model takes."""
    said = {"image_processor_type": f"{name}{r.choice(['ImageProcessor', 'ImageProcessor', 'FeatureExtractor', 'ImageProcessorFast'])}"}
    if said["image_processor_type"].endswith("FeatureExtractor"):
        said = {"feature_extractor_type": said["image_processor_type"]}
    crops = name in ("DeiT", "CLIP", "Bit") or r.maybe(0.1) and name == "Beit"
    said["size"] = {"height": side, "width": side} if not crops else r.choice([{"shortest_edge": side + 2}, {"height": side + 3, "width": side + 1}])
    if crops:
        said.update(do_center_crop=True, crop_size=r.choice([side, {"height": side, "width": side}]))
    said.update(r.some({
        "resample": lambda: r.choice([0, 1, 2, 3] if is_torchvision_available() else [0, 1, 2, 3, 4, 5]), "image_mean": lambda: r.choice([[0.485, 0.456, 0.406], [0.5, 0.5, 0.5]]),
        "image_std": lambda: [0.229, 0.224, 0.225], "rescale_factor": lambda: r.choice([1 / 255, 0.00784313725490196]), "do_rescale": lambda: r.maybe(0.8),
        "do_normalize": lambda: r.maybe(0.8), "do_convert_rgb": lambda: r.choice([True, None]), "use_fast": lambda: r.maybe(),
        "antialias": lambda: True, "return_tensors": lambda: None, "data_format": lambda: "channels_first", "disable_grouping": lambda: None,
    }, 0.3))
    return said


def picture(r, place):
    generator = np.random.default_rng(r.randint(0, 10**9))
    height, width = r.randint(7, 60), r.randint(7, 60)
    kind = r.choice(["RGB", "RGB", "L", "RGBA", "P"])
    depth = {"RGB": 3, "RGBA": 4}.get(kind)
    smooth = generator.integers(0, 256, (height // 4 + 2, width // 4 + 2, depth or 1), dtype=np.uint8).repeat(4, 0).repeat(4, 1)[:height, :width]
    made = Image.fromarray(smooth if depth else smooth[..., 0])
    (made.convert("P") if kind == "P" else made).save(place)


def write(r, folder: Path):
    family = r.choice(list(FAMILIES))
    name, make = FAMILIES[family]
    patch = r.choice([4, 5])
    side = patch * r.choice([2, 3, 4])
    if family == "Swin":
        side = patch * 4
    save(model_of(family, "ForImageClassification", **make(r, side, patch), **labels(r, 9)), folder, r)
    (folder / "preprocessor_config.json").write_text(json.dumps(processor(r, name, side)))
    answers = pipeline("image-classification", model=str(folder), dtype=torch.float32)
    names = [f"{place}.png" for place in range(r.randint(1, 3))]
    for own in names:
        picture(r, folder / own)
    cases, refused = [], []
    for _ in range(3):
        options = {name: value for name, value in scoring(r).items() if value is not None}
        if "function_to_apply" in options and r.maybe(0.8):
            options["function_to_apply"] = options["function_to_apply"].lower()
        given = names if len(names) > 1 and r.maybe() else r.choice(names)
        try:
            expected = answers([str(folder / own) for own in given] if isinstance(given, list) else str(folder / given), **options)
        except Exception as error:
            refused.append(f"{type(error).__name__}: {str(error)[:90]}")
            continue
        cases.append({"task": "image-classification", "input": given, "options": options, "expected": plain(expected)})
    return family, cases, refused, {"imageBackend": {"pil": "pillow"}.get(answers.image_processor.backend, "torchvision")}
