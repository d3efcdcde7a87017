"""One tiny model with random weights → config.json, model.safetensors, trace.safetensors (format heed-trace-1)."""

import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable

import torch
import transformers
from safetensors.torch import load_file, save_file

ARGUMENTS = {
    "ids": "input_ids", "mask": "attention_mask", "types": "token_type_ids", "positions": "position_ids",
    "pixels": "pixel_values", "features": "input_features", "decoderIds": "decoder_input_ids", "decoderMask": "decoder_attention_mask",
    "hiddenPatches": "bool_masked_pos", "globalMask": "global_attention_mask", "permMask": "perm_mask", "targetMapping": "target_mapping",
}


@dataclass
class Case:
    """A model class of transformers, its config, and how its sites are recorded."""

    model: type
    config: Any
    # record(model, recorder) hangs the recorder on the model's modules.
    record: Callable
    # Inputs by heed's names; text_inputs() where nothing is said.
    inputs: dict = field(default_factory=dict)
    note: str = ""
    seed: int = 1
    # Changes the config.json, as a dict, and the stored tensors before they are written: names that older files have.
    publish: Callable | None = None
    # Changes the model before its weights are filled: a tied head that gets a matrix of its own.
    prepare: Callable | None = None
    # initialise(name, parameter) may fill a parameter and return True; others are filled by random_weights.
    initialise: Callable | None = None
    # Which of transformers' ways of attention is recorded: "sdpa" where the eager one is another model (Falcon with slopes).
    attention: str = "eager"
    # New tokens of a greedy generation behind the first half of row 0, without a token that ends it.
    generate: int = 0


class Recorder:
    """Takes sites down while the model runs."""

    def __init__(self):
        self.sites = {}
        self.calls = {}
        # What gradients are taken of: the tensor the model goes on with, and how the site is made of it.
        self.graph = {}

    def put(self, site, tensor, of=None, change=lambda tensor: tensor):
        """A site; `of` and `change` say how it is made of a tensor the model goes on with, where it is not that tensor itself."""
        assert site not in self.sites, f"{site} came twice"
        self.sites[site] = tensor.detach().float().contiguous().clone()
        self.graph[site] = (tensor if of is None else of, change)

    def call(self, module):
        """How often this module ran before: layers that share weights are one module."""
        self.calls[module] = self.calls.get(module, -1) + 1
        return self.calls[module]

    def output(self, module, site, change=lambda tensor: tensor):
        """The output of a module; `site` may be a function of how often it ran before."""
        count = iter(range(1000))

        def hook(_module, _inputs, output):
            tensor = output if isinstance(output, torch.Tensor) else output[0]
            self.put(site(next(count)) if callable(site) else site, change(tensor), tensor, change)

        module.register_forward_hook(hook)

    def entering(self, module, site):
        """The first positional input of a module."""
        count = iter(range(1000))
        module.register_forward_pre_hook(
            lambda _module, inputs: self.put(site(next(count)) if callable(site) else site, inputs[0])
        )

    def attention(self, modeling, prefixes, scaled=lambda module: 1.0):
        """q, k, v, scores, weights, mixed through the modeling file's own eager_attention_forward.

        prefixes: attention module → "layers.0.", or a function of how often it ran before.
        scaled: what a module's queries were multiplied by before they came here.
        """
        plain = getattr(modeling.eager_attention_forward, "plain", modeling.eager_attention_forward)

        def watched(module, query, key, value, attention_mask, scaling=None, **rest):
            mixed, weights = plain(module, query, key, value, attention_mask, scaling=scaling, **rest)
            prefix = prefixes.get(module)
            if prefix is None:
                return mixed, weights
            if callable(prefix):
                prefix = prefix(self.call(module))
            groups = query.shape[1] // key.shape[1]
            scale = query.shape[-1] ** -0.5 if scaling is None else scaling
            scores = query @ key.repeat_interleave(groups, 1).transpose(2, 3) * scale
            bias = rest.get("position_bias")
            if bias is not None and bias.any():
                self.put(prefix + "scores.bias", bias.expand_as(scores))
                scores = scores + bias
            cap = rest.get("softcap")
            if cap is not None:
                self.put(prefix + "scores.uncapped", scores)
                scores = torch.tanh(scores / cap) * cap
            times = 1 / scaled(module)
            self.put(prefix + "q", query * times, query, lambda tensor: tensor * times)
            self.put(prefix + "k", key)
            self.put(prefix + "v", value)
            self.put(prefix + "scores", without(scores, attention_mask))
            self.put(prefix + "weights", weights)
            self.put(prefix + "mixed", mixed.transpose(1, 2), mixed, lambda gradient: gradient.transpose(1, 2))
            return mixed, weights

        watched.plain = plain
        modeling.eager_attention_forward = watched


