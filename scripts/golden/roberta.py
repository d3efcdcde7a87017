import torch
import transformers.models.camembert.modeling_camembert as camembert
import transformers.models.roberta.modeling_roberta as roberta
import transformers.models.xlm_roberta.modeling_xlm_roberta as xlm_roberta
from transformers import CamembertConfig, RobertaConfig, XLMRobertaConfig

from golden_trace import Case, text_inputs

SMALL = {
    "vocab_size": 30, "max_position_embeddings": 20, "num_hidden_layers": 2, "num_attention_heads": 2, "hidden_size": 12,
    "intermediate_size": 20, "type_vocab_size": 1,
}


def record(modeling):
    def hang(model, recorder):
        body = getattr(model, "roberta", model)
        layers = body.encoder.layer
        recorder.output(body.embeddings, "embeddings")
        recorder.attention(modeling, {w.attention.self: f"layers.{l}." for l, w in enumerate(layers)})
        for number, layer in enumerate(layers):
            recorder.output(layer.attention.output.dense, f"layers.{number}.attended")
            recorder.output(layer.attention, f"layers.{number}.middle")
            recorder.output(layer.output.dense, f"layers.{number}.mlp")
            recorder.output(layer, f"layers.{number}.residual")
        recorder.output(layers[-1], "final")
        if body.pooler is not None:
            recorder.output(body.pooler, "pooled")
        for name in ("lm_head", "classifier", "qa_outputs"):
            if hasattr(model, name):
                recorder.output(getattr(model, name), "logits")

    return hang


def padded_inside():
    """A padding id in the middle of a text that the mask calls real, and types."""
    inputs = text_inputs(30, 11, kinds=2, padding=3)
    inputs["ids"][0, 4] = 3
    return inputs


def shifted():
    inputs = text_inputs(30, 11, padding=1)
    inputs["positions"] = torch.arange(11).flip(0).expand(2, -1).contiguous() + 2
    return inputs


def older(config, tensors):
    """As older files are: buffers and copies of tied tensors stored too, fields equal to a default left out."""
    tensors["roberta.embeddings.position_ids"] = torch.arange(20)[None]
    tensors["lm_head.decoder.weight"] = tensors["roberta.embeddings.word_embeddings.weight"].clone()
    tensors["lm_head.decoder.bias"] = tensors["lm_head.bias"].clone()
    for name in ("pad_token_id", "layer_norm_eps", "hidden_act", "tie_word_embeddings", "is_decoder", "add_cross_attention"):
        del config[name]
    config["position_embedding_type"] = "absolute"
    return config, tensors


CASES = {
    "roberta-classify": Case(
        roberta.RobertaForSequenceClassification,
        RobertaConfig(**{**SMALL, "type_vocab_size": 2, "pad_token_id": 3, "num_labels": 3, "hidden_act": "relu", "layer_norm_eps": 1e-3}),
        record(roberta), padded_inside(),
    ),
    "roberta-untied": Case(
        roberta.RobertaForMaskedLM, RobertaConfig(**SMALL, tie_word_embeddings=False, hidden_act="silu"),
        record(roberta), shifted(), seed=2,
    ),
    "roberta-causal": Case(
        roberta.RobertaForCausalLM, RobertaConfig(**SMALL, is_decoder=True), record(roberta), text_inputs(30, padding=1), seed=3,
    ),
    "roberta-qa": Case(roberta.RobertaForQuestionAnswering, RobertaConfig(**SMALL), record(roberta), text_inputs(30, padding=1), seed=4),
    "camembert": Case(
        camembert.CamembertForMaskedLM, CamembertConfig(**SMALL), record(camembert), text_inputs(30, padding=1), seed=5, publish=older,
    ),
    "xlm-roberta": Case(
        xlm_roberta.XLMRobertaModel, XLMRobertaConfig(**SMALL), record(xlm_roberta), text_inputs(30, padding=1), seed=6,
    ),
}
