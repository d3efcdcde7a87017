import transformers.models.siglip.modeling_siglip as modeling
from transformers import SiglipConfig, SiglipTextConfig, SiglipVisionConfig

from golden_pictures import interpolated, pixels, record_tower, record_towers
from golden_trace import Case, text_inputs

SIZES = {"hidden_size": 12, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 20}


def vision(**changes):
    return SiglipVisionConfig(**{**SIZES, "image_size": 12, "patch_size": 4, **changes})


def text(**changes):
    return SiglipTextConfig(**{**SIZES, "vocab_size": 30, "max_position_embeddings": 11, "pad_token_id": 1, **changes})


of_images = record_tower(modeling, "vision_model", "embeddings", "post_layernorm")
of_texts = record_tower(modeling, "text_model", "embeddings", "final_layer_norm")

of_both = record_towers(
    modeling, {"text": "embeddings", "vision": "embeddings"}, {"text": "final_layer_norm", "vision": "post_layernorm"}, {},
)


def scaled(name, parameter, _normal):
    """Logits as far apart as a trained model's."""
    if name.startswith("logit_"):
        parameter.fill_(1.4 if name == "logit_scale" else -1.1)
    return name.startswith("logit_")


CASES = {
    "siglip-both": Case(
        modeling.SiglipModel,
        SiglipConfig(
            text_config=text(projection_size=16).to_dict(), vision_config=vision(hidden_size=16, num_attention_heads=4, hidden_act="gelu").to_dict(),
        ),
        of_both, {"ids": text_inputs(30, padding=1)["ids"], **pixels(12, 12, count=3)}, seed=76, initialise=scaled,
        note="both towers, of two widths, in one run: two texts, three images; a bias behind the scale",
    ),
    "siglip-both-masked": Case(
        modeling.SiglipModel,
        SiglipConfig(
            text_config=text(num_hidden_layers=1, hidden_act="gelu_new").to_dict(), vision_config=vision(num_hidden_layers=1, patch_size=5, image_size=11).to_dict(),
        ),
        interpolated(of_both), {**text_inputs(30, padding=1), **pixels(15, 10, count=1)}, seed=77, initialise=scaled, note="a mask; an oblong image",
    ),
    "siglip-vision": Case(
        modeling.SiglipVisionModel, vision(), of_images, pixels(12, 12), seed=71, note="no class token; one learned query pools, and its feed-forward",
    ),
    "siglip-vision-larger": Case(
        modeling.SiglipVisionModel, vision(num_hidden_layers=1, vision_use_head=False, hidden_act="gelu", layer_norm_eps=1e-3), interpolated(of_images),
        pixels(20, 17), seed=72, note="trained on 12 x 12 pixels, given 20 x 17; nothing pools",
    ),
    "siglip-classify": Case(
        modeling.SiglipForImageClassification,
        SiglipConfig(text_config=text().to_dict(), vision_config=vision(num_hidden_layers=1).to_dict(), num_labels=3), of_images, pixels(12, 12), seed=73,
        note="the mean of the patches; the config of both towers",
    ),
    "siglip-text": Case(
        modeling.SiglipTextModel, text(projection_size=7), of_texts, {"ids": text_inputs(30, padding=1)["ids"]}, seed=74,
        note="padding is seen, as the processor gives it: no mask; the last token is pooled",
    ),
    "siglip-text-masked": Case(modeling.SiglipTextModel, text(num_hidden_layers=1), of_texts, text_inputs(30, padding=1), seed=75),
}
