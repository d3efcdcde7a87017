import torch
import transformers.models.electra.modeling_electra as modeling
from transformers import ElectraConfig

from golden_by_hand import record_layers
from golden_trace import Case, as_choices, text_inputs


def config(**changes):
    return ElectraConfig(**{
        "vocab_size": 30, "max_position_embeddings": 14, "num_hidden_layers": 2, "num_attention_heads": 2, "hidden_size": 12,
        "intermediate_size": 20, "embedding_size": 8, **changes,
    })


def record(model, recorder):
    body = getattr(model, "electra", model)
    layers = body.encoder.layer
    recorder.output(getattr(body, "embeddings_project", body.embeddings), "embeddings")
    recorder.attention(modeling, {w.attention.self: f"layers.{l}." for l, w in enumerate(layers)})
    record_layers(
        recorder, layers, lambda layer: layer.attention.output.dense, lambda layer: layer.attention, lambda layer: layer.output.dense,
    )
    if hasattr(model, "sequence_summary"):
        recorder.output(model.sequence_summary, "pooled")
    if hasattr(model, "discriminator_predictions"):
        recorder.output(model.discriminator_predictions, "logits", lambda tensor: tensor.unsqueeze(-1))
    for name in ("generator_lm_head", "classifier", "qa_outputs"):
        if hasattr(model, name):
            recorder.output(getattr(model, name), "logits")


def published(config, tensors):
    """As the published files are: a buffer of positions, fields equal to a default left out."""
    tensors["electra.embeddings.position_ids"] = torch.arange(14)[None]
    for name in ("tie_word_embeddings", "is_decoder", "add_cross_attention", "use_cache"):
        config.pop(name, None)
    return {**config, "position_embedding_type": "absolute"}, tensors


CASES = {
    "electra": Case(modeling.ElectraForPreTraining, config(), record, text_inputs(30, kinds=2), publish=published),
    "electra-generator": Case(
        modeling.ElectraForMaskedLM, config(hidden_act="relu", layer_norm_eps=1e-3), record, text_inputs(30), seed=2, publish=published,
    ),
    "electra-causal": Case(
        modeling.ElectraForCausalLM, config(is_decoder=True, embedding_size=12, tie_word_embeddings=False), record, text_inputs(30), seed=3,
    ),
    "electra-classify": Case(modeling.ElectraForSequenceClassification, config(num_labels=3), record, text_inputs(30), seed=4),
    "electra-choices": Case(
        modeling.ElectraForMultipleChoice, config(num_hidden_layers=1, summary_type="mean", summary_activation="tanh"), as_choices(record),
        text_inputs(30), seed=5,
    ),
    "electra-qa": Case(modeling.ElectraForQuestionAnswering, config(num_hidden_layers=1), record, text_inputs(30), seed=6),
}
