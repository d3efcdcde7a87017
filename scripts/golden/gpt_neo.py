import torch
import transformers.models.gpt_neo.modeling_gpt_neo as modeling
from transformers import GPTNeoConfig

from golden_trace import Case, text_inputs


def config(layers=(("global", "local"), 1), **changes):
    pattern, times = layers
    return GPTNeoConfig(**{
        "vocab_size": 30, "hidden_size": 12, "num_layers": len(pattern) * times, "num_heads": 2,
        "attention_types": [[list(pattern), times]], "window_size": 4, "max_position_embeddings": 24, "pad_token_id": 0, **changes,
    })


def record(model, recorder):
    body = getattr(model, "transformer", model)
    recorder.entering(body.h[0], "embeddings")
    for number, layer in enumerate(body.h):
        attention(layer.attn.attention, f"layers.{number}.", recorder)
        recorder.output(layer.attn, f"layers.{number}.attended")
        recorder.entering(layer.ln_2, f"layers.{number}.middle")
        recorder.output(layer.mlp, f"layers.{number}.mlp")
        recorder.output(layer, f"layers.{number}.residual")
    recorder.output(body.ln_f, "final")
    for name in ("lm_head", "classifier", "qa_outputs"):
        if hasattr(model, name):
            recorder.output(getattr(model, name), "logits")
    if hasattr(model, "score"):
        model.register_forward_hook(lambda _module, _inputs, output: recorder.put("logits", output.logits))


def attention(module, prefix, recorder):
    """q, k, v, scores, weights, mixed of the method that computes them."""
    plain = module._attn

    def watched(query, key, value, attention_mask=None):
        mixed, weights = plain(query, key, value, attention_mask)
        T, S = query.shape[2], key.shape[2]
        hidden = ~module.bias[:, :, S - T:S, :S]
        if attention_mask is not None:
            hidden = hidden | (attention_mask < -1e30)
        scores = (query @ key.transpose(2, 3)).masked_fill(hidden, float("-inf"))
        for name, tensor in dict(q=query, k=key, v=value, scores=scores, weights=weights, mixed=mixed).items():
            recorder.put(prefix + name, tensor)
        return mixed, weights

    module._attn = watched


def older(config, tensors):
    """config.json as the published files have it: the pattern only, defaults left out."""
    del config["attention_layers"]
    for name in ("tie_word_embeddings", "dtype"):
        config.pop(name)
    return config, tensors


def packed():
    inputs = text_inputs(30)
    positions = torch.tensor([[0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 5], [3, 4, 5, 6, 0, 1, 0, 1, 2, 9, 10]])
    return {"ids": inputs["ids"], "positions": positions}


CASES = {
    "gpt-neo-pattern": Case(
        modeling.GPTNeoForCausalLM, config((("local", "global", "local"), 1), intermediate_size=20, activation_function="relu"),
        record, text_inputs(30, kinds=3, pad_side="left"), publish=older, generate=8,
    ),
    "gpt-neo-packed": Case(modeling.GPTNeoModel, config(use_cache=False), record, packed(), seed=2),
    "gpt-neo-classify": Case(
        modeling.GPTNeoForSequenceClassification, config((("local",), 1), num_labels=4, window_size=1), record, text_inputs(30),
        seed=3,
    ),
    "gpt-neo-tokens": Case(
        modeling.GPTNeoForTokenClassification, config(num_labels=5, num_heads=3), record, text_inputs(30), seed=4,
    ),
    "gpt-neo-qa": Case(
        modeling.GPTNeoForQuestionAnswering, config(layer_norm_epsilon=1e-3), record, text_inputs(30), seed=5,
    ),
    "gpt-neo-untied": Case(
        modeling.GPTNeoForCausalLM, config(tie_word_embeddings=False), record, text_inputs(30), seed=6, generate=8,
    ),
}
