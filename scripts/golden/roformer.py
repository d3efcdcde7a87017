import transformers.models.roformer.modeling_roformer as modeling
from transformers import RoFormerConfig

from golden_by_hand import record_layers, watch_attentions
from golden_trace import Case, as_choices, text_inputs


def config(**changes):
    return RoFormerConfig(**{
        "vocab_size": 30, "max_position_embeddings": 14, "num_hidden_layers": 2, "num_attention_heads": 2, "hidden_size": 12,
        "intermediate_size": 20, **changes,
    })


def record(model, recorder):
    body = model.base_model
    layers = body.encoder.layer
    recorder.output(getattr(body, "embeddings_project", body.embeddings), "embeddings")
    maps = {layer.attention.self: layer.attention.output.dense for layer in layers}
    parts = {} if model.config.rotary_value else {"v": "value"}
    watch_attentions(
        recorder, {attention: f"layers.{number}." for number, attention in enumerate(maps)}, model.config.num_attention_heads, parts, maps.get,
    )
    for number, attention in enumerate(maps):
        attention.apply_rotary_position_embeddings = turned(recorder, attention.apply_rotary_position_embeddings, f"layers.{number}.")
    record_layers(
        recorder, layers, lambda layer: layer.attention.output.dense, lambda layer: layer.attention, lambda layer: layer.output.dense,
    )
    if hasattr(model, "sequence_summary"):
        recorder.output(model.sequence_summary, "pooled")
    for name in ("cls", "classifier", "qa_outputs"):
        if hasattr(model, name):
            recorder.output(getattr(model, name), "logits")


def turned(recorder, plain, prefix):
    def turn(*inputs):
        outputs = plain(*inputs)
        for name, output in zip("qkv", outputs):
            recorder.put(prefix + name, output)
        return outputs

    return turn


def keep_angles(name, parameter, normal):
    return "embed_positions" in name


def published(config, tensors):
    """As the published files are: fields of the TensorFlow code, fields equal to a default left out."""
    for name in ("tie_word_embeddings", "is_decoder", "add_cross_attention", "rotary_value", "embedding_size"):
        config.pop(name, None)
    return config, tensors


CASES = {
    "roformer": Case(modeling.RoFormerForMaskedLM, config(), record, text_inputs(30, kinds=2), publish=published, initialise=keep_angles),
    "roformer-values": Case(
        modeling.RoFormerForSequenceClassification, config(rotary_value=True, embedding_size=8, hidden_act="relu", num_labels=3), record,
        text_inputs(30), seed=2, initialise=keep_angles,
    ),
    "roformer-causal": Case(
        modeling.RoFormerForCausalLM, config(is_decoder=True, num_hidden_layers=1, tie_word_embeddings=False, embedding_size=8), record,
        text_inputs(30), seed=3, initialise=keep_angles,
    ),
    "roformer-choices": Case(
        modeling.RoFormerForMultipleChoice, config(num_hidden_layers=1), as_choices(record), text_inputs(30), seed=4, initialise=keep_angles,
    ),
}
