"""Draws of encoders."""

from draw import drawn, texts
from gated_decoders import rope

import transformers as hf
from golden import deberta_v2, electra, modernbert, mpnet, nomic_bert, roformer, xlm

HEADS = ["Model", "Model", "ForMaskedLM", "ForMaskedLM", "ForSequenceClassification", "ForTokenClassification", "ForQuestionAnswering", "ForMultipleChoice"]


def encoder(prefix, config, module, make, heads=HEADS, even=False):
    """make(r, fields, name, length) → what else a Case and the inputs take; fields are changed in place."""

    def draw(r):
        head_count, width = r.heads_and_width(even)
        length = r.length()
        vocabulary = r.choice([11, 30, 64, 131])
        fields = {
            "vocab_size": vocabulary, "hidden_size": head_count * width, "num_hidden_layers": r.layers(), "num_attention_heads": head_count,
            "intermediate_size": r.choice([1, 8, 33]), "max_position_embeddings": length + r.choice([0, 1, 30]), "pad_token_id": r.choice([0, 1, vocabulary - 1]),
            "hidden_act": r.activation(), "layer_norm_eps": r.epsilon(), "type_vocab_size": r.choice([1, 2, 4]), "tie_word_embeddings": r.maybe(0.7),
        }
        name = r.choice(heads)
        if name in ("ForSequenceClassification", "ForTokenClassification"):
            fields["num_labels"] = r.choice([1, 2, 3, 5])
        more = make(r, fields, name, length) or {}
        inputs = texts(r, vocabulary, length, fields["pad_token_id"], kinds=more.pop("kinds", fields.get("type_vocab_size")), positions=more.pop("positions", None))
        return drawn(r, getattr(module.modeling, prefix + name), config(**fields), module.record, inputs, generate=more.pop("generate", False), **more)

    return draw


def summary(r, fields):
    """How the vectors of a text become one."""
    fields.update(summary_type=r.choice(["first", "last", "mean", "cls_index"]), summary_use_proj=r.maybe(0.7), summary_proj_to_labels=r.maybe(0.6))
    fields["summary_activation"] = r.choice([None, "tanh", "gelu", "relu"])


def decoding(r, fields, name):
    if name == "ForCausalLM":
        fields["is_decoder"] = r.maybe(0.8)


def electra_draw(r, fields, name, length):
    fields["embedding_size"] = r.choice([fields["hidden_size"], 5, 8])
    if name == "ForMultipleChoice":
        summary(r, fields)
    decoding(r, fields, name)
    if name == "Model" and r.maybe(0.1):
        fields["is_decoder"] = True
    return {"positions": length}


def mpnet_draw(r, fields, name, length):
    del fields["type_vocab_size"]
    # Distances are grouped in 32 buckets whatever the config says.
    fields["relative_attention_num_buckets"] = r.choice([32, 40])
    # Places begin behind the padding's, which is 1 whatever the config says.
    fields["max_position_embeddings"] += 2
    return {"positions": length}


def deberta_draw(r, fields, name, length):
    fields["type_vocab_size"] = r.choice([0, 0, 2])
    fields.update(relative_attention=r.maybe(0.85), position_biased_input=r.maybe(0.4), max_relative_positions=r.choice([-1, 1, 3, 20]),
                  position_buckets=r.choice([-1, 2, 6, 32]), share_att_key=r.maybe(0.6), legacy=r.maybe(0.7),
                  pos_att_type=r.choice([["p2c", "c2p"], ["c2p"], ["p2c"], [], "p2c|c2p", ["c2p", "p2c"]]), norm_rel_ebd=r.choice(["layer_norm", "none"]),
                  pooler_hidden_act=r.choice(["gelu", "tanh"]))
    if r.maybe(0.3):
        fields.update(conv_kernel_size=r.choice([1, 3, 5]), conv_act=r.choice(["tanh", "gelu"]))
        if r.maybe(0.5):
            fields["conv_groups"] = r.choice([1, fields["num_attention_heads"]])
    if r.maybe(0.3):
        fields["embedding_size"] = r.choice([6, 8])
    if r.maybe(0.1):
        fields["pooler_hidden_size"] = fields["hidden_size"]
    # Without places in what enters the first layer nothing reads them.
    return {"positions": length} if fields["position_biased_input"] else {}


