"""Draws of decoders in Llama's layout: every field of their configs that changes the forward pass."""

from draw import drawn, texts

import transformers as hf
from golden import gated_decoders as own
from golden import gemma as gemmas

HEADS = ["Model", "ForCausalLM", "ForCausalLM", "ForCausalLM", "ForSequenceClassification", "ForTokenClassification", "ForQuestionAnswering"]


KINDS = {"default": 40, "linear": 12, "dynamic": 10, "yarn": 12, "longrope": 10, "llama3": 10, "proportional": 6}


def rope(r, width, positions, part=None, kinds=KINDS):
    """Every kind of scaling; `width` is a head's, `part` how much of it turns where a config says nothing, in families where it may."""
    kind = r.choices([*kinds], [KINDS[kind] for kind in kinds])[0]
    fields = {"rope_type": kind, "rope_theta": r.choice([10.0, 500.0, 10000.0, 1e6])}
    if part and r.maybe(0.5):
        fields["partial_rotary_factor"] = r.choice([0.25, 0.4, 0.5, 0.75, 1.0])
    turned = int(width * fields.get("partial_rotary_factor", part or 1.0))
    if kind == "dynamic" and turned == 2 or kind == "yarn" and turned % 2:
        # transformers divides by turned - 2 in the one, and by whole pairs in the other.
        fields["rope_type"] = kind = "linear"
    if kind != "default":
        fields["factor"] = r.choice([1.0, 1.5, 2.0, 4.0, 8.0])
    if kind in ("yarn", "longrope", "llama3"):
        fields["original_max_position_embeddings"] = r.choice([4, 8, 16, positions])
    if kind == "llama3":
        fields.update(low_freq_factor=r.choice([0.5, 1.0]), high_freq_factor=r.choice([2.0, 4.0]))
    if kind == "yarn":
        for name, values in {"beta_fast": [32, 4, 8.0], "beta_slow": [1, 0.5], "attention_factor": [0.7, 1.3], "truncate": [True, False]}.items():
            if r.maybe(0.4):
                fields[name] = r.choice(values)
        if r.maybe(0.3):
            fields.update(mscale=r.choice([0.7, 1.0, 1.5]), mscale_all_dim=r.choice([0.5, 1.0]))
    if kind == "longrope":
        fields.update({f"{size}_factor": [round(r.uniform(1, most), 2) for _ in range((turned + 1) // 2)] for size, most in (("short", 2), ("long", 9))})
        if r.maybe(0.5):
            del fields["factor"]
        elif r.maybe(0.4):
            fields["attention_factor"] = r.choice([0.8, 1.2])
    if kind == "proportional" and r.maybe():
        fields["partial_rotary_factor"] = r.choice([0.5, 0.25])
    return fields


def sizes(r, ends=True):
    heads, width = r.heads_and_width()
    vocabulary = r.choice([11, 30, 64, 131])
    return {
        "vocab_size": vocabulary, "hidden_size": heads * width if r.maybe(0.6) else r.choice([6, 8, 14, 32]), "intermediate_size": r.choice([1, 3, 8, 33, 64]),
        "num_hidden_layers": r.layers(), "num_attention_heads": heads, "head_dim": width,
        "num_key_value_heads": r.choice([k for k in range(1, heads + 1) if heads % k == 0]),
        "max_position_embeddings": r.choice([16, 64, 256]), "rms_norm_eps": r.epsilon(), "hidden_act": r.activation(),
        "tie_word_embeddings": r.maybe(), "pad_token_id": r.choice([0, 1, vocabulary - 1]), "bos_token_id": 1, "eos_token_id": r.choice([2, [2, 3]]),
    }


def older(r, config):
    """The base and the scaling of rotary positions as fields of their own, as files before version 5 have them."""
    if not r.maybe(0.4):
        return None

    def change(config, tensors):
        fields = dict(config.pop("rope_parameters", None) or {})
        config["rope_theta"] = fields.pop("rope_theta", 10000.0)
        if "partial_rotary_factor" in fields:
            config["partial_rotary_factor"] = fields.pop("partial_rotary_factor")
        kind = fields.get("rope_type", "default")
        config["rope_scaling"] = None if kind == "default" else {**fields, "type": kind}
        return config, tensors

    return change


def windows(r, fields, layers, per_layer=True):
    """Which layers look back through a window: by a flag and a count, or one by one."""
    fields.update(use_sliding_window=r.maybe(0.6), sliding_window=r.choice([1, 2, 5, 40]), max_window_layers=r.randint(0, layers))
    if per_layer and r.maybe(0.4):
        fields["layer_types"] = [r.choice(["full_attention", "sliding_attention"]) for _ in range(layers)]
        if not fields["use_sliding_window"] and "sliding_attention" in fields["layer_types"]:
            fields["layer_types"] = ["full_attention"] * layers


def decoder(prefix, config, modeling, record, change, heads=HEADS, nested=False, **more):
    def draw(r):
        fields = sizes(r)
        if r.maybe(0.1):
            fields["is_causal"] = False
        is_phi = prefix == "Phi3"
        fields["rope_parameters"] = rope(r, fields["head_dim"], fields["max_position_embeddings"], part=1.0 if is_phi else None,
                                         kinds=("default", "longrope") if is_phi else KINDS)
        change(r, fields)
        name = r.choice([head for head in heads if hasattr(modeling, prefix + head)])
        if name not in ("Model", "ForCausalLM"):
            fields["num_labels"] = r.choice([1, 2, 3, 5]) if name != "ForQuestionAnswering" else 2
        writes = name == "ForCausalLM" and fields.get("is_causal", True) and not fields.get("use_bidirectional_attention")
        inputs = texts(r, fields["vocab_size"], r.length(), fields["pad_token_id"],
                       positions=fields["max_position_embeddings"] if name in ("Model", "ForCausalLM") else None)
        made = config(**fields)
        publish = None if nested else older(r, made)
        return drawn(r, getattr(modeling, prefix + name), made, record, inputs, generate=writes, publish=publish, **more)

    return draw


def mistral(r, fields):
    fields["sliding_window"] = r.choice([None, 1, 3, 7, 50])


def qwen(r, fields):
    windows(r, fields, fields["num_hidden_layers"])


def qwen2(r, fields):
    qwen(r, fields)
    if r.maybe(0.5):
        fields["hidden_size"] = fields["num_attention_heads"] * fields["head_dim"]
        del fields["head_dim"]


def qwen3(r, fields):
    qwen(r, fields)
    fields["attention_bias"] = r.maybe()


def olmo2(r, fields):
    fields["attention_bias"] = r.maybe()


def smollm3(r, fields):
    qwen(r, fields)
    fields.pop("max_window_layers")
    fields.update(attention_bias=r.maybe(), mlp_bias=r.maybe())
    if r.maybe():
        fields["no_rope_layers"] = [r.randint(0, 1) for _ in range(fields["num_hidden_layers"])]
    else:
        fields["no_rope_layer_interval"] = r.choice([1, 2, 4])


def granite(r, fields):
    fields.update(attention_bias=r.maybe(), mlp_bias=r.maybe(), embedding_multiplier=r.choice([1.0, 12.0, 0.5]), logits_scaling=r.choice([1.0, 8.0, 0.3]),
                  residual_multiplier=r.choice([1.0, 0.22, -0.5]), attention_multiplier=r.choice([0.0078125, 0.3, 1.0]))


def phi3(r, fields):
    fields.update(sliding_window=r.choice([None, 2, 9]), original_max_position_embeddings=r.choice([8, 16, 64]))
    fields["hidden_size"] = fields["num_attention_heads"] * fields["head_dim"]
    if r.maybe():
        del fields["head_dim"]
    fields["rope_parameters"].pop("original_max_position_embeddings", None)


def gemma(r, fields):
    fields.update(attention_bias=r.maybe())
    if r.maybe(0.3):
        fields["use_bidirectional_attention"] = r.maybe()


def gemma2(r, fields):
    gemma(r, fields)
    fields["hidden_size"] = fields["num_attention_heads"] * r.choice([2, 4, 6])
    fields["hidden_activation"] = fields.pop("hidden_act")
    fields.update(query_pre_attn_scalar=r.choice([1, 6, 20, 256]), sliding_window=r.choice([1, 3, 8, 60]), attn_logit_softcapping=r.choice([None, 1.5, 50.0]),
                  final_logit_softcapping=r.choice([None, 3.0, 30.0]))
    if r.maybe():
        fields["layer_types"] = [r.choice(["full_attention", "sliding_attention"]) for _ in range(fields["num_hidden_layers"])]


def gemma3(r, fields):
    gemma2(r, fields)
    width, positions = fields["head_dim"], fields["max_position_embeddings"]
    fields["rope_parameters"] = {"full_attention": rope(r, width, positions), "sliding_attention": rope(r, width, positions)}
    fields["use_bidirectional_attention"] = r.maybe(0.3)
    fields.setdefault("layer_types", [r.choice(["full_attention", "sliding_attention"]) for _ in range(fields["num_hidden_layers"])])


FAMILIES = {
    "mistral": decoder("Mistral", hf.MistralConfig, own.mistral, own.gated(own.mistral), mistral),
    "qwen2": decoder("Qwen2", hf.Qwen2Config, own.qwen2, own.gated(own.qwen2), qwen2),
    "qwen3": decoder("Qwen3", hf.Qwen3Config, own.qwen3, own.gated(own.qwen3), qwen3),
    "olmo2": decoder("Olmo2", hf.Olmo2Config, own.olmo2, own.RECORD_OLMO2, olmo2),
    "smollm3": decoder("SmolLM3", hf.SmolLM3Config, own.smollm3, own.gated(own.smollm3), smollm3),
    "granite": decoder("Granite", hf.GraniteConfig, own.granite, own.RECORD_GRANITE, granite),
    "phi3": decoder("Phi3", hf.Phi3Config, own.phi3, own.gated(own.phi3), phi3),
    "gemma": decoder("Gemma", hf.GemmaConfig, gemmas.gemma, gemmas.RECORD, gemma, initialise=gemmas.gains),
    "gemma2": decoder("Gemma2", hf.Gemma2Config, gemmas.gemma2, gemmas.record_second(gemmas.gemma2), gemma2, initialise=gemmas.gains),
    "gemma3_text": decoder("Gemma3", hf.Gemma3TextConfig, gemmas.gemma3, gemmas.record_second(gemmas.gemma3), gemma3, nested=True,
                           initialise=gemmas.gains, heads=["TextModel", "ForCausalLM", "ForCausalLM", "TextForSequenceClassification"]),
}
