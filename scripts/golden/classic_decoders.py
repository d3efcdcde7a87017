"""Decoders from before Llama's layout became everyone's: parallel blocks, slopes, fused maps, flag by flag."""

import math

import torch
import transformers.models.bloom.modeling_bloom as bloom
import transformers.models.falcon.modeling_falcon as falcon
import transformers.models.gpt_neox.modeling_gpt_neox as gpt_neox
import transformers.models.gptj.modeling_gptj as gptj
import transformers.models.opt.modeling_opt as opt
import transformers.models.phi.modeling_phi as phi
from transformers import BloomConfig, FalconConfig, GPTJConfig, GPTNeoXConfig, OPTConfig, PhiConfig

from golden_decoder import body_of, published, record_decoder, record_head, tiny
from golden_trace import Case, text_inputs, without

ROPE = ("rope_parameters",)


def neox(is_parallel=True):
    return record_decoder(gpt_neox, attention="attention", final="final_layer_norm", is_parallel=is_parallel,
                          mlp_input="post_attention_layernorm")


RECORD_GPTJ = record_decoder(gptj, layers="h", attention="attn", final="ln_f", is_parallel=True)
RECORD_PHI = record_decoder(phi, final="final_layernorm", is_parallel=True)


def record_opt(model, recorder):
    body, config = body_of(model), model.config
    prefixes = {w.self_attn: f"layers.{l}." for l, w in enumerate(body.layers)}
    recorder.attention(opt, prefixes, scaled=lambda module: module.scaling)
    recorder.entering(body.layers[0], "embeddings")
    # Its feed-forward sees all tokens in one row.
    whole = lambda tensor: tensor.reshape(*recorder.sites["embeddings"].shape[:2], -1)
    for number, layer in enumerate(body.layers):
        name = f"layers.{number}."
        recorder.output(layer.self_attn, name + "attended")
        if config.do_layer_norm_before:
            layer.final_layer_norm.register_forward_pre_hook(
                lambda _module, inputs, name=name: recorder.put(name + "middle", whole(inputs[0])))
        else:
            recorder.output(layer.self_attn_layer_norm, name + "middle")
        recorder.output(layer.fc2, name + "mlp", whole)
        recorder.output(layer, name + "residual")
    body.register_forward_hook(lambda _module, _inputs, output: recorder.put("final", output.last_hidden_state))
    record_head(model, recorder)


def record_sloped(model, recorder):
    """bloom and falcon, whose attention is in no function of its own: its numbers are made again from what it is given."""
    body = body_of(model)
    recorder.entering(body.h[0], "embeddings")
    for number, layer in enumerate(body.h):
        name = f"layers.{number}."
        attention = layer.self_attention
        attention.register_forward_pre_hook(
            lambda module, args, given, name=name: attend(module, name, recorder, *args, **given), with_kwargs=True)
        recorder.output(attention.dense, name + "attended")
        recorder.output(layer.mlp.dense_4h_to_h, name + "mlp")
        middle_of(layer, name, recorder)
        recorder.output(layer, name + "residual")
    recorder.output(body.ln_f, "final")
    record_head(model, recorder)


def middle_of(layer, name, recorder):
    config = getattr(layer, "config", None)
    if config is None:
        recorder.output(layer.self_attention, name + "middle")
        return

    def hook(_module, inputs, _output):
        recorder.put(name + "middle", inputs[0] + recorder.sites[name + "attended"])

    layer.register_forward_hook(hook)


def attend(module, name, recorder, hidden, *_rest, alibi, attention_mask, position_embeddings=None, **_given):
    fused = module.query_key_value(hidden)
    if isinstance(module, bloom.BloomAttention):
        q, k, v = module._reshape(fused)
    else:
        q, k, v = (part.transpose(1, 2) for part in module._split_heads(fused))
        if position_embeddings is not None and alibi is None:
            q, k = falcon.apply_rotary_pos_emb(q, k, *position_embeddings)
        every = q.shape[1] // module.num_kv_heads if module.new_decoder_architecture else 1
        k, v = k[:, ::every], v[:, ::every]
    groups = q.shape[1] // k.shape[1]
    wide = lambda part: part.repeat_interleave(groups, 1)
    scores = q @ wide(k).transpose(2, 3) / math.sqrt(q.shape[-1])
    if alibi is not None:
        bias = alibi.reshape(q.shape[0], q.shape[1], 1, -1).expand_as(scores)
        if isinstance(module, bloom.BloomAttention):
            scores = scores + bias
        else:
            # The mask that falcon gives its layers holds the slopes already.
            bias = bias / math.sqrt(q.shape[-1])
        recorder.put(name + "scores.bias", bias)
    if attention_mask is not None and attention_mask.dtype == torch.bool:
        attention_mask = torch.where(attention_mask, 0.0, torch.finfo(torch.float32).min)
    scores = without(scores, attention_mask)
    weights = scores.masked_fill(torch.isneginf(scores), -1e30).softmax(-1)
    for site, value in (("q", q), ("k", k), ("v", v), ("scores", scores), ("weights", weights), ("mixed", weights @ wide(v))):
        recorder.put(name + site, value)


