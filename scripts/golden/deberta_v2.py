import torch
import transformers.models.deberta_v2.modeling_deberta_v2 as modeling
from transformers import DebertaV2Config

from golden_by_hand import record_layers, watch_attentions
from golden_trace import Case, text_inputs


def config(**changes):
    return DebertaV2Config(**{
        "vocab_size": 30, "max_position_embeddings": 14, "num_hidden_layers": 2, "num_attention_heads": 2, "hidden_size": 12,
        "intermediate_size": 20, "relative_attention": True, "position_buckets": 6, "pos_att_type": ["p2c", "c2p"], "share_att_key": True,
        "norm_rel_ebd": "layer_norm", "position_biased_input": False, **changes,
    })


def record(model, recorder):
    body = model.base_model
    layers = body.encoder.layer
    heads = model.config.num_attention_heads
    recorder.entering(layers[0], "embeddings")
    maps = {layer.attention.self: layer.attention.output.dense for layer in layers}
    # Their projections serve distances too, so queries and keys are taken where heads are split.
    watch_attentions(
        recorder, {attention: f"layers.{number}." for number, attention in enumerate(maps)}, heads, {"v": "value_proj"}, maps.get,
    )
    for number, attention in enumerate(maps):
        watch(recorder, attention, f"layers.{number}.", heads)
    record_layers(
        recorder, layers, lambda layer: layer.attention.output.dense, lambda layer: layer.attention, lambda layer: layer.output.dense,
        after={0: body.encoder.conv} if body.encoder.conv is not None else {},
    )
    if hasattr(model, "pooler"):
        recorder.output(model.pooler, "pooled")
    for name in ("cls", "lm_predictions", "classifier", "qa_outputs"):
        if hasattr(model, name):
            recorder.output(getattr(model, name), "logits")


def watch(recorder, attention, prefix, heads):
    plain = attention.transpose_for_scores
    names = iter("qkv")

    def by_head(tensor):
        return tensor.view(-1, heads, *tensor.shape[1:])

    def split(x, count):
        tensor = plain(x, count)
        name = next(names, "")
        if name in ("q", "k"):
            recorder.put(prefix + name, by_head(tensor), tensor, by_head)
        return tensor

    attention.transpose_for_scores = split
    bias = attention.disentangled_attention_bias

    def disentangled(*inputs):
        whole = bias(*inputs)
        if isinstance(whole, int):
            return whole
        kinds = attention.pos_att_type
        for kind, site in (("c2p", "contentToPosition"), ("p2c", "positionToContent")):
            if kind in kinds:
                attention.pos_att_type = [kind]
                with torch.no_grad():
                    recorder.sites[f"{prefix}scores.{site}"] = by_head(bias(*inputs)).contiguous().clone()
        attention.pos_att_type = kinds
        recorder.put(prefix + "scores.position", by_head(whole), whole, by_head)
        return whole

    attention.disentangled_attention_bias = disentangled


def published(config, tensors):
    """As the files of version 3 are: kinds in one word, fields equal to a default left out, no architectures, the head of their own code."""
    config["pos_att_type"] = "p2c|c2p"
    for name in ("tie_word_embeddings", "legacy", "bos_token_id", "eos_token_id"):
        config.pop(name, None)
    tensors["deberta.embeddings.position_ids"] = torch.arange(14)[None]
    return config, tensors


CASES = {
    "deberta-v3": Case(modeling.DebertaV2ForSequenceClassification, config(num_labels=3), record, text_inputs(30, 13), publish=published),
    "deberta-v2-convolution": Case(
        modeling.DebertaV2ForMaskedLM, config(conv_kernel_size=3, conv_act="gelu", type_vocab_size=2, embedding_size=8, layer_norm_eps=1e-3), record,
        text_inputs(30, kinds=2), seed=2,
    ),
    "deberta-v2-groups": Case(
        modeling.DebertaV2Model,
        config(conv_kernel_size=3, conv_groups=2, num_hidden_layers=1, position_buckets=6, max_relative_positions=3), record, text_inputs(30), seed=7,
    ),
    "deberta-v2-apart": Case(
        modeling.DebertaV2ForTokenClassification,
        config(share_att_key=False, position_buckets=-1, max_relative_positions=5, norm_rel_ebd="none", position_biased_input=True, num_labels=3),
        record, text_inputs(30), seed=3,
    ),
    "deberta-v2-one-way": Case(
        modeling.DebertaV2ForMaskedLM, config(share_att_key=False, pos_att_type=["c2p"], num_hidden_layers=1, legacy=False), record,
        text_inputs(30), seed=4,
    ),
    "deberta-v2-other-way": Case(
        modeling.DebertaV2ForQuestionAnswering, config(share_att_key=False, pos_att_type=["p2c"], num_hidden_layers=1, hidden_act="relu"), record,
        text_inputs(30), seed=5,
    ),
    "deberta-v2-absolute": Case(
        modeling.DebertaV2Model, config(relative_attention=False, position_biased_input=True, num_hidden_layers=1), record, text_inputs(30), seed=6,
    ),
}
