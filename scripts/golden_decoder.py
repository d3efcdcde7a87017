"""How the sites of decoders are recorded that are built as Llama is, and what their cases share."""

import torch

HEADS = ("lm_head", "embed_out", "qa_outputs", "classifier")


def body_of(model):
    """The stack of layers within a class of transformers."""
    for name in ("model", "transformer", "gpt_neox"):
        model = getattr(model, name, model)
    return getattr(model, "decoder", model)


def record_decoder(modeling, *, layers="layers", attention="self_attn", attended=None, joined_attended=None, mlp=None, joined_mlp=None,
                   mlp_input="mlp", final="norm", factor=None, is_parallel=False):
    """A recorder for one modeling file.

    attended, mlp: the module of a layer that gives them (the attention's own, the feed-forward's own); joined_attended, joined_mlp: the norms
    behind them, in families that have some; mlp_input: the module that the stream between them enters; factor: what both are multiplied by
    before they join the stream, by the config.
    """

    def record(model, recorder):
        body = body_of(model)
        stack = getattr(body, layers)
        recorder.entering(stack[0], "embeddings")
        if attention:
            recorder.attention(modeling, {getattr(w, attention): f"layers.{l}." for l, w in enumerate(stack)})
        for number, layer in enumerate(stack):
            name = f"layers.{number}."
            recorder.output(getattr(layer, attended or attention), name + "attended")
            recorder.output(getattr(layer, mlp or "mlp"), name + "mlp")
            times = factor(model.config) if factor else 1
            if joined_attended or times != 1:
                recorder.output(getattr(layer, joined_attended or attention), name + "attended.joined", lambda x, t=times: x * t)
                recorder.output(getattr(layer, joined_mlp or "mlp"), name + "mlp.joined", lambda x, t=times: x * t)
            if is_parallel:
                joined(layer, name, recorder)
            else:
                recorder.entering(getattr(layer, mlp_input), name + "middle")
            recorder.output(layer, name + "residual")
        recorder.output(getattr(body, final), "final")
        record_head(model, recorder)

    return record


def joined(layer, name, recorder):
    """What attention makes of the stream, in layers whose feed-forward reads the stream before it."""
    def hook(_module, inputs, _output):
        recorder.put(name + "middle", inputs[0] + recorder.sites[name + "attended"])

    layer.register_forward_hook(hook)


def record_head(model, recorder):
    """What the class gives: of a language model whatever comes behind its head too."""
    if any(hasattr(model, name) for name in (*HEADS, "score")):
        model.register_forward_hook(lambda _module, _inputs, output: recorder.put("logits", logits_of(output)))


def logits_of(output):
    if hasattr(output, "start_logits"):
        return torch.stack([output.start_logits, output.end_logits], -1)
    return output.logits


def tiny(config, **changes):
    """A config of the class with sizes that make a small file."""
    sizes = {
        "vocab_size": 30, "hidden_size": 12, "intermediate_size": 20, "num_hidden_layers": 2, "num_attention_heads": 2,
        "num_key_value_heads": 1, "max_position_embeddings": 16, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2,
    }
    return config(**{**sizes, **changes})


def published(remove=(), **fields):
    """config.json as published files have it: without some fields, and with others."""

    def change(config, tensors):
        config["torch_dtype"] = config.pop("dtype", "float32")
        return {**{name: value for name, value in config.items() if name not in remove}, **fields}, tensors

    return change
