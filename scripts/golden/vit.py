import functools

import torch
import transformers.models.vit.modeling_vit as modeling
from transformers import ViTConfig

from golden_trace import Case


def config(**changes):
    return ViTConfig(**{
        "hidden_size": 12, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 20, "image_size": 12,
        "patch_size": 4, "encoder_stride": 4, "num_labels": 3, **changes,
    })


def pixels(height, width, channels=3, seed=5):
    return {"pixels": torch.randn(2, channels, height, width, generator=torch.Generator().manual_seed(seed))}


def record(model, recorder):
    body = getattr(model, "vit", model)
    recorder.output(body.embeddings, "embeddings")
    recorder.attention(modeling, {layer.attention: f"layers.{number}." for number, layer in enumerate(body.layers)})
    for number, layer in enumerate(body.layers):
        recorder.output(layer.attention, f"layers.{number}.attended")
        recorder.entering(layer.layernorm_after, f"layers.{number}.middle")
        recorder.output(layer.mlp, f"layers.{number}.mlp")
        recorder.output(layer, f"layers.{number}.residual")
    recorder.output(body.layernorm, "final")
    if getattr(body, "pooler", None):
        recorder.output(body.pooler, "pooled")
    if hasattr(model, "classifier"):
        recorder.output(model.classifier, "logits")


def interpolated(model, recorder):
    record(model, recorder)
    model.forward = functools.partial(model.forward, interpolate_pos_encoding=True)


RENAMED = {
    "encoder.layer.": "layers.", "attention.attention.query": "attention.q_proj", "attention.attention.key": "attention.k_proj",
    "attention.attention.value": "attention.v_proj", "attention.output.dense": "attention.o_proj",
    "intermediate.dense": "mlp.fc1", "output.dense": "mlp.fc2",
}


def renamed(config, tensors):
    """The names of transformers 5's own modules, which its files do not have."""
    def name(stored):
        for old, new in RENAMED.items():
            stored = stored.replace(old, new)
        return stored

    return config, {name(key): value for key, value in tensors.items()}


CASES = {
    "vit-oblong": Case(
        modeling.ViTForImageClassification, config(image_size=[8, 20], patch_size=[4, 5], qkv_bias=False, hidden_act="quick_gelu"),
        record, pixels(8, 20), note="image and patches are not square; no biases on q, k, v", seed=11,
    ),
    "vit-larger": Case(
        modeling.ViTModel, config(pooler_act="sigmoid", pooler_output_size=5, layer_norm_eps=1e-3, num_hidden_layers=1), interpolated, pixels(22, 17),
        note="trained on 12 x 12 pixels, given 22 x 17: positions are interpolated; pooler", seed=12,
    ),
    "vit-smaller": Case(
        modeling.ViTForImageClassification, config(image_size=20, num_attention_heads=3), interpolated, pixels(9, 15),
        note="trained on 20 x 20 pixels, given 9 x 15", seed=13,
    ),
    "vit-head-dim": Case(
        modeling.ViTForImageClassification, config(head_dim=5, num_channels=1, num_labels=0, num_hidden_layers=1),
        record, pixels(12, 12, channels=1), note="heads wider than C / H, one channel, no labels: the class token itself", seed=14,
    ),
    "vit-uneven-heads": Case(
        modeling.ViTForImageClassification, config(num_attention_heads=5, num_hidden_layers=1), record, pixels(12, 12),
        note="12 numbers for 5 heads: 2 for each, and none for the last two", seed=17,
    ),
    "vit-renamed": Case(modeling.ViTModel, config(), record, pixels(12, 12), publish=renamed, seed=15),
    "vit-masked": Case(
        modeling.ViTForMaskedImageModeling, config(num_hidden_layers=1), record, pixels(12, 12),
        note="a mask token and a head that paints pixels, neither of which the encoder needs", seed=16,
    ),
}