def without(scores, mask):
    """Scores with -inf where an additive mask hides the key."""
    if mask is None:
        return scores
    return (scores + mask).masked_fill((mask < -1e30).expand_as(scores), float("-inf"))


def text_inputs(vocabulary, length=11, kinds=None, seed=5, padding=0, pad_side="right", first=4):
    """Two rows of ids, the last padded by three; types if there are kinds."""
    generator = torch.Generator().manual_seed(seed)
    ids = torch.randint(first, vocabulary, (2, length), generator=generator)
    mask = torch.ones_like(ids)
    hidden = slice(length - 3, length) if pad_side == "right" else slice(0, 3)
    mask[1, hidden] = 0
    ids[1, hidden] = padding
    inputs = {"ids": ids, "mask": mask}
    if kinds:
        inputs["types"] = (torch.arange(length) > length // 2).long().expand(2, -1).clone() % kinds
    return inputs


def as_choices(record):
    """Rows are the choices of one question, which classes for multiple choice take as (1, choices, T)."""
    def hang(model, recorder):
        record(model, recorder)
        plain = model.forward
        model.forward = lambda **inputs: plain(**{name: value[None] for name, value in inputs.items()})

    return hang


def record_answer_beams(model, head, recorder):
    """A head that looks for answers with beams, as it answers where no answer is given to learn from."""
    recorder.output(head.start_logits, "startLogits")
    recorder.output(head.end_logits, "endLogits", lambda tensor: tensor.transpose(1, 2))
    named = {
        "start_top_log_probs": "startTopProbabilities", "start_top_index": "startTopIndices",
        "end_top_log_probs": "endTopProbabilities", "end_top_index": "endTopIndices", "cls_logits": "answerClass",
    }
    plain = model.forward

    def answered(**inputs):
        output = plain(**inputs, return_dict=True)
        for theirs, own in named.items():
            recorder.put(own, output[theirs])
        return output

    model.forward = answered


def random_weights(model, seed, initialise):
    """Norm gains around 1, biases not 0, matrices such that attention is neither uniform nor one-hot."""
    generator = torch.Generator().manual_seed(seed)

    def normal(parameter, deviation, mean=0.0):
        parameter.copy_(mean + deviation * torch.randn(parameter.shape, generator=generator))

    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if initialise and initialise(name, parameter, normal):
                continue
            is_norm = "norm" in name.lower() or ".ln_" in name or ".ln_f" in name
            if name.endswith("bias"):
                normal(parameter, 0.2)
            elif parameter.dim() == 1:
                normal(parameter, 0.3, 1.0 if is_norm else 0.0)
            elif "embed" in name or "wte" in name or "wpe" in name or "shared" in name:
                normal(parameter, 0.7)
            else:
                normal(parameter, 1.3 * max(parameter[:1].numel(), 1) ** -0.5)


def write_case(name, case, folder, double=False):
    """Writes one case; returns its size in bytes. `double` writes its sites in double precision beside it (double.safetensors, moved.safetensors)."""
    transformers.logging.set_verbosity_error()
    shutil.rmtree(folder, ignore_errors=True)
    config = case.config
    config._attn_implementation = case.attention
    torch.manual_seed(case.seed)
    model = case.model(config).eval()
    if case.prepare:
        case.prepare(model)
    random_weights(model, case.seed, case.initialise)
    model.save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)
    if case.publish:
        publish(folder, case.publish)
        # What is recorded is what transformers makes of the files as they are written.
        model = case.model.from_pretrained(folder, attn_implementation=case.attention, dtype=torch.float32).eval()
    recorder = Recorder()
    case.record(model, recorder)
    inputs = case.inputs or text_inputs(config.vocab_size)
    with torch.no_grad():
        model(**{ARGUMENTS[key]: value.bool() if key == "hiddenPatches" else value for key, value in inputs.items()})
    tensors = {f"input.{key}": value.contiguous() for key, value in inputs.items()}
    tensors.update(recorder.sites)
    if case.generate:
        tensors.update(generated(case.model.from_pretrained(folder, dtype=torch.float32).eval(), inputs, case.generate))
    save_file(tensors, folder / "trace.safetensors", metadata={
        "format": "heed-trace-1", "family": config.model_type, "class": case.model.__name__,
        "transformers": transformers.__version__, "torch": torch.__version__.split("+")[0],
        "seed": str(case.seed), "note": case.note,
    })
    if double:
        write_double(case, folder, inputs)
    for file in folder.iterdir():
        file.chmod(0o644)
    return sum(file.stat().st_size for file in folder.iterdir())