def modernbert_draw(r, fields, name, length):
    fields["hidden_activation"] = fields.pop("hidden_act")
    fields["norm_eps"] = fields.pop("layer_norm_eps")
    del fields["type_vocab_size"]
    fields.update({name: r.maybe() for name in ("norm_bias", "attention_bias", "mlp_bias", "decoder_bias", "classifier_bias")})
    fields.update(local_attention=r.choice([1, 2, 4, 9, 128]), classifier_pooling=r.choice(["cls", "mean"]), classifier_activation=r.choice(["gelu", "relu"]),
                  bos_token_id=2, eos_token_id=1, cls_token_id=2, sep_token_id=1, sparse_prediction=r.maybe(0.1))
    width = fields["hidden_size"] // fields["num_attention_heads"]
    if r.maybe():
        fields["layer_types"] = [r.choice(["full_attention", "sliding_attention"]) for _ in range(fields["num_hidden_layers"])]
    elif r.maybe():
        fields["global_attn_every_n_layers"] = r.choice([1, 2, 3])
    if r.maybe(0.6):
        fields["rope_parameters"] = {kind: rope(r, width, fields["max_position_embeddings"]) for kind in ("full_attention", "sliding_attention")}
    return {"positions": length}


def roformer_draw(r, fields, name, length):
    fields["embedding_size"] = r.choice([None, 5, 8])
    fields["rotary_value"] = r.maybe()
    if name == "ForMultipleChoice":
        summary(r, fields)
    decoding(r, fields, name)
    return {"initialise": roformer.keep_angles}


def nomic_draw(r, fields, name, length):
    fields["rope_parameters"] = rope(r, fields["hidden_size"] // fields["num_attention_heads"], fields["max_position_embeddings"])
    if r.maybe(0.3):
        fields["head_dim"] = r.choice([2, 4, 8])
        fields["rope_parameters"] = {"rope_type": "default", "rope_theta": 1000.0}
    return {"positions": length}


def xlm_draw(r, fields, name, length):
    for new, old in (("emb_dim", "hidden_size"), ("n_layers", "num_hidden_layers"), ("n_heads", "num_attention_heads")):
        fields[new] = fields.pop(old)
    for name_ in ("hidden_act", "type_vocab_size", "intermediate_size"):
        del fields[name_]
    languages = r.choice([1, 2, 4])
    fields.update(gelu_activation=r.maybe(), causal=r.maybe(0.3), n_langs=languages, use_lang_emb=r.maybe(0.8), sinusoidal_embeddings=r.maybe(0.2),
                  bos_token_id=3, eos_token_id=4, unk_index=5, mask_index=6, lang_id=0)
    if r.maybe(0.6):
        summary(r, fields)
    if name == "ForMultipleChoice":
        fields["num_labels"] = r.choice([1, 2])
    return {"initialise": xlm.named, "kinds": languages, "positions": length}


FAMILIES = {
    "electra": encoder("Electra", hf.ElectraConfig, electra, electra_draw, [*HEADS, "ForPreTraining", "ForPreTraining", "ForCausalLM"]),
    "mpnet": encoder("MPNet", hf.MPNetConfig, mpnet, mpnet_draw),
    "deberta-v2": encoder("DebertaV2", hf.DebertaV2Config, deberta_v2, deberta_draw),
    "modernbert": encoder("ModernBert", hf.ModernBertConfig, modernbert, modernbert_draw, even=True),
    "roformer": encoder("RoFormer", hf.RoFormerConfig, roformer, roformer_draw, [*HEADS, "ForCausalLM"], even=True),
    "nomic_bert": encoder("NomicBert", hf.NomicBertConfig, nomic_bert, nomic_draw,
                          ["Model", "Model", "ForMaskedLM", "ForMaskedLM", "ForSequenceClassification", "ForTokenClassification"], even=True),
    "xlm": encoder("XLM", hf.XLMConfig, xlm, xlm_draw, [
        "Model", "Model", "WithLMHeadModel", "WithLMHeadModel", "ForSequenceClassification", "ForTokenClassification", "ForQuestionAnsweringSimple",
        "ForQuestionAnswering", "ForMultipleChoice"]),
}
