"""What the cases of families of images share: pixels, and the sites of encoders like ViT."""

import functools

import torch


def pixels(height, width, channels=3, seed=5):
    return {"pixels": torch.randn(2, channels, height, width, generator=torch.Generator().manual_seed(seed))}


def record_encoder(modeling, name, behind="layernorm_after", layers=lambda body: body.layers, scales=None):
    """record(model, recorder) of a family: `behind` is the norm before feed-forward, `scales` gives a layer's two learned multipliers."""

    def record(model, recorder):
        body = getattr(model, name, model)
        recorder.output(body.embeddings, "embeddings")
        recorder.attention(modeling, {layer.attention: f"layers.{number}." for number, layer in enumerate(layers(body))})
        for number, layer in enumerate(layers(body)):
            for part, site in ((layer.attention, "attended"), (layer.mlp, "mlp")):
                recorder.output(part, f"layers.{number}.{site}")
            recorder.entering(getattr(layer, behind), f"layers.{number}.middle")
            recorder.output(layer, f"layers.{number}.residual")
            if scales:
                scales(recorder, layer, f"layers.{number}.")
        recorder.output(body.layernorm, "final")
        if getattr(body, "pooler", None):
            recorder.output(body.pooler, "pooled")
        if hasattr(model, "classifier"):
            recorder.output(model.classifier, "logits")

    return record


def interpolated(record):
    """The same, with positions for images of another size."""

    def hang(model, recorder):
        record(model, recorder)
        model.forward = functools.partial(model.forward, interpolate_pos_encoding=True)

    return hang


def record_tower(modeling, name, entering, last):
    """record(model, recorder) of a tower of CLIP or SigLIP: the module whose output enters layer 0, and the norm that gives `final` (or None)."""

    def record(model, recorder):
        body = getattr(model, name, model)
        layers = body.encoder.layers
        recorder.output(getattr(body, entering), "embeddings")
        recorder.attention(modeling, {layer.self_attn: f"layers.{number}." for number, layer in enumerate(layers)})
        for number, layer in enumerate(layers):
            recorder.output(layer.self_attn, f"layers.{number}.attended")
            recorder.entering(layer.layer_norm2, f"layers.{number}.middle")
            recorder.output(layer.mlp, f"layers.{number}.mlp")
            recorder.output(layer, f"layers.{number}.residual")
        recorder.output(getattr(body, last) if last else layers[-1], "final")
        for projection in ("visual_projection", "text_projection"):
            if hasattr(model, projection):
                recorder.output(getattr(model, projection), "projected")
        if hasattr(model, "classifier"):
            recorder.output(model.classifier, "logits")
            return
        plain = body.forward

        def forward(*given, **inputs):
            out = plain(*given, **inputs)
            if out.pooler_output is not None:
                recorder.put("pooled", out.pooler_output)
            return out

        body.forward = forward

    return record
