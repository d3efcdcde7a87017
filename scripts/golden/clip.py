import torch
import transformers.models.clip.modeling_clip as modeling
from transformers import CLIPConfig, CLIPTextConfig, CLIPVisionConfig

from golden_pictures import interpolated, pixels, record_tower, record_towers
from golden_trace import Case, text_inputs

SIZES = {"hidden_size": 12, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 20, "projection_dim": 6}


def vision(**changes):
    return CLIPVisionConfig(**{**SIZES, "image_size": 12, "patch_size": 4, **changes})


def text(**changes):
    return CLIPTextConfig(**{**SIZES, "vocab_size": 30, "max_position_embeddings": 14, "eos_token_id": 9, "bos_token_id": 1, "pad_token_id": 0, **changes})


def ended(end, padding):
    """Two texts with an end token, the second of them shorter."""
    inputs = text_inputs(28, padding=padding)
    ids = inputs["ids"]
    ids[ids == end] = 5
    ids[0, 10], ids[1, 7] = end, end
    return inputs


of_images = record_tower(modeling, "vision_model", "pre_layrnorm", None)
of_texts = record_tower(modeling, "text_model", "embeddings", "final_layer_norm")


of_both = record_towers(
    modeling, {"text": "embeddings", "vision": "pre_layrnorm"}, {"text": "final_layer_norm", "vision": None},
    {"text": "text_projection", "vision": "visual_projection"},
)


def scaled(name, parameter, _normal):
    """Logits as far apart as a trained model's."""
    if name == "logit_scale":
        parameter.fill_(1.7)
    return name == "logit_scale"


def positions_stored(config, tensors):
    """As older files are: a buffer of position ids, written out."""
    prefix = "vision_model." if any(name.startswith("vision_model.") for name in tensors) else "text_model."
    return config, {**tensors, f"{prefix}embeddings.position_ids": torch.arange(10)[None]}


CASES = {
    "clip-both": Case(
        modeling.CLIPModel,
        CLIPConfig(text_config=text().to_dict(), vision_config=vision(hidden_size=16, num_attention_heads=4, image_size=8).to_dict(), projection_dim=7),
        of_both, {**ended(9, 0), **pixels(8, 8, count=3)}, seed=66, initialise=scaled,
        note="both towers, of two widths, in one run: two texts, three images; the space they meet in is of a third width",
    ),
    "clip-both-largest": Case(
        modeling.CLIPModel,
        CLIPConfig(
            text_config=text(eos_token_id=2, num_hidden_layers=1, hidden_act="gelu").to_dict(),
            vision_config=vision(num_hidden_layers=1, hidden_act="gelu", patch_size=5, image_size=10).to_dict(), projection_dim=3,
        ),
        interpolated(of_both), {**ended(29, 29), **pixels(15, 11, count=1)}, seed=67, initialise=scaled,
        note="eos_token_id 2: the token with the largest id; an image that is not of the trained size",
    ),
    "clip-vision": Case(
        modeling.CLIPVisionModelWithProjection, vision(), of_images, pixels(12, 12), publish=positions_stored, seed=61,
        note="a norm before the layers, another over the class token, the projection",
    ),
    "clip-vision-larger": Case(
        modeling.CLIPVisionModel, vision(num_hidden_layers=1, hidden_act="gelu", layer_norm_eps=1e-3), interpolated(of_images), pixels(20, 17), seed=62,
        note="trained on 12 x 12 pixels, given 20 x 17; no projection",
    ),
    "clip-classify": Case(
        modeling.CLIPForImageClassification, CLIPConfig(text_config=text().to_dict(), vision_config=vision(num_hidden_layers=1).to_dict(), num_labels=3),
        of_images, pixels(12, 12), seed=63, note="the mean of the patches; the config of both towers",
    ),
    "clip-text": Case(
        modeling.CLIPTextModelWithProjection, text(), of_texts, ended(9, 0), seed=64, note="the first end token stands for a text; padded, projected",
    ),
    "clip-text-largest": Case(
        modeling.CLIPTextModel, text(eos_token_id=2, num_hidden_layers=1, hidden_act="gelu"), of_texts, ended(29, 29), seed=65,
        note="eos_token_id 2 as older files say it: the token with the largest id; padding with the end token",
    ),
}
