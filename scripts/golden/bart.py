import torch
import transformers.models.bart.modeling_bart as bart
import transformers.models.m2m_100.modeling_m2m_100 as m2m_100
import transformers.models.marian.modeling_marian as marian
import transformers.models.mbart.modeling_mbart as mbart
import transformers.models.pegasus.modeling_pegasus as pegasus
from transformers import BartConfig, M2M100Config, MarianConfig, MBartConfig, PegasusConfig

from golden_trace import Case, text_inputs

SMALL = {
    "vocab_size": 30, "d_model": 12, "encoder_layers": 1, "decoder_layers": 1, "encoder_attention_heads": 2, "decoder_attention_heads": 2,
    "encoder_ffn_dim": 14, "decoder_ffn_dim": 10, "max_position_embeddings": 16,
}
# Ids that are there in a vocabulary of thirty.
ENDS = {"pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2}


def record(modeling):
    first = modeling in (mbart, pegasus, m2m_100)

    def hang(model, recorder):
        prefixes = {}
        body = model.base_model
        for name in ("encoder", "decoder"):
            stack = getattr(body, name)
            recorder.entering(stack.layers[0], f"{name}.embeddings")
            for number, layer in enumerate(stack.layers):
                prefix = f"{name}.layers.{number}."
                branches = {"": (layer.self_attn, layer.self_attn_layer_norm)}
                if name == "decoder":
                    branches["cross."] = (layer.encoder_attn, layer.encoder_attn_layer_norm)
                for branch, (attention, norm) in branches.items():
                    prefixes[attention] = prefix + branch
                    recorder.output(attention, f"{prefix}{branch}attended")
                    if not first:
                        recorder.output(norm, f"{prefix}{branch}middle")
                if first:
                    # Each norm reads the stream that the part before it has joined.
                    after = [layer.final_layer_norm] if name == "encoder" else [layer.encoder_attn_layer_norm, layer.final_layer_norm]
                    for branch, norm in zip(branches, after):
                        recorder.entering(norm, f"{prefix}{branch}middle")
                recorder.output(layer.fc2, f"{prefix}mlp")
                recorder.output(layer, f"{prefix}residual")
            recorder.output(stack.layer_norm if first else stack.layers[-1], f"{name}.final")
        recorder.attention(modeling, prefixes)
        for name in ("classification_head", "qa_outputs"):
            if hasattr(model, name):
                recorder.output(getattr(model, name), "logits")
        if hasattr(model, "lm_head"):
            model.register_forward_hook(lambda _module, _inputs, output: recorder.put("logits", output.logits))

    return hang


def record_alone(modeling):
    """The class of the decoder alone: its layers leave out their look at an encoder."""
    first = modeling in (mbart, pegasus)

    def hang(model, recorder):
        stack = model.model.decoder
        prefixes = {}
        recorder.entering(stack.layers[0], "embeddings")
        for number, layer in enumerate(stack.layers):
            prefix = f"layers.{number}."
            prefixes[layer.self_attn] = prefix
            recorder.output(layer.self_attn, f"{prefix}attended")
            if first:
                recorder.output(layer.self_attn_layer_norm, f"{prefix}normed")
                recorder.entering(layer.final_layer_norm, f"{prefix}middle")
            else:
                recorder.output(layer.self_attn_layer_norm, f"{prefix}middle")
            recorder.output(layer.fc2, f"{prefix}mlp")
            recorder.output(layer, f"{prefix}residual")
        recorder.output(stack.layer_norm if first else stack.layers[-1], "final")
        recorder.attention(modeling, prefixes)
        recorder.output(model.lm_head, "logits")

    return hang


def biased(model):
    """Published files have zeros here."""
    model.final_logits_bias = 0.5 * torch.randn(model.final_logits_bias.shape, generator=torch.Generator().manual_seed(9))


def with_sines(name, parameter, normal):
    """Positions that are not learned stay what they are."""
    if "embed_positions" in name:
        parameter.copy_(sines(*parameter.shape))
        return True
    return False


def both_sides(decoder_mask=True, pad_side="right", padding=1, length=7, vocabulary=30, **more):
    inputs = text_inputs(30, 9, padding=padding, pad_side=pad_side, **more)
    inputs["decoderIds"] = text_inputs(vocabulary, length, seed=6)["ids"].clamp(min=3)
    if decoder_mask:
        inputs["decoderMask"] = torch.ones(2, length, dtype=torch.long)
        inputs["decoderMask"][1, length - 3:] = 0
    return inputs


def ended(lengths=(9, 6), end=2):
    """Texts that end with the id of ends and then with padding; what the decoder takes follows from them."""
    inputs = text_inputs(30, 9)
    for row, length in enumerate(lengths):
        inputs["ids"][row, length - 1] = end
        inputs["ids"][row, length:] = 1
        inputs["mask"][row] = (torch.arange(9) < length).long()
    return inputs


def as_bart_base(config, tensors):
    """As facebook/bart-base has it: the body alone, its vectors under three names, the versions of fairseq, old fields."""
    for stack in ("encoder", "decoder"):
        tensors[f"{stack}.embed_tokens.weight"] = tensors["shared.weight"].clone()
        tensors[f"{stack}.version"] = torch.tensor([3.0])
    config = {
        **config, "add_bias_logits": False, "add_final_layer_norm": False, "normalize_before": False, "normalize_embedding": True,
        "num_hidden_layers": config["encoder_layers"],
    }
    for name in ("tie_word_embeddings", "decoder_start_token_id"):
        config.pop(name, None)
    return config, tensors


def as_opus(config, tensors):
    """As Helsinki-NLP's files have it: every name of the vectors, the sines stored, old fields."""
    shared = tensors.get("model.shared.weight")
    for stack in ("encoder", "decoder"):
        tensors[f"model.{stack}.embed_positions.weight"] = sines(config["max_position_embeddings"], config["d_model"])
        tensors[f"model.{stack}.embed_tokens.weight"] = shared.clone()
    return {
        **config, "static_position_embeddings": True, "normalize_before": False, "normalize_embedding": False, "add_final_layer_norm": False,
    }, tensors


def sines(positions, width):
    table = marian.MarianSinusoidalPositionalEmbedding(positions, width)
    return table.create_weight().contiguous()


def own_head(model):
    model.lm_head.weight = torch.nn.Parameter(torch.empty_like(model.lm_head.weight))
    if hasattr(model, "final_logits_bias"):
        biased(model)


START = {"decoder_start_token_id": 2, "forced_eos_token_id": 2, "forced_bos_token_id": 5}

CASES = {
    "bart": Case(
        bart.BartForConditionalGeneration, BartConfig(**{**SMALL, **ENDS, **START, "decoder_layers": 2, "scale_embedding": True}), record(bart),
        both_sides(), prepare=biased, generate=7,
    ),
    "bart-base": Case(bart.BartModel, BartConfig(**SMALL, **ENDS), record(bart), ended(), seed=2, publish=as_bart_base),
    "bart-classify": Case(
        bart.BartForSequenceClassification, BartConfig(**SMALL, **ENDS, num_labels=4, activation_function="relu"), record(bart), ended(), seed=3,
    ),
    "bart-question": Case(bart.BartForQuestionAnswering, BartConfig(**SMALL, **ENDS), record(bart), ended(), seed=4),
    "bart-uneven-heads": Case(
        bart.BartForConditionalGeneration, BartConfig(**{**SMALL, **ENDS, **START, "encoder_attention_heads": 4, "decoder_layers": 2, "encoder_layers": 2}), record(bart),
        both_sides(), seed=13, prepare=biased, generate=7,
    ),
    "bart-causal": Case(
        bart.BartForCausalLM, BartConfig(**{**SMALL, **ENDS, "encoder_layers": 2, "decoder_layers": 2, "decoder_attention_heads": 3, "scale_embedding": True}), record_alone(bart),
        text_inputs(30, 9, padding=1), seed=15, generate=7,
    ),
    "marian-causal": Case(
        marian.MarianForCausalLM, MarianConfig(**SMALL, pad_token_id=29, eos_token_id=0, tie_word_embeddings=False), record_alone(marian),
        text_inputs(30, 9, padding=29), seed=16, initialise=with_sines, generate=7,
    ),
    "mbart-causal": Case(
        mbart.MBartForCausalLM, MBartConfig(**SMALL, **ENDS), record_alone(mbart), text_inputs(30, 9, padding=1), seed=17, generate=7,
    ),
    "pegasus-causal": Case(
        pegasus.PegasusForCausalLM, PegasusConfig(**SMALL, scale_embedding=True), record_alone(pegasus), text_inputs(30, 9), seed=18,
        initialise=with_sines, generate=7,
    ),
    "bart-untied": Case(
        bart.BartForConditionalGeneration, BartConfig(**SMALL, **ENDS, tie_word_embeddings=False), record(bart),
        both_sides(decoder_mask=False, pad_side="left"), seed=5, prepare=own_head,
    ),
    "marian": Case(
        marian.MarianMTModel,
        MarianConfig(**{**SMALL, "encoder_layers": 2}, pad_token_id=29, eos_token_id=0, decoder_start_token_id=29, forced_eos_token_id=0, scale_embedding=True, activation_function="swish"),
        record(marian), both_sides(padding=29), seed=6, initialise=with_sines, prepare=biased, publish=as_opus, generate=7,
    ),
    "marian-two-vocabularies": Case(
        marian.MarianMTModel,
        MarianConfig(**{**SMALL, "d_model": 9, "encoder_attention_heads": 3, "decoder_attention_heads": 3}, decoder_vocab_size=37, share_encoder_decoder_embeddings=False, pad_token_id=29, eos_token_id=0, decoder_start_token_id=29),
        record(marian), both_sides(padding=29, vocabulary=37), seed=7, initialise=with_sines,
    ),
    "mbart": Case(
        mbart.MBartForConditionalGeneration, MBartConfig(**SMALL, **ENDS, decoder_start_token_id=6, scale_embedding=True), record(mbart),
        both_sides(), seed=8, prepare=biased, generate=7,
    ),
    "mbart-classify": Case(
        mbart.MBartForSequenceClassification, MBartConfig(**SMALL, **ENDS, num_labels=2), record(mbart), ended(), seed=9,
    ),
    "pegasus": Case(
        pegasus.PegasusForConditionalGeneration, PegasusConfig(**SMALL, scale_embedding=True, activation_function="relu"), record(pegasus),
        both_sides(padding=0), seed=10, initialise=with_sines, prepare=biased, generate=7,
    ),
    "m2m-100": Case(
        m2m_100.M2M100ForConditionalGeneration, M2M100Config(**SMALL, **ENDS, decoder_start_token_id=2), record(m2m_100),
        both_sides(pad_side="left"), seed=11, generate=7,
    ),
    "m2m-100-uneven-heads": Case(
        m2m_100.M2M100ForConditionalGeneration, M2M100Config(**{**SMALL, "decoder_attention_heads": 3}, **ENDS, decoder_start_token_id=2), record(m2m_100),
        both_sides(), seed=14, generate=7,
    ),
    "m2m-100-beyond": Case(
        m2m_100.M2M100Model, M2M100Config(**{**SMALL, "max_position_embeddings": 4, "d_model": 14}, **ENDS, scale_embedding=False), record(m2m_100),
        both_sides(), seed=12,
    ),
}
