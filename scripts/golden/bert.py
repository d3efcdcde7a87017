import transformers.models.bert.modeling_bert as modeling
from transformers import BertConfig

from golden_trace import Case, as_choices, text_inputs


def config(**changes):
    return BertConfig(**{
        "vocab_size": 30, "max_position_embeddings": 14, "num_hidden_layers": 2, "num_attention_heads": 2, "hidden_size": 12,
        "intermediate_size": 20, **changes,
    })


def record(model, recorder):
    body = getattr(model, "bert", model)
    layers = body.encoder.layer
    recorder.output(body.embeddings, "embeddings")
    recorder.attention(modeling, {w.attention.self: f"layers.{l}." for l, w in enumerate(layers)})
    for number, layer in enumerate(layers):
        recorder.output(layer.attention.output.dense, f"layers.{number}.attended")
        recorder.output(layer.attention, f"layers.{number}.middle")
        recorder.output(layer.output.dense, f"layers.{number}.mlp")
        recorder.output(layer, f"layers.{number}.residual")
    recorder.output(layers[-1], "final")
    if body.pooler is not None:
        recorder.output(body.pooler, "pooled")
    for name in ("cls", "classifier", "qa_outputs"):
        if hasattr(model, name):
            recorder.output(getattr(model, name), "logits")


CASES = {
    "bert-untied": Case(modeling.BertForMaskedLM, config(tie_word_embeddings=False), record, text_inputs(30, kinds=2)),
    "bert-choices": Case(modeling.BertForMultipleChoice, config(num_hidden_layers=1), as_choices(record), text_inputs(30, kinds=2), seed=6),
    "bert-cross-attention-alone": Case(
        modeling.BertLMHeadModel, config(is_decoder=True, add_cross_attention=True, num_hidden_layers=1), record, text_inputs(30, kinds=2),
        note="the decoder of another model, run without an encoder", seed=5,
    ),
}
