"""Draws of the families of BART."""

import torch
from draw import drawn, texts

from golden import bart as own

HEADS = ["Model", "ForConditionalGeneration", "ForConditionalGeneration", "ForConditionalGeneration", "ForSequenceClassification", "ForQuestionAnswering"]


def encoder_decoder(prefix, config, modeling, heads, sines=False):
    def draw(r):
        head_count, width = r.heads_and_width(even=False)
        while modeling is own.m2m_100 and head_count * width < 4:
            head_count, width = r.heads_and_width(even=False)
        # Heads of the two stacks may differ in number.
        others = r.choice([k for k in range(1, 9) if head_count * width % k == 0]) if r.maybe(0.3) else head_count
        name = r.choice(heads)
        of_texts = "Sequence" in name or "Question" in name
        length, written = r.length(), r.length()
        vocabulary = r.choice([11, 30, 64, 131])
        padding, end = r.choice([0, 1, vocabulary - 1]), 2
        most = max(length, written) + r.choice([9, 30])
        if modeling is own.m2m_100 and r.maybe():
            most = r.choice([4, 9])
        if modeling is own.m2m_100 and padding > most + 1:
            # Its table of sines needs the padding's row.
            padding = 1
        fields = dict(
            vocab_size=vocabulary, d_model=head_count * width, encoder_layers=r.layers(), decoder_layers=r.layers(), encoder_attention_heads=head_count,
            decoder_attention_heads=others, encoder_ffn_dim=r.choice([1, 8, 33]), decoder_ffn_dim=r.choice([1, 8, 33]), max_position_embeddings=most,
            activation_function=r.activation(), scale_embedding=r.maybe(), tie_word_embeddings=r.maybe(0.6), pad_token_id=padding, bos_token_id=0,
            eos_token_id=end, decoder_start_token_id=r.choice([2, padding]))
        if r.maybe(0.1):
            fields["is_causal"] = False
        words = vocabulary
        if prefix == "Marian" and r.maybe(0.3):
            words = vocabulary + r.choice([0, 6])
            fields.update(share_encoder_decoder_embeddings=False, decoder_vocab_size=words)
        if "Sequence" in name:
            # BART's own number is three, and transformers writes no other where there are two.
            fields["num_labels"] = r.choice([1, 3, 5] if prefix == "Bart" else [1, 2, 3, 5])
        inputs = texts(r, vocabulary, length, padding, first=3)
        if "Sequence" in name:
            ended(inputs, end)
        elif of_texts or prefix in ("Bart", "MBart") and r.maybe(0.3):
            pass
        else:
            decoder = texts(r, words, written, padding, first=3, batch=inputs["ids"].shape[0])
            inputs["decoderIds"] = decoder["ids"]
            if "mask" in decoder:
                inputs["decoderMask"] = decoder["mask"]

        def initialise(name, parameter, normal):
            return sines and own.with_sines(name, parameter, normal)

        def prepare(model):
            if hasattr(model, "final_logits_bias") and model.final_logits_bias is not None and r.maybe(0.7):
                own.biased(model)

        # Where writing begins with padding, places are counted otherwise with a cache than without, and a deeper decoder has none.
        is_counted_otherwise = modeling is own.m2m_100 and fields["decoder_start_token_id"] == padding and fields["decoder_layers"] > fields["encoder_layers"]
        writes = name in ("ForConditionalGeneration", "MTModel") and fields.get("is_causal", True) and not is_counted_otherwise
        return drawn(r, getattr(modeling, prefix + name), config(**fields), own.record(modeling), inputs, initialise=initialise, prepare=prepare,
                     generate=writes)

    return draw


def ended(inputs, end):
    """Each text ends with the id of ends."""
    ids = inputs["ids"]
    mask = inputs.get("mask", torch.ones_like(ids))
    for row in range(ids.shape[0]):
        ids[row][ids[row] == end] = 3
        ids[row, int(mask[row].nonzero()[-1])] = end


FAMILIES = {
    "bart": encoder_decoder("Bart", own.BartConfig, own.bart, HEADS),
    "mbart": encoder_decoder("MBart", own.MBartConfig, own.mbart, HEADS),
    "marian": encoder_decoder("Marian", own.MarianConfig, own.marian, ["Model", "MTModel", "MTModel", "MTModel"], sines=True),
    "pegasus": encoder_decoder("Pegasus", own.PegasusConfig, own.pegasus, ["Model", "ForConditionalGeneration", "ForConditionalGeneration"], sines=True),
    "m2m_100": encoder_decoder("M2M100", own.M2M100Config, own.m2m_100, ["Model", "ForConditionalGeneration", "ForConditionalGeneration"]),
}
