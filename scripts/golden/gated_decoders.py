"""Decoders in Llama's layout: what each has of its own, flag by flag."""

import torch
import transformers.models.granite.modeling_granite as granite
import transformers.models.mistral.modeling_mistral as mistral
import transformers.models.olmo2.modeling_olmo2 as olmo2
import transformers.models.phi3.modeling_phi3 as phi3
import transformers.models.qwen2.modeling_qwen2 as qwen2
import transformers.models.qwen3.modeling_qwen3 as qwen3
import transformers.models.smollm3.modeling_smollm3 as smollm3
from transformers import GraniteConfig, MistralConfig, Olmo2Config, Phi3Config, Qwen2Config, Qwen3Config, SmolLM3Config

from golden_decoder import published, record_decoder, tiny
from golden_trace import Case, text_inputs


def gated(modeling, **changes):
    return record_decoder(modeling, mlp_input="post_attention_layernorm", **changes)


RECORD_GRANITE = gated(granite, factor=lambda config: config.residual_multiplier)
RECORD_OLMO2 = record_decoder(olmo2, joined_attended="post_attention_layernorm", joined_mlp="post_feedforward_layernorm")
ROPE = ("rope_parameters",)


def packed():
    return {"ids": text_inputs(30)["ids"], "positions": torch.tensor([[0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 5]] * 2)}


CASES = {
    "mistral": Case(
        mistral.MistralForCausalLM, tiny(MistralConfig, head_dim=8, sliding_window=4), gated(mistral),
        text_inputs(30, pad_side="left"), generate=9,
        publish=published(ROPE, rope_theta=10000.0),
    ),
    "mistral-whole": Case(
        mistral.MistralForSequenceClassification,
        tiny(MistralConfig, sliding_window=None, num_key_value_heads=2, tie_word_embeddings=True, num_labels=3),
        gated(mistral), text_inputs(30), seed=2, publish=published(ROPE, rope_theta=500.0),
    ),
    "mistral-packed": Case(
        mistral.MistralModel, tiny(MistralConfig, sliding_window=3, use_cache=False), gated(mistral), packed(), seed=33,
    ),
    "qwen2": Case(
        qwen2.Qwen2ForCausalLM, tiny(Qwen2Config, tie_word_embeddings=True), gated(qwen2), text_inputs(30), seed=4, generate=8,
        publish=published(("rope_parameters", "layer_types"), rope_theta=1000000.0, use_sliding_window=False,
                          sliding_window=32768, max_window_layers=21),
    ),
    "qwen2-windows": Case(
        qwen2.Qwen2ForTokenClassification,
        tiny(Qwen2Config, use_sliding_window=True, sliding_window=3, max_window_layers=1, num_labels=3), gated(qwen2),
        text_inputs(30), seed=5, publish=published(("layer_types",)),
    ),
    "qwen3": Case(
        qwen3.Qwen3ForCausalLM, tiny(Qwen3Config, head_dim=8, tie_word_embeddings=True), gated(qwen3), text_inputs(30), seed=6,
        generate=8, publish=published(("rope_parameters", "layer_types"), rope_theta=1000000.0, rope_scaling=None),
    ),
    "qwen3-windows": Case(
        qwen3.Qwen3ForQuestionAnswering,
        tiny(Qwen3Config, head_dim=10, attention_bias=True, use_sliding_window=True, sliding_window=4,
             layer_types=["sliding_attention", "full_attention"],
             rope_parameters={"rope_type": "yarn", "rope_theta": 100.0, "factor": 4.0, "original_max_position_embeddings": 4}),
        gated(qwen3), text_inputs(30, pad_side="left"), seed=7,
    ),
    "olmo2": Case(
        olmo2.Olmo2ForCausalLM, tiny(Olmo2Config), RECORD_OLMO2, text_inputs(30, padding=1), seed=8, generate=8,
        publish=published(ROPE, rope_theta=500000.0, rope_scaling=None),
    ),
    "olmo2-biases": Case(
        olmo2.Olmo2Model, tiny(Olmo2Config, attention_bias=True, num_key_value_heads=2), RECORD_OLMO2,
        text_inputs(30, pad_side="left"), seed=9,
    ),
    "smollm3": Case(
        smollm3.SmolLM3ForCausalLM, tiny(SmolLM3Config, no_rope_layers=[1, 0]), gated(smollm3), text_inputs(30), seed=10,
        generate=8, publish=published(ROPE, rope_theta=5000000.0, rope_scaling=None),
    ),
    "smollm3-windows": Case(
        smollm3.SmolLM3ForQuestionAnswering,
        tiny(SmolLM3Config, no_rope_layer_interval=2, use_sliding_window=True, sliding_window=4, attention_bias=True,
             mlp_bias=True, tie_word_embeddings=False),
        gated(smollm3), text_inputs(30, pad_side="left"), seed=11, publish=published(("layer_types", "no_rope_layers")),
    ),
    "granite": Case(
        granite.GraniteForCausalLM,
        tiny(GraniteConfig, embedding_multiplier=12.0, attention_multiplier=0.3, residual_multiplier=0.22, logits_scaling=8.0,
             tie_word_embeddings=True),
        RECORD_GRANITE, text_inputs(30), seed=12, generate=8, publish=published(ROPE, rope_theta=10000.0, rope_scaling=None),
    ),
    "granite-biases": Case(
        granite.GraniteModel, tiny(GraniteConfig, attention_bias=True, mlp_bias=True, residual_multiplier=0.5),
        RECORD_GRANITE, text_inputs(30, pad_side="left"), seed=13,
    ),
    "phi3": Case(
        phi3.Phi3ForCausalLM, tiny(Phi3Config, sliding_window=5), gated(phi3), text_inputs(30), seed=14, generate=8,
        publish=published(ROPE, rope_theta=10000.0, rope_scaling=None),
    ),
    "phi3-part": Case(
        phi3.Phi3ForTokenClassification,
        tiny(Phi3Config, hidden_size=16, num_labels=3, original_max_position_embeddings=8, rope_parameters={
            "rope_type": "longrope", "rope_theta": 10000.0, "partial_rotary_factor": 0.75,
            "short_factor": [1.0, 1.1, 1.3], "long_factor": [1.0, 1.5, 4.0]}),
        gated(phi3), text_inputs(30), seed=15,
        publish=published(ROPE, rope_theta=10000.0, partial_rotary_factor=0.75, rope_scaling={
            "type": "su", "original_max_position_embeddings": 8, "short_factor": [1.0, 1.1, 1.3],
            "long_factor": [1.0, 1.5, 4.0]}),
    ),
    "phi3-long": Case(
        phi3.Phi3ForCausalLM,
        tiny(Phi3Config, original_max_position_embeddings=8, max_position_embeddings=32, rope_parameters={
            "rope_type": "longrope", "rope_theta": 10000.0, "short_factor": [1.0, 1.1, 1.3], "long_factor": [1.0, 2.5, 9.0]}),
        gated(phi3), text_inputs(30), seed=41, generate=18,
    ),
}
