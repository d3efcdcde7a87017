"""The Gemmas, flag by flag."""

import transformers.models.gemma.modeling_gemma as gemma
import transformers.models.gemma2.modeling_gemma2 as gemma2
import transformers.models.gemma3.modeling_gemma3 as gemma3
from transformers import Gemma2Config, Gemma3TextConfig, GemmaConfig

from golden_decoder import published, record_decoder, tiny
from golden_trace import Case, text_inputs


def record_second(modeling):
    return record_decoder(modeling, joined_attended="post_attention_layernorm", joined_mlp="post_feedforward_layernorm",
                          mlp_input="pre_feedforward_layernorm")


RECORD = record_decoder(gemma, mlp_input="post_attention_layernorm")
ROPE = ("rope_parameters",)


def gains(name, parameter, normal):
    """Stored gains are what they differ from 1."""
    if parameter.dim() == 1 and "norm" in name:
        normal(parameter, 0.3)
        return True
    return False


def case(model, config, record, **more):
    return Case(model, config, record, initialise=gains, **more)


CASES = {
    "gemma": case(
        gemma.GemmaForCausalLM, tiny(GemmaConfig, head_dim=8), RECORD, inputs=text_inputs(30), generate=8,
        publish=published(ROPE, rope_theta=10000.0, hidden_act="gelu", hidden_activation=None),
    ),
    "gemma-biases": case(
        gemma.GemmaForSequenceClassification,
        tiny(GemmaConfig, head_dim=6, attention_bias=True, tie_word_embeddings=False, hidden_act="silu", num_labels=3), RECORD,
        inputs=text_inputs(30, pad_side="left"), seed=2,
    ),
    "gemma2": case(
        gemma2.Gemma2ForCausalLM,
        tiny(Gemma2Config, head_dim=8, query_pre_attn_scalar=20, sliding_window=4, attn_logit_softcapping=1.5,
             final_logit_softcapping=3.0),
        record_second(gemma2), inputs=text_inputs(30), seed=3, generate=9,
        publish=published(("rope_parameters", "layer_types"), rope_theta=10000.0, hidden_act="gelu_pytorch_tanh",
                          cache_implementation="hybrid"),
    ),
    "gemma2-uncapped": case(
        gemma2.Gemma2ForTokenClassification,
        tiny(Gemma2Config, head_dim=6, query_pre_attn_scalar=6, sliding_window=3, attn_logit_softcapping=None,
             final_logit_softcapping=None, attention_bias=True, layer_types=["full_attention", "sliding_attention"],
             num_labels=3),
        record_second(gemma2), inputs=text_inputs(30, pad_side="left"), seed=4,
    ),
    "gemma3-text": case(
        gemma3.Gemma3ForCausalLM,
        tiny(Gemma3TextConfig, head_dim=8, query_pre_attn_scalar=20, sliding_window=4,
             layer_types=["sliding_attention", "full_attention"]),
        record_second(gemma3), inputs=text_inputs(30), seed=5, generate=9,
        publish=published(("rope_parameters", "layer_types"), sliding_window_pattern=2, rope_theta=1000000.0,
                          rope_local_base_freq=10000.0, rope_scaling={"factor": 8.0, "rope_type": "linear"}),
    ),
    "gemma3-text-both-ways": case(
        gemma3.Gemma3TextModel,
        tiny(Gemma3TextConfig, head_dim=6, query_pre_attn_scalar=6, sliding_window=6, use_bidirectional_attention=True,
             attention_bias=True, layer_types=["sliding_attention", "full_attention"],
             rope_parameters={"sliding_attention": {"rope_type": "default", "rope_theta": 100.0},
                              "full_attention": {"rope_type": "default", "rope_theta": 5000.0}}),
        record_second(gemma3), inputs=text_inputs(30, pad_side="left"), seed=6,
    ),
    "gemma3-text-capped-logits": case(
        gemma3.Gemma3ForCausalLM,
        tiny(Gemma3TextConfig, head_dim=6, query_pre_attn_scalar=12, sliding_window=3, final_logit_softcapping=2.0,
             num_hidden_layers=2, tie_word_embeddings=False),
        record_second(gemma3), inputs=text_inputs(30), seed=7,
    ),
}
