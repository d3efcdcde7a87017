import torch
import transformers.models.bert.modeling_bert as bert
import transformers.models.camembert.modeling_camembert as camembert
import transformers.models.electra.modeling_electra as electra
import transformers.models.gpt2.modeling_gpt2 as gpt2
import transformers.models.roberta.modeling_roberta as roberta
import transformers.models.xlm_roberta.modeling_xlm_roberta as xlm_roberta
from transformers import BertConfig, ElectraConfig, EncoderDecoderConfig, EncoderDecoderModel, GPT2Config, RobertaConfig

from golden_trace import Case, text_inputs

MODELING = {"bert": bert, "camembert": camembert, "electra": electra, "gpt2": gpt2, "roberta": roberta, "xlm-roberta": xlm_roberta}

SMALL = {
    "vocab_size": 30, "max_position_embeddings": 14, "num_hidden_layers": 1, "num_attention_heads": 2, "hidden_size": 12, "intermediate_size": 14,
}
LOOKS = {"is_decoder": True, "add_cross_attention": True}


def record(model, recorder):
    """Both networks; families without a function of their own for attention are recorded between their parts only."""
    for name, network in (("encoder", model.encoder), ("decoder", model.decoder)):
        body = network.base_model
        kind = network.config.model_type
        prefixes = {}
        if kind not in MODELING and kind != "roformer":
            body.register_forward_hook(lambda _module, _inputs, output, name=name: recorder.put(f"{name}.final", output.last_hidden_state))
            continue
        (record_gpt2 if kind == "gpt2" else record_bert)(body, recorder, name, prefixes)
        if hasattr(MODELING.get(kind), "eager_attention_forward"):
            watch(MODELING[kind], recorder, prefixes)
    recorder.output(head_of(model.decoder), "logits")


def watch(modeling, recorder, prefixes):
    """Two networks of one family share what is watched."""
    known = getattr(modeling, "golden_prefixes", None)
    if known is not None and known[0] is recorder:
        known[1].update(prefixes)
        return
    modeling.golden_prefixes = (recorder, prefixes)
    recorder.attention(modeling, prefixes)


def record_bert(body, recorder, name, prefixes):
    layers = body.encoder.layer
    recorder.output(getattr(body, "embeddings_project", body.embeddings), f"{name}.embeddings")
    for number, layer in enumerate(layers):
        prefix = f"{name}.layers.{number}."
        branches = {"": layer.attention}
        if hasattr(layer, "crossattention"):
            branches["cross."] = layer.crossattention
        for branch, attention in branches.items():
            prefixes[attention.self] = prefix + branch
            recorder.output(attention.output.dense, f"{prefix}{branch}attended")
            recorder.output(attention, f"{prefix}{branch}middle")
        recorder.output(layer.output.dense, f"{prefix}mlp")
        recorder.output(layer, f"{prefix}residual")
    recorder.output(layers[-1], f"{name}.final")


def record_gpt2(body, recorder, name, prefixes):
    recorder.entering(body.h[0], f"{name}.embeddings")
    for number, layer in enumerate(body.h):
        prefix = f"{name}.layers.{number}."
        branches = {"": (layer.attn, getattr(layer, "ln_cross_attn", layer.ln_2))}
        if hasattr(layer, "crossattention"):
            branches["cross."] = (layer.crossattention, layer.ln_2)
        for branch, (attention, after) in branches.items():
            prefixes[attention] = prefix + branch
            recorder.output(attention, f"{prefix}{branch}attended")
            recorder.entering(after, f"{prefix}{branch}middle")
        recorder.output(layer.mlp, f"{prefix}mlp")
        recorder.output(layer, f"{prefix}residual")
    recorder.output(body.ln_f, f"{name}.final")


def head_of(decoder):
    for name in ("cls", "lm_head", "generator_lm_head"):
        if hasattr(decoder, name):
            return getattr(decoder, name)
    raise ValueError(type(decoder))


