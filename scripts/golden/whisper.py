import torch
import transformers.models.whisper.modeling_whisper as whisper
from transformers import WhisperConfig

from golden_trace import Case, text_inputs

SMALL = {
    "vocab_size": 40, "num_mel_bins": 5, "d_model": 12, "encoder_layers": 1, "decoder_layers": 1, "encoder_attention_heads": 2,
    "decoder_attention_heads": 2, "encoder_ffn_dim": 14, "decoder_ffn_dim": 10, "max_source_positions": 9, "max_target_positions": 16,
    "pad_token_id": 1, "bos_token_id": 2, "eos_token_id": 2, "decoder_start_token_id": 3, "begin_suppress_tokens": None,
}


def record(model, recorder):
    prefixes = {}
    body = getattr(model, "model", model)
    for name in ("encoder", "decoder"):
        stack = getattr(body, name, None)
        if stack is None:
            continue
        recorder.entering(stack.layers[0], f"{name}.embeddings")
        for number, layer in enumerate(stack.layers):
            prefix = f"{name}.layers.{number}."
            branches = {"": layer.self_attn}
            after = [layer.final_layer_norm]
            recorder.output(layer.self_attn_layer_norm, f"{prefix}normed")
            if name == "decoder":
                branches["cross."] = layer.encoder_attn
                after = [layer.encoder_attn_layer_norm, layer.final_layer_norm]
                recorder.output(layer.encoder_attn_layer_norm, f"{prefix}cross.normed")
            for (branch, attention), norm in zip(branches.items(), after):
                prefixes[attention] = prefix + branch
                recorder.output(attention, f"{prefix}{branch}attended")
                # Each norm reads the stream that the part before it has joined.
                recorder.entering(norm, f"{prefix}{branch}middle")
            recorder.output(layer.fc2, f"{prefix}mlp")
            recorder.output(layer, f"{prefix}residual")
        recorder.output(stack.layer_norm, f"{name}.final")
    recorder.attention(whisper, prefixes, scaled=lambda module: module.scaling)
    for name in ("classifier", "proj_out"):
        if hasattr(model, name):
            recorder.output(getattr(model, name), "logits")


def record_alone(model, recorder):
    """The class of the decoder alone: its layers leave out their look at a sound."""
    stack = model.model.decoder
    prefixes = {}
    recorder.entering(stack.layers[0], "embeddings")
    for number, layer in enumerate(stack.layers):
        prefix = f"layers.{number}."
        prefixes[layer.self_attn] = prefix
        recorder.output(layer.self_attn_layer_norm, f"{prefix}normed")
        recorder.output(layer.self_attn, f"{prefix}attended")
        recorder.entering(layer.final_layer_norm, f"{prefix}middle")
        recorder.output(layer.fc2, f"{prefix}mlp")
        recorder.output(layer, f"{prefix}residual")
    recorder.output(stack.layer_norm, "final")
    recorder.attention(whisper, prefixes, scaled=lambda module: module.scaling)
    recorder.output(model.proj_out, "logits")


def sound(mels=5, frames=18, seed=5):
    """Features of two sounds."""
    return {"features": torch.randn(2, mels, frames, generator=torch.Generator().manual_seed(seed))}


def both_sides(decoder_mask=True, **features):
    inputs = sound(**features)
    inputs["decoderIds"] = text_inputs(40, 7, seed=6)["ids"]
    inputs["decoderIds"][:, 0] = 3
    if decoder_mask:
        inputs["decoderMask"] = torch.ones(2, 7, dtype=torch.long)
        inputs["decoderMask"][1, 4:] = 0
    return inputs


def with_sines(name, parameter, normal):
    """The encoder's positions stay what they are."""
    if "encoder.embed_positions" in name:
        parameter.copy_(whisper.sinusoids(*parameter.shape))
        return True
    return False


def own_head(model):
    model.proj_out.weight = torch.nn.Parameter(torch.empty_like(model.proj_out.weight))


CASES = {
    "whisper": Case(
        whisper.WhisperForConditionalGeneration, WhisperConfig(**{**SMALL, "decoder_layers": 2, "scale_embedding": True, "apply_spec_augment": True}),
        record, both_sides(), initialise=with_sines, generate=7,
    ),
    "whisper-bare": Case(
        whisper.WhisperModel,
        WhisperConfig(**{**SMALL, "encoder_layers": 2, "num_mel_bins": 7, "d_model": 12, "encoder_attention_heads": 3, "decoder_attention_heads": 3, "activation_function": "relu"}),
        record, both_sides(decoder_mask=False, mels=7), seed=2, initialise=with_sines,
    ),
    "whisper-uneven-heads": Case(
        whisper.WhisperForConditionalGeneration, WhisperConfig(**{**SMALL, "decoder_attention_heads": 4}),
        record, both_sides(), seed=5, initialise=with_sines, generate=7,
    ),
    "whisper-causal": Case(
        whisper.WhisperForCausalLM, WhisperConfig(**{**SMALL, "decoder_attention_heads": 3}), record_alone, text_inputs(40, 9, padding=1), seed=6, generate=7,
    ),
    "whisper-untied": Case(
        whisper.WhisperForConditionalGeneration, WhisperConfig(**{**SMALL, "max_source_positions": 4, "tie_word_embeddings": False}),
        record, both_sides(frames=8), seed=3, initialise=with_sines, prepare=own_head,
    ),
    "whisper-classify": Case(
        whisper.WhisperForAudioClassification, WhisperConfig(**SMALL, classifier_proj_size=6, num_labels=4), record, sound(), seed=4, initialise=with_sines,
    ),
    "whisper-layer-sum": Case(
        whisper.WhisperForAudioClassification,
        WhisperConfig(**{**SMALL, "encoder_layers": 2, "max_source_positions": 5}, classifier_proj_size=6, num_labels=3, use_weighted_layer_sum=True),
        record, sound(frames=10), seed=7, initialise=with_sines, note="a classifier of all layers, by learned shares",
    ),
}
