import transformers.models.vit.modeling_vit as modeling
from transformers import ViTConfig

from golden_pictures import hidden, interpolated, painting, pixels, record_encoder, renaming
from golden_trace import Case


def config(**changes):
    return ViTConfig(**{
        "hidden_size": 12, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 20, "image_size": 12,
        "patch_size": 4, "encoder_stride": 4, "num_labels": 3, **changes,
    })


record = record_encoder(modeling, "vit")

renamed = renaming({
    "encoder.layer.": "layers.", "attention.attention.query": "attention.q_proj", "attention.attention.key": "attention.k_proj",
    "attention.attention.value": "attention.v_proj", "attention.output.dense": "attention.o_proj",
    "intermediate.dense": "mlp.fc1", "output.dense": "mlp.fc2",
})


CASES = {
    "vit-oblong": Case(
        modeling.ViTForImageClassification, config(image_size=[8, 20], patch_size=[4, 5], qkv_bias=False, hidden_act="quick_gelu"),
        record, pixels(8, 20), note="image and patches are not square; no biases on q, k, v", seed=11,
    ),
    "vit-larger": Case(
        modeling.ViTModel, config(pooler_act="sigmoid", pooler_output_size=5, layer_norm_eps=1e-3, num_hidden_layers=1), interpolated(record), pixels(22, 17),
        note="trained on 12 x 12 pixels, given 22 x 17: positions are interpolated; pooler", seed=12,
    ),
    "vit-smaller": Case(
        modeling.ViTForImageClassification, config(image_size=20, num_attention_heads=3), interpolated(record), pixels(9, 15),
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
        modeling.ViTForMaskedImageModeling, config(num_hidden_layers=1), painting(record), hidden(pixels(12, 12), 9),
        note="hidden patches, and a head that paints them", seed=16,
    ),
}