def gptj_config(**changes):
    return GPTJConfig(**{"vocab_size": 30, "n_embd": 16, "n_layer": 2, "n_head": 2, "n_positions": 16, "rotary_dim": 4,
                         "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, **changes})


def opt_config(**changes):
    return tiny(OPTConfig, **{"ffn_dim": 20, "dropout": 0.0, "pad_token_id": 1, **changes})


def bloom_config(**changes):
    return BloomConfig(**{"vocab_size": 30, "hidden_size": 12, "n_layer": 2, "n_head": 2, "pad_token_id": 3, **changes})


def falcon_config(**changes):
    return FalconConfig(**{"vocab_size": 30, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 4, "pad_token_id": 0,
                           "bos_token_id": 1, "eos_token_id": 2, "max_position_embeddings": 16, **changes})


CASES = {
    "gpt-neox": Case(
        gpt_neox.GPTNeoXForCausalLM, tiny(GPTNeoXConfig, hidden_size=16, rope_parameters={
            "rope_type": "default", "rope_theta": 10000.0, "partial_rotary_factor": 0.25}), neox(), text_inputs(30), generate=8,
        publish=lambda config, tensors: published(ROPE, rotary_pct=0.25, rotary_emb_base=10000)(
            config, {name.replace("lm_head.", "embed_out."): value for name, value in tensors.items()}),
    ),
    "gpt-neox-in-turn": Case(
        gpt_neox.GPTNeoXForTokenClassification,
        tiny(GPTNeoXConfig, use_parallel_residual=False, attention_bias=False, num_labels=3, hidden_act="silu", rope_parameters={
            "rope_type": "linear", "rope_theta": 500.0, "factor": 2.0, "partial_rotary_factor": 0.7}),
        neox(is_parallel=False), text_inputs(30, pad_side="left"), seed=2,
    ),
    "gpt-neox-half-pair": Case(
        gpt_neox.GPTNeoXModel,
        tiny(GPTNeoXConfig, hidden_size=24, num_hidden_layers=1, rope_parameters={"rope_type": "default", "rope_theta": 100.0, "partial_rotary_factor": 0.25}),
        neox(), text_inputs(30), seed=16,
    ),
    "gptj": Case(
        gptj.GPTJForCausalLM, gptj_config(), RECORD_GPTJ, text_inputs(30), seed=3, generate=8,
        publish=published(rotary=True, scale_attn_weights=True),
    ),
    "gptj-tied": Case(
        gptj.GPTJForSequenceClassification, gptj_config(n_inner=20, rotary_dim=8, num_labels=3, activation_function="relu"),
        RECORD_GPTJ, text_inputs(30, pad_side="left"), seed=4,
    ),
    "phi": Case(
        phi.PhiForCausalLM, tiny(PhiConfig, hidden_size=16, num_key_value_heads=None), RECORD_PHI, text_inputs(30), seed=5,
        generate=8, publish=published(ROPE, rope_theta=10000.0, rope_scaling=None, partial_rotary_factor=0.5),
    ),
    "phi-normed": Case(
        phi.PhiForTokenClassification, tiny(PhiConfig, hidden_size=16, qk_layernorm=True, num_labels=3, hidden_act="silu"),
        RECORD_PHI, text_inputs(30, pad_side="left"), seed=6,
    ),
    "opt": Case(
        opt.OPTForCausalLM, opt_config(), record_opt, text_inputs(30, padding=1), seed=7, generate=8,
        publish=published(prefix="</s>"),
    ),
    "opt-norms-last": Case(
        opt.OPTForCausalLM, opt_config(do_layer_norm_before=False, word_embed_proj_dim=10), record_opt,
        text_inputs(30, padding=1, pad_side="left"), seed=8, generate=8,
    ),
    "opt-norms-unlearned": Case(
        opt.OPTForCausalLM, opt_config(layer_norm_elementwise_affine=False, num_hidden_layers=2), record_opt, text_inputs(30, padding=1), seed=11, generate=8,
    ),
    "opt-plain": Case(
        opt.OPTForSequenceClassification,
        opt_config(enable_bias=False, _remove_final_layer_norm=True, activation_function="gelu", num_labels=3), record_opt,
        text_inputs(30, padding=1, pad_side="left"), seed=9,
    ),
    "bloom": Case(
        bloom.BloomForCausalLM, bloom_config(), record_sloped, text_inputs(30, padding=3, pad_side="left"), seed=10, generate=8,
        publish=lambda config, tensors: published(("hidden_size",), n_embed=12, attention_softmax_in_fp32=True)(
            config, {name.removeprefix("transformer."): value for name, value in tensors.items()}),
    ),
    "bloom-three-heads": Case(
        bloom.BloomForTokenClassification,
        bloom_config(n_head=3, apply_residual_connection_post_layernorm=True, num_labels=3), record_sloped,
        text_inputs(30, padding=3), seed=11,
    ),
    "falcon": Case(
        falcon.FalconForCausalLM, falcon_config(), record_sloped, text_inputs(30), seed=12, generate=8,
        publish=published(ROPE, apply_residual_connection_post_layernorm=False),
    ),
    "falcon-grouped": Case(
        falcon.FalconForTokenClassification,
        falcon_config(new_decoder_architecture=True, num_kv_heads=2, bias=True, ffn_hidden_size=20, num_labels=3), record_sloped,
        text_inputs(30, pad_side="left"), seed=13,
    ),
    "falcon-one-norm": Case(
        falcon.FalconForQuestionAnswering,
        falcon_config(new_decoder_architecture=True, num_ln_in_parallel_attn=1, num_kv_heads=4, activation="relu"), record_sloped,
        text_inputs(30), seed=14,
    ),
    "falcon-sloped": Case(
        falcon.FalconForCausalLM,
        falcon_config(alibi=True, multi_query=False, parallel_attn=False, bias=True, num_attention_heads=3, hidden_size=12),
        record_sloped, text_inputs(30, pad_side="left"), seed=15, attention="sdpa", generate=8,
    ),
}
