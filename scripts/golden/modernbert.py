import transformers.models.modernbert.modeling_modernbert as modeling
from transformers import ModernBertConfig

from golden_by_hand import record_layers
from golden_trace import Case, as_choices, text_inputs


def config(**changes):
    return ModernBertConfig(**{
        "vocab_size": 30, "max_position_embeddings": 14, "num_hidden_layers": 3, "num_attention_heads": 2, "hidden_size": 12,
        "intermediate_size": 10, "local_attention": 4, "pad_token_id": 0, "eos_token_id": 1, "bos_token_id": 2, "cls_token_id": 2,
        "sep_token_id": 1, **changes,
    })


def record(model, recorder):
    body = model.base_model
    layers = body.layers
    recorder.output(body.embeddings, "embeddings")
    recorder.attention(modeling, {layer.attn: f"layers.{number}." for number, layer in enumerate(layers)})
    for number, layer in enumerate(layers):
        recorder.output(layer.attn.Wo, f"layers.{number}.attended")
        recorder.entering(layer.mlp_norm, f"layers.{number}.middle")
        recorder.output(layer.mlp, f"layers.{number}.mlp")
        recorder.output(layer, f"layers.{number}.residual")
        if number > 0:
            recorder.output(layer.attn_norm, f"layers.{number}.normed")
    recorder.output(body.final_norm, "final")
    if isinstance(model, (modeling.ModernBertForSequenceClassification, modeling.ModernBertForMultipleChoice)):
        recorder.output(model.head, "pooled")
    for name in ("decoder", "classifier"):
        if hasattr(model, name):
            recorder.output(getattr(model, name), "logits")


def published(config, tensors):
    """As the published files are: layers by a count, two bases, fields of their own code."""
    for name in ("layer_types", "rope_parameters", "tie_word_embeddings"):
        config.pop(name, None)
    return {**config, "global_attn_every_n_layers": 3, "global_rope_theta": 160000.0, "local_rope_theta": 10000.0, "embedding_dropout": 0.0,
            "position_embedding_type": "absolute", "reference_compile": None, "layer_norm_eps": 1e-5}, tensors


CASES = {
    "modernbert": Case(modeling.ModernBertForMaskedLM, config(), record, text_inputs(30), publish=published),
    "modernbert-biases": Case(
        modeling.ModernBertForTokenClassification,
        config(norm_bias=True, attention_bias=True, mlp_bias=True, classifier_bias=True, num_labels=3, num_hidden_layers=2, hidden_activation="silu",
               classifier_activation="relu", norm_eps=1e-3, layer_types=["sliding_attention", "full_attention"]),
        record, text_inputs(30), seed=2,
    ),
    "modernbert-mean": Case(
        modeling.ModernBertForSequenceClassification,
        config(classifier_pooling="mean", num_labels=3, num_hidden_layers=2,
               rope_parameters={"full_attention": {"rope_type": "linear", "factor": 2.0, "rope_theta": 500.0},
                                "sliding_attention": {"rope_type": "default", "rope_theta": 100.0}}),
        record, text_inputs(30), seed=3,
    ),
    "modernbert-untied": Case(
        modeling.ModernBertForMaskedLM, config(num_hidden_layers=1, tie_word_embeddings=False, decoder_bias=False), record, text_inputs(30), seed=4,
    ),
    "modernbert-choices": Case(
        modeling.ModernBertForMultipleChoice, config(num_hidden_layers=1, classifier_bias=True), as_choices(record), text_inputs(30, pad_side="left"), seed=5,
    ),
}
