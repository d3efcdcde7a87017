import torch
import transformers.models.xlm.modeling_xlm as modeling
from transformers import XLMConfig

from golden_by_hand import watch_attentions
from golden_trace import Case, as_choices, record_answer_beams, text_inputs


def config(**changes):
    return XLMConfig(**{
        "vocab_size": 30, "max_position_embeddings": 14, "n_layers": 2, "n_heads": 2, "emb_dim": 12, **changes,
    })


def record(model, recorder):
    body = model.base_model
    recorder.entering(body.attentions[0], "embeddings")
    watch_attentions(
        recorder, {attention: f"layers.{number}." for number, attention in enumerate(body.attentions)}, model.config.n_heads,
        {name: f"{name}_lin" for name in "qkv"}, lambda module: module.out_lin,
    )
    for number in range(model.config.n_layers):
        recorder.output(body.attentions[number], f"layers.{number}.attended")
        recorder.output(body.layer_norm1[number], f"layers.{number}.middle")
        recorder.output(body.ffns[number], f"layers.{number}.mlp")
        # Where padding is zero again.
        if number > 0:
            recorder.entering(body.attentions[number], f"layers.{number - 1}.residual")
    recorder.output(body, f"layers.{model.config.n_layers - 1}.residual")
    recorder.output(body, "final")
    if isinstance(model, modeling.XLMForMultipleChoice):
        recorder.output(model.sequence_summary, "pooled")
    if isinstance(model, modeling.XLMForSequenceClassification):
        recorder.output(model.sequence_summary, "logits")
    if hasattr(model, "pred_layer"):
        recorder.output(model.pred_layer.proj, "logits")
    if isinstance(model, modeling.XLMForQuestionAnswering):
        record_answer_beams(model, model.qa_outputs, recorder)
        return
    for name in ("classifier", "qa_outputs", "logits_proj"):
        if hasattr(model, name):
            recorder.output(getattr(model, name), "logits")


def named(name, parameter, normal):
    if name.endswith("weight") and "layer_norm" in name:
        normal(parameter, 0.3, 1.0)
        return True
    return False


def published(config, tensors):
    """As the published files are: indices by their old names."""
    for new, old in (("pad_token_id", "pad_index"), ("eos_token_id", "eos_index"), ("bos_token_id", "bos_index"), ("vocab_size", "n_words")):
        config[old] = config.pop(new)
    config.pop("tie_word_embeddings", None)
    return config, tensors


def inputs(**changes):
    return text_inputs(30, padding=2, first=6, **changes)


def one_padded():
    made = inputs()
    made["ids"][1, -3:-1] = torch.tensor([7, 19])
    made["mask"][1, -3:-1] = 1
    return made


CASES = {
    "xlm": Case(modeling.XLMWithLMHeadModel, config(), record, inputs(), publish=published, initialise=named),
    "xlm-causal": Case(
        modeling.XLMForTokenClassification, config(causal=True, gelu_activation=False, n_langs=2, num_labels=3, layer_norm_eps=1e-3), record,
        inputs(kinds=2, pad_side="left"), seed=2, initialise=named,
    ),
    "xlm-no-mask": Case(
        modeling.XLMForSequenceClassification, config(n_layers=1, num_labels=3, summary_type="mean", summary_activation="tanh"), record,
        {"ids": inputs()["ids"]}, seed=3, initialise=named,
    ),
    "xlm-choices": Case(
        modeling.XLMForMultipleChoice, config(n_layers=1, num_labels=3), as_choices(record), inputs(), seed=4, initialise=named,
    ),
    "xlm-beams": Case(
        modeling.XLMForQuestionAnswering, config(n_layers=1, start_n_top=3, end_n_top=2), record, one_padded(), seed=5, initialise=named,
        note="one token of padding: of several, whose vectors are all zero, PyTorch takes any as the likeliest",
    ),
}
