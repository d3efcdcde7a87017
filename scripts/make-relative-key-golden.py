"""Writes test/golden/<case> of models with relative_key positions, which transformers had until its version 5.

    pip install torch==2.13.0 transformers==4.57.1
    python scripts/make-relative-key-golden.py
"""

import importlib.util
from pathlib import Path

import transformers.models.bert.modeling_bert as bert
import transformers.models.electra.modeling_electra as electra
import transformers.models.roberta.modeling_roberta as roberta
from transformers import BertConfig, ElectraConfig, RobertaConfig

from golden_by_hand import record_layers, watch_attentions
from golden_trace import Case, text_inputs, write_case

HERE = Path(__file__).parent
SMALL = {
    "vocab_size": 30, "max_position_embeddings": 14, "num_hidden_layers": 2, "num_attention_heads": 2, "hidden_size": 12, "intermediate_size": 20,
}


def record(model, recorder):
    body = model.base_model
    layers = body.encoder.layer
    recorder.output(getattr(body, "embeddings_project", body.embeddings), "embeddings")
    # A module's merged heads go into the map behind it.
    maps = {layer.attention.self: layer.attention.output.dense for layer in layers}
    watch_attentions(
        recorder, {attention: f"layers.{number}." for number, attention in enumerate(maps)}, model.config.num_attention_heads,
        {"q": "query", "k": "key", "v": "value"}, maps.get,
    )
    record_layers(
        recorder, layers, lambda layer: layer.attention.output.dense, lambda layer: layer.attention.output, lambda layer: layer.output.dense,
    )
    if getattr(body, "pooler", None) is not None:
        recorder.output(body.pooler, "pooled")
    for name in ("cls", "lm_head", "classifier"):
        if hasattr(model, name):
            recorder.output(getattr(model, name), "logits")


CASES = {
    "bert-relative-key": Case(
        bert.BertForMaskedLM, BertConfig(**SMALL, position_embedding_type="relative_key"), record, text_inputs(30, kinds=2),
    ),
    "bert-relative-key-query": Case(
        bert.BertModel, BertConfig(**SMALL, position_embedding_type="relative_key_query", is_decoder=True, use_cache=False), record, text_inputs(30), seed=7,
    ),
    "roberta-relative-key-query": Case(
        roberta.RobertaForMaskedLM,
        RobertaConfig(**{**SMALL, "max_position_embeddings": 20}, position_embedding_type="relative_key_query", type_vocab_size=1), record,
        text_inputs(30, padding=1), seed=3,
    ),
    "electra-relative-key": Case(
        electra.ElectraForTokenClassification, ElectraConfig(**SMALL, embedding_size=8, position_embedding_type="relative_key", num_labels=3),
        record, text_inputs(30), seed=4,
    ),
}

spec = importlib.util.spec_from_file_location("gradients", HERE / "make-gradient-golden.py")
gradients = importlib.util.module_from_spec(spec)
spec.loader.exec_module(gradients)
for name, case in CASES.items():
    print(f"{name}: {write_case(name, case, HERE.parent / 'test' / 'golden' / name) / 1000:.0f} kB")
gradients.write("bert-relative-key-query", CASES["bert-relative-key-query"])