def both_sides(padding=0, decoder_mask=True, pad_side="right", vocabulary=30, length=7, **more):
    inputs = text_inputs(30, 9, padding=padding, pad_side=pad_side, **more)
    inputs["decoderIds"] = text_inputs(vocabulary, length, seed=6)["ids"].clamp(min=3)
    if decoder_mask:
        inputs["decoderMask"] = torch.ones(2, length, dtype=torch.long)
        inputs["decoderMask"][1, length - 3:] = 0
    return inputs


def pair(encoder, decoder, **more):
    return EncoderDecoderConfig(encoder=encoder.to_dict(), decoder=decoder.to_dict(), **more)


class Shared(EncoderDecoderModel):
    """Weights of two networks in one, as transformers 4 ties them (tie_encoder_decoder); later versions do not."""

    @classmethod
    def from_pretrained(cls, *arguments, **keywords):
        model = EncoderDecoderModel.from_pretrained(*arguments, **keywords)
        known = dict(model.encoder.named_parameters())
        with torch.no_grad():
            for name, parameter in model.decoder.base_model.named_parameters():
                if name in known:
                    parameter.copy_(known[name])
        return model


Shared.__name__ = "EncoderDecoderModel"


def shared(config, tensors):
    """As google/roberta2roberta_L-24_bbc: one set of weights for both networks, saved once, and what the decoder has alone."""
    kept = {name: tensor for name, tensor in tensors.items() if not name.startswith("decoder.roberta.") or ".crossattention." in name}
    return {**config, "tie_encoder_decoder": True}, kept


def untied(model):
    """The head's matrix apart from the vectors."""
    head = model.decoder.cls.predictions.decoder
    head.weight = torch.nn.Parameter(torch.empty_like(head.weight))


CASES = {
    "bert2bert": Case(
        EncoderDecoderModel,
        pair(BertConfig(**SMALL), BertConfig(**{**SMALL, "num_hidden_layers": 2}, **LOOKS), decoder_start_token_id=2, pad_token_id=0, eos_token_id=3),
        record, both_sides(kinds=2), generate=7,
    ),
    "bert2bert-untied": Case(
        EncoderDecoderModel,
        pair(
            BertConfig(**{**SMALL, "num_hidden_layers": 2}),
            BertConfig(**{**SMALL, "vocab_size": 37, "hidden_size": 8, "hidden_act": "relu", "tie_word_embeddings": False}, **LOOKS),
            decoder_start_token_id=2, pad_token_id=0, tie_word_embeddings=False,
        ),
        record, both_sides(vocabulary=37, decoder_mask=False, pad_side="left"), seed=2, prepare=untied,
    ),
    "bert2bert-uneven-heads": Case(
        EncoderDecoderModel,
        pair(
            BertConfig(**{**SMALL, "num_attention_heads": 3}), BertConfig(**{**SMALL, "hidden_size": 8, "num_attention_heads": 4}, **LOOKS),
            decoder_start_token_id=2, pad_token_id=0,
        ),
        record, both_sides(), seed=6, generate=7,
    ),
    "bert2gpt2": Case(
        EncoderDecoderModel,
        pair(
            BertConfig(**SMALL),
            GPT2Config(vocab_size=41, n_positions=10, n_embd=16, n_layer=2, n_head=2, scale_attn_by_inverse_layer_idx=True, bos_token_id=1, eos_token_id=2, add_cross_attention=True),
            pad_token_id=0, decoder_start_token_id=1,
        ),
        record, both_sides(vocabulary=41), seed=3, generate=7,
    ),
    "electra2electra": Case(
        EncoderDecoderModel,
        pair(
            ElectraConfig(**SMALL, embedding_size=8), ElectraConfig(**SMALL, embedding_size=6, **LOOKS), decoder_start_token_id=2, pad_token_id=0,
        ),
        record, both_sides(), seed=4, generate=7,
    ),
    "roberta2roberta": Case(
        Shared,
        pair(
            RobertaConfig(**SMALL, pad_token_id=1), RobertaConfig(**SMALL, pad_token_id=1, **LOOKS), decoder_start_token_id=0, pad_token_id=1, eos_token_id=2,
        ),
        record, both_sides(padding=1), seed=5, publish=shared, generate=7,
    ),
}
