"""What the cases of families of images share: pixels, and the sites of encoders like ViT."""

import functools

import torch


def pixels(height, width, channels=3, seed=5, count=2):
    return {"pixels": torch.randn(count, channels, height, width, generator=torch.Generator().manual_seed(seed))}


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


def hidden(made, patches, seed=8):
    """Inputs with some patches that are not seen."""
    count = made["pixels"].shape[0]
    return {**made, "hiddenPatches": torch.randint(2, (count, patches), generator=torch.Generator().manual_seed(seed))}


def painting(record):
    """The same, with what a head makes of hidden patches."""

    def hang(model, recorder):
        record(model, recorder)
        recorder.output(model.decoder, "reconstruction")

    return hang


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
        recorder.attention(modeling, layers_of(body))
        record_layers(body, recorder, entering, last)
        for projection in ("visual_projection", "text_projection"):
            if hasattr(model, projection):
                recorder.output(getattr(model, projection), "projected")
        if hasattr(model, "classifier"):
            recorder.output(model.classifier, "logits")
        else:
            record_pooled(body, recorder)

    return record


def record_towers(modeling, entering, last, projections):
    """record(model, recorder) of both towers in one run; `entering`, `last` and `projections` by tower."""

    def record(model, recorder):
        bodies = {"text": model.text_model, "vision": model.vision_model}
        recorder.attention(modeling, {module: place for tower, body in bodies.items() for module, place in layers_of(body, f"{tower}.").items()})
        for tower, body in bodies.items():
            record_layers(body, recorder, entering[tower], last[tower], f"{tower}.")
            record_pooled(body, recorder, f"{tower}.")
            if tower in projections:
                recorder.output(getattr(model, projections[tower]), f"{tower}.projected")
        plain = model.forward

        def forward(**inputs):
            out = plain(**inputs)
            recorder.put("text.embeds", out.text_embeds)
            recorder.put("vision.embeds", out.image_embeds)
            recorder.put("logitsPerText", out.logits_per_text)
            recorder.put("logitsPerImage", out.logits_per_image)
            return out

        model.forward = forward

    return record


def layers_of(body, stack=""):
    return {layer.self_attn: f"{stack}layers.{number}." for number, layer in enumerate(body.encoder.layers)}


def record_layers(body, recorder, entering, last, stack=""):
    layers = body.encoder.layers
    recorder.output(getattr(body, entering), f"{stack}embeddings")
    for number, layer in enumerate(layers):
        recorder.output(layer.self_attn, f"{stack}layers.{number}.attended")
        recorder.entering(layer.layer_norm2, f"{stack}layers.{number}.middle")
        recorder.output(layer.mlp, f"{stack}layers.{number}.mlp")
        recorder.output(layer, f"{stack}layers.{number}.residual")
    recorder.output(getattr(body, last) if last else layers[-1], f"{stack}final")


def record_pooled(body, recorder, stack=""):
    plain = body.forward

    def forward(*given, **inputs):
        out = plain(*given, **inputs)
        if out.pooler_output is not None:
            recorder.put(f"{stack}pooled", out.pooler_output)
        return out

    body.forward = forward


def renaming(names):
    """Gives a checkpoint the names of transformers 5's own modules, which its files do not have."""
    def renamed(config, tensors):
        def name(stored):
            for old, new in names.items():
                stored = stored.replace(old, new)
            return stored

        return config, {name(key): value for key, value in tensors.items()}

    return renamed
