"""Draws of two networks as one: any encoder of texts, and a decoder that looks at it."""

import torch
from draw import drawn, texts

import transformers as hf
from golden import encoder_decoder as own

CONFIGS = {
    "bert": hf.BertConfig, "roberta": hf.RobertaConfig, "xlm-roberta": hf.XLMRobertaConfig, "camembert": hf.CamembertConfig, "electra": hf.ElectraConfig,
    "roformer": hf.RoFormerConfig, "distilbert": hf.DistilBertConfig, "mpnet": hf.MPNetConfig, "modernbert": hf.ModernBertConfig,
}
DECODERS = ["bert", "bert", "roberta", "xlm-roberta", "camembert", "electra", "roformer", "gpt2", "gpt2"]
# Places of these begin behind the padding's.
COUNTED = ("roberta", "xlm-roberta", "camembert")
PADDING = 1


def bert_like(r, kind, length, heads, width):
    vocabulary = r.choice([11, 30, 64, 131])
    fields = {
        "vocab_size": vocabulary, "hidden_size": heads * width, "num_hidden_layers": r.layers(), "num_attention_heads": heads,
        "intermediate_size": r.choice([1, 8, 33]), "hidden_act": r.activation(), "layer_norm_eps": r.epsilon(), "type_vocab_size": r.choice([1, 2, 4]),
        "pad_token_id": PADDING, "max_position_embeddings": length + r.choice([0, 1, 30]) + (2 if kind in (*COUNTED, "mpnet") else 0),
    }
    if kind in ("electra", "roformer"):
        fields["embedding_size"] = r.choice([fields["hidden_size"], 5, 8])
    if kind == "roformer":
        fields["rotary_value"] = r.maybe()
    if kind == "distilbert":
        fields.update(dim=fields.pop("hidden_size"), n_layers=fields.pop("num_hidden_layers"), n_heads=fields.pop("num_attention_heads"),
                      hidden_dim=fields.pop("intermediate_size"), activation=r.choice(["gelu", "relu"]), sinusoidal_pos_embds=r.maybe(0.3))
        del fields["hidden_act"], fields["layer_norm_eps"], fields["type_vocab_size"]
    if kind in ("mpnet", "modernbert"):
        del fields["type_vocab_size"]
    if kind == "modernbert":
        fields.update(hidden_activation=fields.pop("hidden_act"), norm_eps=fields.pop("layer_norm_eps"), bos_token_id=2, eos_token_id=1, cls_token_id=2,
                      sep_token_id=1, local_attention=r.choice([2, 4, 128]))
    return fields


def gpt2_like(r, length, heads, width):
    return {
        "vocab_size": r.choice([11, 30, 64, 131]), "n_positions": length + r.choice([0, 1, 30]), "n_embd": heads * width, "n_layer": r.layers(), "n_head": heads,
        "n_inner": r.choice([None, 1, 33]), "activation_function": r.activation(), "layer_norm_epsilon": r.epsilon(), "scale_attn_weights": r.maybe(0.8),
        "scale_attn_by_inverse_layer_idx": r.maybe(0.3), "reorder_and_upcast_attn": r.maybe(0.2), "bos_token_id": 1, "eos_token_id": 2,
    }


def draw(r):
    heads, width = r.heads_and_width()
    others = width if r.maybe(0.6) else r.choice([2, 4, 6, 8])
    # Heads of the two networks may differ in number.
    of_decoder = r.choice([1, 2, 3, 4, 6]) if r.maybe(0.3) else heads
    length, written = r.length(), r.length()
    kind, writer = r.choice([*CONFIGS]), r.choice(DECODERS)
    # The decoder's places reach what is written behind its first half.
    room = written + 9
    encoder = bert_like(r, kind, length, heads, width)
    decoder = (gpt2_like if writer == "gpt2" else lambda r, *rest: bert_like(r, writer, *rest))(r, room, of_decoder, others)
    tied = r.maybe(0.7)
    decoder.update(add_cross_attention=True, tie_word_embeddings=tied, **({} if writer == "gpt2" else {"is_decoder": True}))
    config = hf.EncoderDecoderConfig(
        encoder=CONFIGS[kind](**encoder).to_dict(), decoder=(hf.GPT2Config if writer == "gpt2" else CONFIGS[writer])(**decoder).to_dict(),
        decoder_start_token_id=r.choice([2, PADDING]), pad_token_id=PADDING, tie_word_embeddings=tied)
    inputs = texts(r, encoder["vocab_size"], length, PADDING, kinds=encoder.get("type_vocab_size"), most_types=0.5)
    read = texts(r, decoder["vocab_size"], written, PADDING, batch=inputs["ids"].shape[0])
    inputs["decoderIds"] = read["ids"]
    if "mask" in read:
        inputs["decoderMask"] = read["mask"]
    return drawn(r, hf.EncoderDecoderModel, config, own.record, inputs, generate=True, initialise=keep_sines, prepare=None if tied else untie)


def keep_sines(name, parameter, _normal):
    """Tables that transformers computes stay what they are."""
    return not parameter.requires_grad or ("embed_positions" in name and "roformer" in name)


def untie(model):
    """The head's matrix apart from the vectors."""
    head = own.head_of(model.decoder)
    for name in ("predictions", "decoder"):
        head = getattr(head, name, head)
    head.weight = torch.nn.Parameter(torch.empty_like(head.weight))


FAMILIES = {"encoder-decoder": draw}
