import transformers.models.deit.modeling_deit as modeling
from transformers import DeiTConfig

from golden_pictures import hidden, interpolated, painting, pixels, record_encoder
from golden_trace import Case


def config(**changes):
    return DeiTConfig(**{
        "hidden_size": 12, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 20, "image_size": 12,
        "patch_size": 4, "encoder_stride": 4, "num_labels": 3, **changes,
    })


record = record_encoder(modeling, "deit")


def with_teacher(model, recorder):
    record(model, recorder)
    plain = model.forward

    def forward(**inputs):
        out = plain(**inputs)
        recorder.put("logits", out.logits)
        return out

    model.forward = forward


CASES = {
    "deit-teacher": Case(
        modeling.DeiTForImageClassificationWithTeacher, config(), with_teacher, pixels(12, 12), note="two classifiers, averaged", seed=31,
    ),
    "deit": Case(
        modeling.DeiTForImageClassification, config(qkv_bias=False, hidden_act="gelu_new", num_hidden_layers=1), record, pixels(12, 12), seed=32,
        note="one classifier, no biases on q, k, v",
    ),
    "deit-larger": Case(
        modeling.DeiTModel, config(layer_norm_eps=1e-3, num_hidden_layers=1, pooler_output_size=5, pooler_act="relu"), interpolated(record),
        pixels(20, 16), seed=33, note="trained on 12 x 12 pixels, given 20 x 16; pooler",
    ),
    "deit-masked": Case(
        modeling.DeiTForMaskedImageModeling, config(num_hidden_layers=1, encoder_stride=3), painting(record), pixels(12, 12), seed=34,
        note="a head that paints fewer pixels than a patch has; nothing is hidden",
    ),
}
