import transformers.models.albert.modeling_albert as modeling
from transformers import AlbertConfig

from golden_trace import Case, text_inputs


def config(**changes):
    return AlbertConfig(**{
        "vocab_size": 30, "max_position_embeddings": 14, "num_hidden_layers": 4, "num_attention_heads": 2, "hidden_size": 12,
        "embedding_size": 6, "intermediate_size": 20, **changes,
    })


def record(model, recorder):
    """Layer L is pass ⌊L / inner⌋, inner layer L mod inner; a group's layers run once a pass."""
    body = getattr(model, "albert", model)
    settings = model.config
    inner = settings.inner_group_num
    passes = range(settings.num_hidden_layers)
    group_of = lambda pass_: int(pass_ / (settings.num_hidden_layers / settings.num_hidden_groups))
    attentions = {}
    recorder.output(body.encoder.embedding_hidden_mapping_in, "embeddings")
    for group, layers in enumerate(body.encoder.albert_layer_groups):
        own = [pass_ for pass_ in passes if group_of(pass_) == group]
        for place, layer in enumerate(layers.albert_layers):
            def site(name, own=own, place=place):
                return lambda call: f"layers.{own[call] * inner + place}.{name}"

            attentions[layer.attention] = site("")
            recorder.output(layer.attention.dense, site("attended"))
            recorder.output(layer.attention, site("middle"))
            recorder.output(layer.ffn_output, site("mlp"))
            recorder.output(layer, site("residual"))
    recorder.attention(modeling, attentions)
    recorder.output(body.encoder, "final")
    if body.pooler is not None:
        recorder.output(body.pooler, "pooled", lambda tensor: tensor.tanh())
    for name in ("predictions", "classifier", "qa_outputs"):
        if hasattr(model, name):
            recorder.output(getattr(model, name), "logits")


def older(config, tensors):
    """As the published v2 files are: fields of the TensorFlow code, hidden_act and others left out."""
    for name in ("hidden_act", "pad_token_id", "num_hidden_groups", "layer_norm_eps", "tie_word_embeddings"):
        del config[name]
    return {**config, "net_structure_type": 0, "gap_size": 0, "num_memory_blocks": 0, "down_scale_factor": 1}, tensors


CASES = {
    "albert-groups": Case(
        modeling.AlbertForMaskedLM,
        config(
            num_hidden_layers=3, num_hidden_groups=2, inner_group_num=2, hidden_act="gelu", layer_norm_eps=1e-5, hidden_size=8,
            intermediate_size=12,
        ),
        record, text_inputs(30, 7, kinds=2),
    ),
    "albert-pretraining": Case(
        modeling.AlbertForPreTraining, config(num_hidden_layers=2), record, text_inputs(30, kinds=2), seed=2, publish=older,
    ),
    "albert-classify": Case(
        modeling.AlbertForSequenceClassification, config(num_hidden_layers=2, num_labels=3), record, text_inputs(30), seed=3,
    ),
    "albert-qa": Case(modeling.AlbertForQuestionAnswering, config(num_hidden_layers=1), record, text_inputs(30), seed=4),
    "albert-untied": Case(
        modeling.AlbertForMaskedLM, config(num_hidden_layers=2, tie_word_embeddings=False), record, text_inputs(30), seed=5,
    ),
}
