"""Draws of models that hear."""

import torch
from draw import drawn, texts

from golden import whisper as own

HEADS = ["Model", "ForConditionalGeneration", "ForConditionalGeneration", "ForConditionalGeneration", "ForAudioClassification"]


def whisper(r):
    heads, width = r.heads_and_width(even=False)
    while heads * width % 2 or heads * width < 4:
        heads, width = r.heads_and_width(even=False)
    name = r.choice(HEADS)
    heard, written = r.length(), r.length()
    vocabulary = r.choice([11, 30, 64, 131])
    # Heads of the two stacks may differ in number.
    others = r.choice([k for k in range(1, 9) if heads * width % k == 0]) if r.maybe(0.3) else heads
    mels = r.choice([1, 5, 7, 16, 80])
    fields = {
        "vocab_size": vocabulary, "num_mel_bins": mels, "d_model": heads * width, "encoder_layers": r.layers(), "decoder_layers": r.layers(),
        "encoder_attention_heads": heads, "decoder_attention_heads": others, "encoder_ffn_dim": r.choice([1, 8, 33]), "decoder_ffn_dim": r.choice([1, 8, 33]),
        "max_source_positions": heard, "max_target_positions": written + r.choice([9, 30]), "activation_function": r.activation(),
        "scale_embedding": r.maybe(), "tie_word_embeddings": r.maybe(0.6), "apply_spec_augment": r.maybe(0.2), "pad_token_id": r.choice([0, 1, vocabulary - 1]),
        "bos_token_id": 2, "eos_token_id": 2, "decoder_start_token_id": 3, "begin_suppress_tokens": None,
    }
    is_label = name == "ForAudioClassification"
    if is_label:
        fields.update(classifier_proj_size=r.choice([1, 6, 20]), num_labels=r.choice([1, 2, 3, 5]), use_weighted_layer_sum=r.maybe(0.3))
    batch = r.choice([1, 2, 3])
    inputs = {"features": torch.randn(batch, mels, 2 * heard, generator=torch.Generator().manual_seed(r.randint(0, 10**9)))}
    if not is_label:
        read = texts(r, vocabulary, written, fields["pad_token_id"], batch=batch)
        inputs["decoderIds"] = read["ids"]
        if "mask" in read:
            inputs["decoderMask"] = read["mask"]
    prepare = own.own_head if name == "ForConditionalGeneration" and not fields["tie_word_embeddings"] else None
    return drawn(r, getattr(own.whisper, "Whisper" + name), own.WhisperConfig(**fields), own.record, inputs, generate=name == "ForConditionalGeneration",
                 initialise=own.with_sines, prepare=prepare)


FAMILIES = {"whisper": whisper}
