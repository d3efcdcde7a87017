import torch
import transformers.models.beit.modeling_beit as modeling
from transformers import BeitConfig

from golden_pictures import hidden, pixels, record_encoder
from golden_trace import Case


def config(**changes):
    return BeitConfig(**{
        "hidden_size": 12, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 20, "image_size": 12, "patch_size": 4,
        "num_labels": 3, "vocab_size": 9, **changes,
    })


hang = record_encoder(modeling, "beit")


def record(model, recorder):
    hang(model, recorder)
    body = getattr(model, "beit", model)
    shared = {}

    def put(site, bias):
        recorder.put(site, bias.expand(2, -1, -1, -1))

    if body.shared_position_bias is not None:
        body.shared_position_bias.register_forward_hook(lambda _module, _inputs, bias: shared.update(bias=bias))
    for number, layer in enumerate(body.layers):
        if layer.relative_position_bias is not None:
            layer.relative_position_bias.register_forward_hook(
                lambda _module, _inputs, bias, number=number: put(f"layers.{number}.scores.bias", bias + shared.get("bias", 0))
            )
        elif body.shared_position_bias is not None:
            layer.register_forward_pre_hook(lambda _module, _inputs, number=number: put(f"layers.{number}.scores.bias", shared["bias"]))
        if isinstance(layer.lambda_1, float):
            continue
        # No module multiplies by these.
        for part, gain, site in ((layer.attention, layer.lambda_1, "attended"), (layer.mlp, layer.lambda_2, "mlp")):
            part.register_forward_hook(
                lambda _module, _inputs, output, gain=gain, site=f"layers.{number}.{site}.joined": recorder.put(
                    site, (output[0] if isinstance(output, tuple) else output) * gain,
                )
            )


def named(model, recorder):
    record(model, recorder)
    recorder.output(model.lm_head, "patchLogits")


def initialise(name, parameter, normal):
    if "lambda_" in name:
        normal(parameter, 0.4, 0.7)
    elif "bias_table" in name:
        normal(parameter, 0.8)
    return "lambda_" in name or "bias_table" in name


def published(config, tensors):
    """As the published files are: a buffer in every layer, which transformers 5 makes anew."""
    tensors["beit.encoder.layer.0.attention.attention.relative_position_bias.relative_position_index"] = torch.zeros(10, 10).long()
    for name in ("use_shared_relative_position_bias", "use_absolute_position_embeddings", "reshape_hidden_states", "add_fpn"):
        config.pop(name, None)
    return config, tensors


CASES = {
    "beit": Case(
        modeling.BeitForImageClassification, config(use_relative_position_bias=True), record, pixels(12, 12), initialise=initialise, seed=51,
        publish=published, note="a table of distances in every layer, layer scale, the mean of the patches",
    ),
    "beit-shared": Case(
        modeling.BeitModel,
        config(use_shared_relative_position_bias=True, use_mean_pooling=False, layer_scale_init_value=0.0, hidden_act="quick_gelu", layer_norm_eps=1e-3),
        record, pixels(12, 12), initialise=initialise, seed=52, note="one table of distances, no layer scale, the class token, a last norm",
    ),
    "beit-larger": Case(
        modeling.BeitModel, config(use_relative_position_bias=True, use_shared_relative_position_bias=True, use_absolute_position_embeddings=True), record,
        pixels(16, 23), initialise=initialise, seed=53, note="both tables and absolute positions, trained on 12 x 12 pixels, given 16 x 23",
    ),
    "beit-oblong": Case(
        modeling.BeitForImageClassification, config(image_size=[8, 20], use_relative_position_bias=True, use_mean_pooling=False, num_hidden_layers=1), record,
        pixels(8, 20), initialise=initialise, seed=54, note="an image that is not square: the table is laid out the other way and interpolated",
    ),
    "beit-plain": Case(
        modeling.BeitForMaskedImageModeling, config(use_absolute_position_embeddings=True, use_mask_token=True, use_mean_pooling=False, num_hidden_layers=1),
        named, hidden(pixels(12, 12), 9), initialise=initialise, seed=55, note="absolute positions alone; hidden patches, and a head that names them",
    ),
}
