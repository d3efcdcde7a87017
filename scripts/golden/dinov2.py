import transformers.models.dinov2.modeling_dinov2 as modeling
import transformers.models.dinov2_with_registers.modeling_dinov2_with_registers as registers_modeling
from transformers import Dinov2Config, Dinov2WithRegistersConfig

from golden_pictures import pixels, record_encoder
from golden_trace import Case


def config(kind=Dinov2Config, **changes):
    return kind(**{
        "hidden_size": 12, "num_hidden_layers": 2, "num_attention_heads": 2, "mlp_ratio": 2, "image_size": 12, "patch_size": 4,
        "num_labels": 3, **changes,
    })


def scales(recorder, layer, prefix):
    recorder.output(layer.layer_scale1, f"{prefix}attended.joined")
    recorder.output(layer.layer_scale2, f"{prefix}mlp.joined")


def recorder_of(modeling, name):
    hang = record_encoder(modeling, name, behind="norm2", layers=lambda body: body.encoder.layer, scales=scales)

    def record(model, recorder):
        hang(model, recorder)
        if hasattr(model, "classifier"):
            return
        plain = model.forward

        def forward(**inputs):
            out = plain(**inputs)
            recorder.put("pooled", out.pooler_output)
            return out

        model.forward = forward

    return record


def initialise(name, parameter, normal):
    if "lambda1" in name:
        normal(parameter, 0.4, 0.7)
    return "lambda1" in name


record = recorder_of(modeling, "dinov2")
with_registers = recorder_of(registers_modeling, "dinov2_with_registers")

CASES = {
    "dinov2": Case(modeling.Dinov2Model, config(), record, pixels(12, 12), initialise=initialise, seed=41, note="layer scale; the class token as pooled"),
    "dinov2-gated": Case(
        modeling.Dinov2Model, config(use_swiglu_ffn=True, layer_norm_eps=1e-3, num_hidden_layers=1), record, pixels(8, 18), initialise=initialise,
        seed=42, note="gated feed-forward; trained on 12 x 12 pixels, given 8 x 18",
    ),
    "dinov2-classify": Case(
        modeling.Dinov2ForImageClassification, config(qkv_bias=False, hidden_act="relu", use_mask_token=False, num_hidden_layers=1), record,
        pixels(24, 16), initialise=initialise, seed=43, note="class token and mean of the patches; given 24 x 16 pixels",
    ),
    "dinov2-with-registers": Case(
        registers_modeling.Dinov2WithRegistersModel, config(Dinov2WithRegistersConfig, num_register_tokens=3, image_size=20), with_registers,
        pixels(12, 28), initialise=initialise, seed=44, note="three registers; trained on 20 x 20 pixels, given 12 x 28: antialiased",
    ),
    "dinov2-with-registers-classify": Case(
        registers_modeling.Dinov2WithRegistersForImageClassification,
        config(Dinov2WithRegistersConfig, num_register_tokens=2, num_hidden_layers=1, use_swiglu_ffn=True), with_registers, pixels(12, 12),
        initialise=initialise, seed=45, note="two registers, which the mean leaves out; gated",
    ),
}