def write_double(case, folder, inputs):
    """Two traces of double precision: as the weights are, and farthest from that where each weight is off by about half a step of float32."""
    double = recorded_double(case, folder, inputs)
    moved = dict(double)
    for seed in range(3):
        for site, tensor in recorded_double(case, folder, inputs, seed).items():
            step = (tensor - double[site]).abs().nan_to_num(0)
            moved[site] = torch.maximum(moved[site], double[site] + step)
    for name, sites in (("double", double), ("moved", moved)):
        save_file(sites, folder / f"{name}.safetensors", metadata={"format": "heed-trace-1", "family": case.config.model_type})


def recorded_double(case, folder, inputs, seed=None):
    """The sites of the written files in double precision throughout, also where a class asks for float32 by name; `seed` moves the weights a little."""
    model = case.model.from_pretrained(folder, attn_implementation=case.attention, dtype=torch.float32).eval().double()
    if seed is not None:
        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.mul_(1 + 2**-25 * torch.randn(parameter.shape, generator=generator, dtype=torch.float64))
    for module in model.modules():
        # Its way of upcasting takes a buffer of single precision, and computes the same.
        if hasattr(module, "reorder_and_upcast_attn"):
            module.reorder_and_upcast_attn = False
    recorder = Recorder()
    case.record(model, recorder)
    named = {ARGUMENTS[key]: value.bool() if key == "hiddenPatches" else value.double() if value.is_floating_point() else value for key, value in inputs.items()}
    single, to_single = torch.float32, torch.Tensor.float
    torch.float32, torch.float, torch.Tensor.float = torch.float64, torch.float64, torch.Tensor.double
    torch.set_default_dtype(torch.float64)
    try:
        with torch.no_grad():
            model(**named)
    finally:
        torch.float32, torch.float, torch.Tensor.float = single, single, to_single
        torch.set_default_dtype(single)
    return recorder.sites


def generated(model, inputs, new):
    model.generation_config.eos_token_id = None
    if "features" in inputs:
        return heard(model, inputs["features"][:1], new)
    ids = inputs["ids"]
    prompt = ids[:1, :ids.shape[1] // 2].clone()
    # Only a cache keeps keys as they were turned before longer angles held, and counts places behind a padding that comes first; elsewhere
    # without one, which transformers makes too short for a decoder deeper than its encoder.
    is_kept = "longrope" in str(getattr(model.config, "rope_parameters", None)) and not getattr(model.config, "sliding_window", None)

    def write(with_cache):
        return model.generate(prompt, attention_mask=torch.ones_like(prompt), max_new_tokens=new, do_sample=False, pad_token_id=0, use_cache=with_cache)

    out = write(is_kept or begins_with_padding(model.config))
    if model.config.model_type == "m2m_100" and (out == model.config.pad_token_id).any():
        # A text that holds the padding's id: the default, a cache, counts what is written behind it otherwise than none.
        out = write(True)
    return {"input.prompt": prompt, "generated.ids": out}


def begins_with_padding(config):
    start = getattr(config, "decoder_start_token_id", None)
    if start is None or start != config.pad_token_id:
        return False
    if config.model_type == "encoder-decoder":
        return config.decoder.model_type in ("roberta", "xlm-roberta", "camembert")
    return config.model_type == "m2m_100" and config.decoder_layers <= config.encoder_layers


def heard(model, features, new):
    """What is written of the first sound behind the start token alone."""
    plain = super(transformers.models.whisper.generation_whisper.WhisperGenerationMixin, model).generate
    start = torch.tensor([[model.config.decoder_start_token_id]])
    return {"generated.ids": plain(features, decoder_input_ids=start, max_new_tokens=new, do_sample=False, pad_token_id=0, use_cache=False)}


def publish(folder, change):
    config = json.loads((folder / "config.json").read_text())
    tensors = load_file(folder / "model.safetensors")
    config, tensors = change(config, tensors)
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
