import torch
import transformers.models.mt5.modeling_mt5 as mt5
import transformers.models.t5.modeling_t5 as t5
from transformers import MT5Config, T5Config

from golden_trace import Case, text_inputs

SMALL = {
    "vocab_size": 30, "d_model": 10, "d_kv": 4, "d_ff": 14, "num_layers": 1, "num_heads": 2, "relative_attention_num_buckets": 8,
    "relative_attention_max_distance": 6, "decoder_start_token_id": 0,
}


def record(modeling):
    def hang(model, recorder):
        prefixes = {}
        body = getattr(model, "transformer", model)
        for name in ("encoder", "decoder"):
            stack = getattr(body, name, None)
            if stack is None:
                continue
            recorder.output(stack.embed_tokens, f"{name}.embeddings")
            for number, block in enumerate(stack.block):
                prefix = f"{name}.layers.{number}."
                layers = {"": block.layer[0].SelfAttention}
                if name == "decoder":
                    layers["cross."] = block.layer[1].EncDecAttention
                for branch, attention in layers.items():
                    prefixes[attention] = prefix + branch
                    recorder.output(attention, f"{prefix}{branch}attended")
                for branch, layer in zip(layers, block.layer):
                    recorder.output(layer, f"{prefix}{branch}middle")
                recorder.output(block.layer[-1].DenseReluDense, f"{prefix}mlp")
                recorder.output(block, f"{prefix}residual")
            recorder.output(stack.final_layer_norm, f"{name}.final")
        recorder.attention(modeling, prefixes)
        if hasattr(model, "lm_head"):
            recorder.output(model.lm_head, "logits")
        for name in ("classification_head", "classifier", "qa_outputs"):
            if hasattr(model, name):
                recorder.output(getattr(model, name), "logits")

    return hang


def quiet(name, parameter, normal):
    """Scores are not divided by √D, so queries are kept small; logits of the embeddings too."""
    small = name.endswith(".q.weight") or "lm_head" in name
    if small:
        normal(parameter, 0.4 * parameter[0].numel() ** -0.5)
    return small


def both_sides(decoder_mask=True):
    inputs = text_inputs(30, 9)
    inputs["decoderIds"] = text_inputs(30, 7, seed=6)["ids"]
    inputs["decoderIds"][:, 0] = 0
    if decoder_mask:
        inputs["decoderMask"] = torch.ones(2, 7, dtype=torch.long)
        inputs["decoderMask"][1, 4:] = 0
    return inputs


def ended(lengths=(9, 6)):
    """Texts that end with the id of ends and then with padding; what the decoder takes follows from them."""
    inputs = text_inputs(30, 9)
    inputs["ids"][inputs["ids"] < 2] = 5
    for row, length in enumerate(lengths):
        inputs["ids"][row, length - 1] = 1
        inputs["ids"][row, length:] = 0
        inputs["mask"][row] = (torch.arange(9) < length).long()
    return inputs


def own_head(model):
    model.lm_head.weight = torch.nn.Parameter(torch.empty_like(model.lm_head.weight))


def as_version_1_1(config, tensors):
    """As published T5 1.1 files say it: not tied, nothing about scaling; and the head is another matrix."""
    for name in ("scale_decoder_outputs", "dense_act_fn", "is_gated_act", "layer_norm_epsilon"):
        config.pop(name, None)
    config["tie_word_embeddings"] = False
    return config, tensors


def as_first_published(config, tensors):
    """The class's first name, the embeddings under each of their names, an alias of a field, defaults left out."""
    config = {**config, "architectures": ["T5WithLMHeadModel"], "hidden_size": config["d_model"]}
    left_out = (
        "d_model", "num_decoder_layers", "scale_decoder_outputs", "tie_word_embeddings", "feed_forward_proj", "dense_act_fn",
        "is_gated_act",
    )
    for name in left_out:
        config.pop(name, None)
    for stack in ("encoder", "decoder"):
        tensors[f"{stack}.embed_tokens.weight"] = tensors["shared.weight"].clone()
    tensors.pop("lm_head.weight", None)
    return config, tensors


CASES = {
    "t5-uneven": Case(
        t5.T5ForConditionalGeneration,
        T5Config(**{**SMALL, "num_decoder_layers": 2, "d_ff": 12, "d_model": 8}, feed_forward_proj="gated-silu", tie_word_embeddings=False, layer_norm_epsilon=1e-6),
        record(t5), both_sides(), initialise=quiet, prepare=own_head, publish=as_version_1_1, generate=6,
    ),
    "t5-first": Case(
        t5.T5ForConditionalGeneration, T5Config(**SMALL), record(t5), both_sides(decoder_mask=False), seed=2, initialise=quiet,
        publish=as_first_published,
    ),
    "t5-encoder": Case(
        t5.T5EncoderModel, T5Config(**{**SMALL, "num_layers": 2, "num_heads": 3}, feed_forward_proj="gated-gelu", layer_norm_epsilon=1e-3),
        record(t5), text_inputs(30), seed=3, initialise=quiet,
    ),
    "t5-bare": Case(t5.T5Model, T5Config(**SMALL, feed_forward_proj="gelu"), record(t5), both_sides(), seed=4, initialise=quiet),
    "t5-classify": Case(t5.T5ForSequenceClassification, T5Config(**SMALL, num_labels=3), record(t5), ended(), seed=7, initialise=quiet),
    "t5-tokens": Case(t5.T5ForTokenClassification, T5Config(**SMALL, num_labels=4), record(t5), text_inputs(30, 9), seed=8, initialise=quiet),
    "t5-question": Case(t5.T5ForQuestionAnswering, T5Config(**SMALL), record(t5), ended(), seed=9, initialise=quiet),
    "mt5": Case(
        mt5.MT5ForConditionalGeneration, MT5Config(**SMALL), record(mt5), both_sides(), seed=5, initialise=quiet,
    ),
}
