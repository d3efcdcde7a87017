import torch
import transformers.models.swin.modeling_swin as modeling
from transformers import SwinConfig

from golden_pictures import hidden, interpolated, painting, pixels, renaming
from golden_trace import Case


def config(**changes):
    return SwinConfig(**{
        "image_size": 16, "patch_size": 2, "embed_dim": 6, "depths": [2, 2], "num_heads": [2, 3], "window_size": 2, "mlp_ratio": 2.0, "num_labels": 3,
        "encoder_stride": 4, **changes,
    })


class Windows:
    """Where the tokens of a layer's windows lie in the picture: its own order, then padding."""

    def __init__(self, layer, grid):
        self.rows, self.columns = grid
        side = layer.window_size
        down, across = (-(-length // side) * side for length in grid)
        frame = torch.arange(down * across).view(1, down, across, 1)
        # The place of the frame that each place of the windows holds.
        held = modeling.window_partition(layer.cyclic_shift(frame), side).flatten()
        inside = (frame.flatten() // across < self.rows) & (frame.flatten() % across < self.columns)
        order = torch.cat([frame.flatten()[inside], frame.flatten()[~inside]])
        key = torch.empty_like(order).scatter_(0, order, torch.arange(len(order)))
        self.keys = key[held]
        self.places = torch.empty_like(held).scatter_(0, self.keys, torch.arange(len(held)))
        self.area = side * side
        self.count = len(held) // self.area

    @property
    def tokens(self):
        return self.rows * self.columns

    def vectors(self, x, ends=None):
        """(B · windows, H, area, D) → (B, H, S, D), or its first `ends`."""
        apart = x.unflatten(0, (-1, self.count)).transpose(1, 2).flatten(2, 3)
        return apart.index_select(2, self.places[:ends])

    def pairs(self, x, outside):
        """(B · windows, H, area, area) → (B, H, T, S)"""
        apart = x.unflatten(0, (-1, self.count)).transpose(1, 2)
        batch, heads = apart.shape[:2]
        whole = apart.new_full((batch, heads, len(self.keys), len(self.keys)), outside)
        keys = self.keys.view(self.count, self.area)
        whole[:, :, keys[:, :, None], keys[:, None, :]] = apart
        return whole[:, :, :self.tokens]


def record(model, recorder):
    body = getattr(model, "swin", model)
    recorder.output(body.embeddings, "embeddings")
    layers = [layer for stage in body.encoder.layers for layer in stage.blocks]
    places = {layer.attention: (number, layer) for number, layer in enumerate(layers)}
    grids, windows = {}, {}
    plain = getattr(modeling.eager_attention_forward, "plain", modeling.eager_attention_forward)

    def watched(module, query, key, value, attention_mask, scaling=None, **rest):
        mixed, weights = plain(module, query, key, value, attention_mask, scaling=scaling, **rest)
        if module not in places:
            return mixed, weights
        number, layer = places[module]
        own = windows[module] = Windows(layer, grids[layer])
        at = f"layers.{number}."
        tokens = lambda x: own.vectors(x, own.tokens)
        recorder.put(at + "q", tokens(query), query, tokens)
        recorder.put(at + "k", own.vectors(key), key, own.vectors)
        recorder.put(at + "v", own.vectors(value), value, own.vectors)
        bias = module.relative_position_bias()
        hidden = (attention_mask - bias) < -50
        scores = (query @ key.transpose(2, 3) * scaling + bias).masked_fill(hidden, float("-inf"))
        recorder.put(at + "scores", own.pairs(scores, float("-inf")))
        spread = lambda x: own.pairs(x, 0.0)
        recorder.put(at + "scores.bias", spread(bias.expand_as(scores)))
        recorder.put(at + "weights", spread(weights), weights, spread)
        forward = lambda x: tokens(x.transpose(1, 2))
        recorder.put(at + "mixed", forward(mixed), mixed, forward)
        return mixed, weights

    watched.plain = plain
    modeling.eager_attention_forward = watched
    for number, layer in enumerate(layers):
        at = f"layers.{number}."
        layer.register_forward_pre_hook(lambda layer, inputs: grids.update({layer: inputs[1]}))
        recorder.entering(layer.layernorm_before, at + "input")
        recorder.output(layer.layernorm_before, at + "normed")

        def attended(module, _inputs, output, at=at):
            own = windows[module]
            change = lambda x: own.vectors(x[:, None], own.tokens)[:, 0]
            recorder.put(at + "attended", change(output[0]), output[0], change)

        layer.attention.register_forward_hook(attended)
        recorder.entering(layer.layernorm_after, at + "middle")
        recorder.output(layer.mlp, at + "mlp")
        recorder.output(layer, at + "residual")
    recorder.output(body.layernorm, "final")
    if body.pooler is not None:
        recorder.output(body.pooler, "pooled", lambda x: x.flatten(1))
    if hasattr(model, "classifier"):
        recorder.output(model.classifier, "logits")


def initialise(name, parameter, normal):
    if "bias_table" in name:
        normal(parameter, 0.8)
    return "bias_table" in name


def published(config, tensors):
    """As microsoft/swin-tiny-patch4-window7-224 is: fields that older versions wrote, a buffer in every layer, no fields of backbones."""
    for name in ("out_features", "out_indices", "stage_names", "encoder_stride", "hidden_size", "num_labels"):
        config.pop(name, None)
    config.update(num_layers=len(config["depths"]), path_norm=True, torch_dtype="float32", transformers_version="4.14.0.dev0")
    area = config["window_size"] ** 2
    for stage, layers in enumerate(config["depths"]):
        for layer in range(layers):
            at = f"swin.encoder.layers.{stage}.blocks.{layer}.attention.self."
            tensors[at + "relative_position_index"] = torch.zeros(area, area).long()
    return config, tensors


renamed = renaming({
    "attention.self.relative_position_bias_table": "attention.relative_position_bias.relative_position_bias_table", "attention.self.query": "attention.q_proj",
    "attention.self.key": "attention.k_proj", "attention.self.value": "attention.v_proj", "attention.output.dense": "attention.o_proj",
    "intermediate.dense": "mlp.fc1", "output.dense": "mlp.fc2",
})


CASES = {
    "swin": Case(
        modeling.SwinForImageClassification, config(id2label={0: "cat", 1: "dog", 2: "bird"}, label2id={"cat": 0, "dog": 1, "bird": 2}), record,
        pixels(16, 16, count=1), initialise=initialise, seed=61,
        publish=published, note="windows that move, tokens that are merged, the mean of the last ones; config and buffers as published",
    ),
    "swin-padded": Case(
        modeling.SwinModel, config(image_size=[10, 14], window_size=3, hidden_act="quick_gelu", layer_norm_eps=1e-3), record, pixels(11, 13),
        initialise=initialise, seed=62,
        note="6 x 7, then 3 x 4 tokens: pixels, windows and neighbours are filled up; a grid as high as a window",
    ),
    "swin-larger": Case(
        modeling.SwinForImageClassification,
        config(use_absolute_embeddings=True, qkv_bias=False, image_size=12, depths=[2, 0], num_heads=[2, 2], window_size=3, num_labels=0, num_channels=1),
        interpolated(record), pixels(14, 10, channels=1, count=1), initialise=initialise, seed=63,
        note="absolute positions learned on 12 x 12 pixels, given 14 x 10; no biases on q, k, v; a stage without layers; no labels",
    ),
    "swin-masked": Case(
        modeling.SwinForMaskedImageModeling, config(image_size=8, depths=[1, 1], mlp_ratio=1.7, encoder_stride=4), painting(record), hidden(pixels(8, 8), 16),
        initialise=initialise, publish=renamed, seed=64, note="hidden patches, and a head that paints them; names of transformers' own modules",
    ),
}
