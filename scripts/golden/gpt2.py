import transformers.models.gpt2.modeling_gpt2 as modeling
from transformers import GPT2Config

from golden_trace import Case, text_inputs


def record(model, recorder):
    body = model.transformer
    recorder.entering(body.h[0], "embeddings")
    recorder.attention(modeling, {layer.attn: f"layers.{number}." for number, layer in enumerate(body.h)})
    for number, layer in enumerate(body.h):
        recorder.output(layer.attn, f"layers.{number}.attended")
        recorder.entering(layer.ln_2, f"layers.{number}.middle")
        recorder.output(layer.mlp, f"layers.{number}.mlp")
        recorder.output(layer, f"layers.{number}.residual")
    recorder.output(body.ln_f, "final")
    recorder.output(model.lm_head, "logits")


CASES = {
    "gpt2-by-layer": Case(
        modeling.GPT2LMHeadModel,
        GPT2Config(
            vocab_size=30, n_positions=14, n_embd=12, n_layer=3, n_head=2, n_inner=20, scale_attn_by_inverse_layer_idx=True, bos_token_id=1, eos_token_id=2,
        ),
        record, text_inputs(30), note="scores divided by the layer's number, a feed-forward of another width", generate=6,
    ),
}
