import transformers.models.distilbert.modeling_distilbert as modeling
from transformers import DistilBertConfig

from golden_trace import Case, as_choices, text_inputs


def config(**changes):
    return DistilBertConfig(**{
        "vocab_size": 30, "max_position_embeddings": 14, "n_layers": 2, "n_heads": 2, "dim": 12, "hidden_dim": 20, **changes,
    })


def record(model, recorder):
    body = getattr(model, "distilbert", model)
    layers = body.transformer.layer
    recorder.output(body.embeddings, "embeddings")
    recorder.attention(modeling, {w.attention: f"layers.{l}." for l, w in enumerate(layers)})
    for number, layer in enumerate(layers):
        recorder.output(layer.attention, f"layers.{number}.attended")
        recorder.output(layer.sa_layer_norm, f"layers.{number}.middle")
        recorder.output(layer.ffn, f"layers.{number}.mlp")
        recorder.output(layer, f"layers.{number}.residual")
    recorder.output(layers[-1], "final")
    for name in ("vocab_projector", "classifier", "qa_outputs"):
        if hasattr(model, name):
            recorder.output(getattr(model, name), "logits")


CASES = {
    "distilbert-qa": Case(modeling.DistilBertForQuestionAnswering, config(activation="relu"), record, text_inputs(30)),
    "distilbert-classify": Case(
        modeling.DistilBertForSequenceClassification,
        config(sinusoidal_pos_embds=True, num_labels=3, n_heads=3), record, text_inputs(30), seed=2,
    ),
    "distilbert-choices": Case(modeling.DistilBertForMultipleChoice, config(n_layers=1), as_choices(record), text_inputs(30), seed=4),
    "distilbert-tokens": Case(modeling.DistilBertForTokenClassification, config(num_labels=5), record, text_inputs(30), seed=3),
}
