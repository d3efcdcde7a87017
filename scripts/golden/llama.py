import torch
import transformers.models.llama.modeling_llama as modeling
from transformers import LlamaConfig

from golden_trace import Case, text_inputs


def config(**changes):
    return LlamaConfig(**{
        "vocab_size": 30, "hidden_size": 12, "intermediate_size": 20, "num_hidden_layers": 2, "num_attention_heads": 2,
        "num_key_value_heads": 1, "max_position_embeddings": 16, "rms_norm_eps": 1e-5, "pad_token_id": 0, **changes,
    })


def record(model, recorder):
    body = next(getattr(model, name) for name in ("model", "transformer") if hasattr(model, name)) \
        if type(model) is not modeling.LlamaModel else model
    layers = body.layers
    recorder.output(body.embed_tokens, "embeddings")
    recorder.attention(modeling, {w.self_attn: f"layers.{l}." for l, w in enumerate(layers)})
    for number, layer in enumerate(layers):
        recorder.output(layer.self_attn, f"layers.{number}.attended")
        recorder.entering(layer.post_attention_layernorm, f"layers.{number}.middle")
        recorder.output(layer.mlp, f"layers.{number}.mlp")
        recorder.output(layer, f"layers.{number}.residual")
    recorder.output(body.norm, "final")
    for name in ("lm_head", "qa_outputs"):
        if hasattr(model, name):
            recorder.output(getattr(model, name), "logits")
    if isinstance(model, modeling.LlamaForTokenClassification):
        recorder.output(model.score, "logits")
    if isinstance(model, modeling.LlamaForSequenceClassification):
        whole_output(model, recorder)


def whole_output(model, recorder):
    """The logits of one row each, which no module of its own gives."""
    model.register_forward_hook(lambda _module, _inputs, output: recorder.put("logits", output.logits))


def older(**fields):
    """config.json as files before transformers 5 have it."""

    def change(config, tensors):
        del config["rope_parameters"]
        config["torch_dtype"] = config.pop("dtype")
        for name in ("head_dim", "attention_bias", "mlp_bias", "tie_word_embeddings"):
            if name not in fields:
                config.pop(name)
        return {**config, **fields}, tensors

    return change


def packed():
    inputs = text_inputs(30)
    positions = torch.tensor([[0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 5], [3, 4, 5, 6, 0, 1, 0, 1, 2, 9, 10]])
    return {"ids": inputs["ids"], "positions": positions}


def rope(kind, **fields):
    return {"rope_type": kind, **fields}


CASES = {
    "llama-linear": Case(
        modeling.LlamaForCausalLM,
        config(head_dim=8, attention_bias=True, mlp_bias=True, tie_word_embeddings=True, hidden_act="gelu",
               rope_parameters=rope("linear", rope_theta=500.0, factor=2.5)),
        record, text_inputs(30, pad_side="left"),
        publish=older(head_dim=8, attention_bias=True, mlp_bias=True, tie_word_embeddings=True, rope_theta=500.0,
                      rope_scaling={"type": "linear", "factor": 2.5}),
    ),
    "llama-dynamic": Case(
        modeling.LlamaForTokenClassification,
        config(max_position_embeddings=8, num_labels=3, rope_parameters=rope("dynamic", rope_theta=10000.0, factor=4.0)),
        record, text_inputs(30, length=12), seed=2,
    ),
    "llama-yarn": Case(
        modeling.LlamaForSequenceClassification,
        config(head_dim=12, num_labels=3, max_position_embeddings=64, rope_parameters=rope(
            "yarn", rope_theta=100.0, factor=4.0, original_max_position_embeddings=16, beta_fast=4, beta_slow=0.5)),
        record, text_inputs(30), seed=3,
        publish=older(head_dim=12, rope_theta=100.0, rope_scaling={
            "type": "yarn", "factor": 4.0, "original_max_position_embeddings": 16, "beta_fast": 4, "beta_slow": 0.5}),
    ),
    "llama-yarn-scaled": Case(
        modeling.LlamaModel,
        config(head_dim=12, num_key_value_heads=2, max_position_embeddings=64, rope_parameters=rope(
            "yarn", rope_theta=100.0, factor=4.0, original_max_position_embeddings=16, mscale=1.5, mscale_all_dim=0.7,
            beta_fast=3, beta_slow=0.4, truncate=False)),
        record, text_inputs(30), seed=4,
    ),
    "llama-longrope": Case(
        modeling.LlamaForQuestionAnswering,
        config(head_dim=8, max_position_embeddings=32, rope_parameters=rope(
            "longrope", rope_theta=10000.0, original_max_position_embeddings=8,
            short_factor=[1.0, 1.1, 1.2, 1.4], long_factor=[1.0, 1.5, 3.0, 5.0])),
        record, text_inputs(30), seed=5,
    ),
    "llama3": Case(
        modeling.LlamaForCausalLM,
        config(head_dim=8, max_position_embeddings=64, num_attention_heads=3, num_key_value_heads=3, rope_parameters=rope(
            "llama3", rope_theta=10.0, factor=8.0, low_freq_factor=0.5, high_freq_factor=2.0,
            original_max_position_embeddings=16)),
        record, text_inputs(30), seed=6, generate=8,
        publish=older(head_dim=8, rope_theta=10.0, rope_scaling={
            "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 0.5, "high_freq_factor": 2.0,
            "original_max_position_embeddings": 16}),
    ),
    "llama-proportional": Case(
        modeling.LlamaForCausalLM,
        config(head_dim=10, rope_parameters=rope("proportional", rope_theta=100.0, factor=2.0, partial_rotary_factor=0.5)),
        record, text_inputs(30), seed=8,
    ),
    "llama-packed": Case(modeling.LlamaForCausalLM, config(use_cache=False), record, packed(), seed=7),
}
