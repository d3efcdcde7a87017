import transformers.models.mobilebert.modeling_mobilebert as modeling
from transformers import MobileBertConfig

from golden_trace import Case, text_inputs


def config(**changes):
    return MobileBertConfig(**{
        "vocab_size": 30, "max_position_embeddings": 14, "num_hidden_layers": 2, "num_attention_heads": 2, "hidden_size": 12,
        "embedding_size": 6, "intermediate_size": 10, "intra_bottleneck_size": 8, "num_feedforward_networks": 2, **changes,
    })


def record(model, recorder):
    body = getattr(model, "mobilebert", model)
    layers = body.encoder.layer
    recorder.output(body.embeddings, "embeddings")
    recorder.attention(modeling, {w.attention.self: f"layers.{l}." for l, w in enumerate(layers)})
    for number, layer in enumerate(layers):
        recorder.output(layer.attention.output.dense, f"layers.{number}.attended")
        recorder.output(layer.attention, f"layers.{number}.middle")
        # What joins the stream.
        last = layer.output.bottleneck.dense if layer.use_bottleneck else layer.output.dense
        recorder.output(last, f"layers.{number}.mlp")
        recorder.output(layer, f"layers.{number}.residual")
    recorder.output(layers[-1], "final")
    if body.pooler is not None:
        recorder.output(body.pooler, "pooled")
    for name in ("cls", "classifier", "qa_outputs"):
        if hasattr(model, name):
            recorder.output(getattr(model, name), "logits")


def quiet(name, parameter, normal):
    """Without norms the stream grows from layer to layer; small gains keep the scores within reach."""
    if name.endswith("LayerNorm.weight"):
        normal(parameter, 0.15, 0.5)
    return name.endswith("LayerNorm.weight")


def published(config, tensors):
    """As the published file is: an int64 buffer, fields equal to a default left out."""
    import torch

    tensors["mobilebert.embeddings.position_ids"] = torch.arange(14)[None]
    for name in ("use_bottleneck", "trigram_input", "normalization_type", "hidden_act", "pad_token_id", "tie_word_embeddings"):
        config.pop(name)
    return config, tensors


CASES = {
    "mobilebert-pretraining": Case(
        modeling.MobileBertForPreTraining, config(classifier_activation=False), record, text_inputs(30, 9, kinds=2), publish=published, initialise=quiet,
    ),
    "mobilebert-classify": Case(
        modeling.MobileBertForSequenceClassification,
        config(use_bottleneck_attention=True, normalization_type="layer_norm", layer_norm_eps=1e-3, num_labels=3, hidden_act="gelu"),
        record, text_inputs(30, 9), seed=2,
    ),
    "mobilebert-full-width": Case(
        modeling.MobileBertForMaskedLM,
        config(
            use_bottleneck=False, trigram_input=False, num_feedforward_networks=1, normalization_type="layer_norm", num_attention_heads=3,
            layer_norm_eps=1e-3, tie_word_embeddings=False,
        ),
        record, text_inputs(30, 9), seed=3,
    ),
    "mobilebert-unshared": Case(
        modeling.MobileBertModel,
        config(key_query_shared_bottleneck=False, intra_bottleneck_size=12, embedding_size=12, trigram_input=False), record,
        text_inputs(30, 9), seed=4, initialise=quiet,
    ),
    "mobilebert-qa": Case(
        modeling.MobileBertForQuestionAnswering, config(num_hidden_layers=1, layer_norm_eps=1e-3, normalization_type="layer_norm"),
        record, text_inputs(30, 9), seed=5,
    ),
}
