"""Draws of decoders from before Llama's layout."""

from draw import drawn, texts
from gated_decoders import HEADS, older, rope

import transformers as hf
from golden import classic_decoders as own

NEOX_RECORD = {is_parallel: own.neox(is_parallel=is_parallel) for is_parallel in (True, False)}


def decoder(prefix, config, modeling, make, heads=HEADS, positions=True):
    """make(r, fields) → the record, and what else a Case takes; fields are changed in place."""

    def draw(r):
        head_count, width = r.heads_and_width()
        vocabulary = r.choice([11, 30, 64, 131])
        fields = {
            "vocab_size": vocabulary, "hidden_size": head_count * width, "num_hidden_layers": r.layers(), "num_attention_heads": head_count,
            "max_position_embeddings": r.choice([16, 64, 256]), "pad_token_id": r.choice([0, 1, vocabulary - 1]), "bos_token_id": 1, "eos_token_id": 2,
            "tie_word_embeddings": r.maybe(),
        }
        if r.maybe(0.1):
            fields["is_causal"] = False
        name = r.choice([head for head in heads if hasattr(modeling, prefix + head)])
        if name not in ("Model", "ForCausalLM"):
            fields["num_labels"] = r.choice([1, 2, 3, 5]) if name != "ForQuestionAnswering" else 2
        record, more = make(r, fields, width)
        most = more.pop("most", 200)
        inputs = texts(r, vocabulary, r.length(most), fields["pad_token_id"], sides=more.pop("sides", ("left", "right")),
                       positions=fields["max_position_embeddings"] if positions and name in ("Model", "ForCausalLM") else None)
        return drawn(r, getattr(modeling, prefix + name), config(**fields), record, inputs,
                     generate=name == "ForCausalLM" and fields.get("is_causal", True), **more)

    return draw


def gpt_neox(r, fields, width):
    fields.update(intermediate_size=r.choice([1, 8, 33]), hidden_act=r.activation(), layer_norm_eps=r.epsilon(), use_parallel_residual=r.maybe(),
                  attention_bias=r.maybe(0.7), rope_parameters=rope(r, width, fields["max_position_embeddings"], part=0.25))
    if r.maybe(0.1):
        fields["is_decoder"] = True
    return NEOX_RECORD[fields["use_parallel_residual"]], {"publish": older(r, fields)}


def gptj(r, fields, width):
    inner = r.choice([None, 1, 8, 33])
    fields.update(n_embd=fields.pop("hidden_size"), n_layer=fields.pop("num_hidden_layers"), n_head=fields.pop("num_attention_heads"), n_inner=inner,
                  rotary_dim=r.choice([2, width, max(2, width // 4 * 2)]), activation_function=r.activation(), layer_norm_epsilon=r.epsilon())
    fields["n_positions"] = fields["max_position_embeddings"] = max(fields["max_position_embeddings"], 16)
    return own.RECORD_GPTJ, {"most": fields["n_positions"] - 9}


def phi(r, fields, width):
    head_count = fields["num_attention_heads"]
    fields.update(intermediate_size=r.choice([1, 8, 33]), hidden_act=r.activation(), layer_norm_eps=r.epsilon(), qk_layernorm=r.maybe(),
                  num_key_value_heads=r.choice([None, *(k for k in range(1, head_count + 1) if head_count % k == 0)]),
                  rope_parameters=in_pairs(r, width, fields["max_position_embeddings"]))
    return own.RECORD_PHI, {"publish": older(r, fields)}


def in_pairs(r, width, positions):
    """Rotary positions of whole pairs: where a config takes half of one, or none, transformers does not run."""
    while True:
        fields = rope(r, width, positions, part=0.5)
        turned = int(width * fields.get("partial_rotary_factor", 0.5))
        if turned and turned % 2 == 0:
            return fields


def opt(r, fields, width):
    fields.update(ffn_dim=r.choice([1, 8, 33]), activation_function=r.activation(), do_layer_norm_before=r.maybe(0.6), _remove_final_layer_norm=r.maybe(0.3),
                  word_embed_proj_dim=r.choice([fields["hidden_size"], 6, 10]), enable_bias=r.maybe(0.7), layer_norm_elementwise_affine=r.maybe(0.9), dropout=0.0)
    return own.record_opt, {"most": fields["max_position_embeddings"] - 9}


def bloom(r, fields, width):
    fields.update(n_layer=fields.pop("num_hidden_layers"), n_head=fields.pop("num_attention_heads"), layer_norm_epsilon=r.epsilon(),
                  apply_residual_connection_post_layernorm=r.maybe(), slow_but_exact=r.maybe(0.2), pretraining_tp=r.choice([1, 1, 2]))
    return own.record_sloped, {}


def falcon(r, fields, width):
    head_count = fields["num_attention_heads"]
    is_new = r.maybe(0.4)
    fields.update(alibi=r.maybe(0.3), new_decoder_architecture=is_new, multi_query=r.maybe(), parallel_attn=is_new or r.maybe(), bias=r.maybe(),
                  ffn_hidden_size=r.choice([None, 1, 33]), activation=r.activation(), layer_norm_epsilon=r.epsilon(),
                  rope_parameters=rope(r, width, fields["max_position_embeddings"]))
    if is_new:
        fields.update(num_kv_heads=r.choice([k for k in range(1, head_count + 1) if head_count % k == 0]), num_ln_in_parallel_attn=r.choice([None, 1, 2]))
    return own.record_sloped, {"publish": older(r, fields), **({"attention": "sdpa"} if fields["alibi"] else {})}


FAMILIES = {
    "gpt_neox": decoder("GPTNeoX", hf.GPTNeoXConfig, own.gpt_neox, gpt_neox),
    "gptj": decoder("GPTJ", hf.GPTJConfig, own.gptj, gptj),
    "phi": decoder("Phi", hf.PhiConfig, own.phi, phi),
    "opt": decoder("OPT", hf.OPTConfig, own.opt, opt),
    "bloom": decoder("Bloom", hf.BloomConfig, own.bloom, bloom, positions=False),
    "falcon": decoder("Falcon", hf.FalconConfig, own.falcon, falcon, positions=False),
}
