import torch
import transformers.models.mpnet.modeling_mpnet as modeling
from transformers import MPNetConfig

from golden_by_hand import record_layers, watch_attentions
from golden_trace import Case, text_inputs


def config(**changes):
    return MPNetConfig(**{
        "vocab_size": 30, "max_position_embeddings": 20, "num_hidden_layers": 2, "num_attention_heads": 2, "hidden_size": 12,
        "intermediate_size": 20, **changes,
    })


def record(model, recorder):
    body = getattr(model, "mpnet", model)
    layers = body.encoder.layer
    recorder.output(body.embeddings, "embeddings")
    watch_attentions(
        recorder, {layer.attention.attn: f"layers.{number}." for number, layer in enumerate(layers)}, model.config.num_attention_heads,
        {name: name for name in "qkv"}, lambda module: module.o,
    )
    record_layers(
        recorder, layers, lambda layer: layer.attention.attn.o, lambda layer: layer.attention, lambda layer: layer.output.dense,
    )
    for number, layer in enumerate(layers):
        # Each layer's own, so that its gradient is that of one layer.
        def own(_module, inputs, number=number):
            bias = inputs[2] + 0
            recorder.put(f"layers.{number}.scores.bias", bias)
            return (*inputs[:2], bias)

        layer.attention.attn.register_forward_pre_hook(own)
    if body.pooler is not None:
        recorder.output(body.pooler, "pooled")
    for name in ("lm_head", "classifier", "qa_outputs"):
        if hasattr(model, name):
            recorder.output(getattr(model, name), "logits")


def published(config, tensors):
    """As the published files are: a buffer of positions, fields equal to a default left out."""
    prefix = "mpnet." if "mpnet.embeddings.LayerNorm.bias" in tensors else ""
    tensors[f"{prefix}embeddings.position_ids"] = torch.arange(20)[None]
    config.pop("tie_word_embeddings", None)
    return config, tensors


CASES = {
    "mpnet": Case(modeling.MPNetModel, config(), record, text_inputs(30, 13, padding=1), publish=published),
    "mpnet-mlm": Case(
        modeling.MPNetForMaskedLM, config(relative_attention_num_buckets=40, hidden_act="relu", num_hidden_layers=1), record,
        text_inputs(30, padding=1), seed=2, publish=published,
    ),
    "mpnet-classify": Case(modeling.MPNetForSequenceClassification, config(num_labels=3), record, text_inputs(30, padding=1), seed=3),
}
