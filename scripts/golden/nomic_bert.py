import transformers.models.nomic_bert.modeling_nomic_bert as modeling
from transformers import NomicBertConfig

from golden_by_hand import record_layers
from golden_trace import Case, text_inputs


def config(**changes):
    return NomicBertConfig(**{
        "vocab_size": 30, "max_position_embeddings": 14, "num_hidden_layers": 2, "num_attention_heads": 2, "hidden_size": 12,
        "intermediate_size": 20, **changes,
    })


def record(model, recorder):
    body = model.base_model
    layers = body.layers
    recorder.output(body.embeddings, "embeddings")
    recorder.attention(modeling, {layer.self_attn: f"layers.{number}." for number, layer in enumerate(layers)})
    record_layers(
        recorder, layers, lambda layer: layer.self_attn.o_proj, lambda layer: layer.post_attention_layernorm, lambda layer: layer.mlp.down_proj,
    )
    if body.pooler is not None:
        recorder.output(body.pooler, "pooled")
    for name in ("cls", "classifier"):
        if hasattr(model, name):
            recorder.output(getattr(model, name), "logits")


# Fields of the published files' own code.
OWN = {
    "activation_function": "swiglu", "causal": False, "mlp_fc1_bias": False, "mlp_fc2_bias": False, "n_embd": 12, "n_head": 2, "n_inner": 20,
    "n_layer": 2, "n_positions": 14, "prenorm": False, "parallel_block": False, "qkv_proj_bias": False, "rotary_emb_base": 1000,
    "rotary_emb_fraction": 1.0, "rotary_emb_interleaved": False, "rotary_emb_scale_base": None, "rotary_scaling_factor": None,
    "layer_norm_epsilon": 1e-12, "max_trained_positions": 14, "use_rms_norm": None,
}


def published(config, tensors):
    """As the published files are: their own code's fields beside those that transformers reads."""
    for name in ("hidden_act", "rope_parameters", "head_dim", "tie_word_embeddings"):
        config.pop(name, None)
    return {**config, **OWN}, tensors


def without_twins(config, tensors):
    """The fields of their own code alone."""
    kept = ("architectures", "model_type", "vocab_size", "type_vocab_size", "pad_token_id")
    return {**{name: config[name] for name in kept if name in config}, **OWN, "hidden_size": 12, "num_hidden_layers": 2,
            "num_attention_heads": 2, "intermediate_size": 20, "max_position_embeddings": 14}, tensors


CASES = {
    "nomic-bert": Case(modeling.NomicBertModel, config(), record, text_inputs(30, kinds=2), publish=published),
    "nomic-bert-mlm": Case(modeling.NomicBertForMaskedLM, config(), record, text_inputs(30), seed=2, publish=without_twins),
    "nomic-bert-classify": Case(
        modeling.NomicBertForSequenceClassification,
        config(num_hidden_layers=1, hidden_act="gelu", layer_norm_eps=1e-3, num_labels=3, head_dim=4,
               rope_parameters={"rope_type": "dynamic", "factor": 2.0, "rope_theta": 500.0}, max_position_embeddings=8),
        record, text_inputs(30), seed=3,
    ),
}
