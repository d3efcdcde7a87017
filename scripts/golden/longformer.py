import torch
import transformers.models.longformer.modeling_longformer as modeling
from transformers import LongformerConfig

from golden_trace import Case, text_inputs


def config(**changes):
    return LongformerConfig(**{
        "vocab_size": 30, "hidden_size": 12, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 20,
        "max_position_embeddings": 16, "type_vocab_size": 1, "layer_norm_eps": 1e-5, "attention_window": 4, **changes,
    })


def watch(attention, prefix, length, recorder):
    """q, k, v by the module's own projections, scores by the formula, weights and mixed as the module gives them."""

    def before(_module, inputs, keywords):
        return inputs, {**keywords, "output_attentions": True}

    def after(module, inputs, keywords, output):
        x = inputs[0] if inputs else keywords["hidden_states"]
        masked = keywords["is_index_masked"]
        is_global = keywords["is_index_global_attn"]
        heads, reach = module.num_heads, module.one_sided_attn_window_size
        batch, padded, _ = x.shape

        def split(tensor):
            return tensor.view(batch, padded, heads, -1).transpose(1, 2)

        q, k, v = (split(layer(x)) for layer in (module.query, module.key, module.value))
        places = torch.arange(padded)
        near = (places[:, None] - places[None]).abs() <= reach
        seen = (near[None] | is_global[:, None, :]) & ~masked[:, None, :]
        scale = module.head_dim ** -0.5
        scores = (q @ k.transpose(2, 3) * scale).masked_fill(~seen[:, None], float("-inf"))
        weights = torch.zeros(batch, heads, padded, padded)
        local = output[1]  # (B, T, H, G + window)
        most = local.shape[-1] - 2 * reach - 1
        for b in range(batch):
            own = is_global[b].nonzero().flatten().tolist()
            for t in range(padded):
                for s in range(max(t - reach, 0), min(t + reach + 1, padded)):
                    weights[b, :, t, s] = local[b, t, :, most + s - t + reach]
                for g, s in enumerate(own):
                    weights[b, :, t, s] = local[b, t, :, g]
            for g, t in enumerate(own):
                weights[b, :, t] = output[2][b, :, g]
        if is_global.any():
            kept = is_global[:, None, :, None]
            gq, gk, gv = (split(layer(x)) for layer in (module.query_global, module.key_global, module.value_global))
            rows = (gq @ gk.transpose(2, 3) * scale).masked_fill(masked[:, None, None], float("-inf"))
            scores = torch.where(kept, rows, scores)
            recorder.put(prefix + "global.q", (gq * kept)[:, :, :length])
            recorder.put(prefix + "global.k", gk[:, :, :length])
            recorder.put(prefix + "global.v", gv[:, :, :length])
        for name, tensor in (("q", q), ("k", k), ("v", v), ("mixed", split(output[0]))):
            recorder.put(prefix + name, tensor[:, :, :length])
        recorder.put(prefix + "scores", scores[:, :, :length, :length])
        recorder.put(prefix + "weights", weights[:, :, :length, :length])
        return output[:1]

    attention.register_forward_pre_hook(before, with_kwargs=True)
    attention.register_forward_hook(after, with_kwargs=True)


def recorder_of(length):
    def record(model, recorder):
        body = getattr(model, "longformer", model)

        def crop(tensor):
            return tensor[:, :length]

        recorder.output(body.embeddings, "embeddings", crop)
        for number, layer in enumerate(body.encoder.layer):
            prefix = f"layers.{number}."
            watch(layer.attention.self, prefix, length, recorder)
            recorder.output(layer.attention.output.dense, prefix + "attended", crop)
            recorder.output(layer.attention.output, prefix + "middle", crop)
            recorder.output(layer.output.dense, prefix + "mlp", crop)
            recorder.output(layer.output, prefix + "residual", crop)
        recorder.output(body.encoder.layer[-1].output, "final", crop)
        if body.pooler is not None:
            recorder.output(body.pooler, "pooled")
        for name in ("lm_head", "classifier", "qa_outputs"):
            if hasattr(model, name):
                recorder.output(getattr(model, name), "logits")

    return record


def inputs(length, globals=None, kinds=None, **changes):
    made = text_inputs(30, length, kinds, padding=1, **changes)
    if globals is not None:
        made["globalMask"] = torch.zeros_like(made["ids"])
        for row, tokens in enumerate(globals):
            made["globalMask"][row, tokens] = 1
    return made


def question(length):
    made = inputs(length)
    for row, separators in enumerate(((3, 4, length - 1), (5, 6, length - 4))):
        made["ids"][row, list(separators)] = 2
    made["ids"][:, 0] = 0
    return made


def old_spelling(config, tensors):
    """One window for all layers, defaults left out, and what files of 2020 have besides."""
    for name in ("pad_token_id", "sep_token_id", "tie_word_embeddings", "onnx_export", "hidden_act"):
        config.pop(name)
    config.update(attention_window=4, attention_mode="longformer", ignore_attention_mask=False)
    return config, {**tensors, "longformer.embeddings.position_ids": torch.arange(16)[None]}


CASES = {
    "longformer-windows": Case(
        modeling.LongformerForMaskedLM,
        config(attention_window=[8, 4], num_attention_heads=3, tie_word_embeddings=False,
               hidden_act="relu"),
        recorder_of(10), inputs(10),
    ),
    "longformer-counts": Case(
        modeling.LongformerModel, config(type_vocab_size=2), recorder_of(10),
        {**inputs(10, [[0, 4, 9], [2, 8]], kinds=2), "positions": torch.arange(10).flip(0).expand(2, -1) + 3}, seed=2,
        note="token 8 of row 1 is padding, so it is not global",
    ),
    "longformer-all-global": Case(
        modeling.LongformerForTokenClassification, config(num_labels=3), recorder_of(9),
        {key: value for key, value in inputs(9, [list(range(9)), []]).items() if key != "mask"}, seed=3,
    ),
    "longformer-question": Case(
        modeling.LongformerForQuestionAnswering, config(attention_window=[4, 8]), recorder_of(11), question(11), seed=4,
    ),
    "longformer-classify": Case(
        modeling.LongformerForSequenceClassification, config(num_labels=3), recorder_of(11), inputs(11), seed=5,
        publish=old_spelling,
    ),
}
