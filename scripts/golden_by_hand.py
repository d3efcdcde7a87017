"""Records an attention whose scores no function of the modeling file gives: its own projections, and the softmax it calls."""

import torch


class Softmax:
    """Takes what softmax is given and gives while a watched module runs."""

    plain = torch.nn.functional.softmax

    def __init__(self, recorder):
        self.recorder = recorder
        self.prefix = None

    def __call__(self, scores, *arguments, **keywords):
        weights = Softmax.plain(scores, *arguments, **keywords)
        if self.prefix is not None:
            self.recorder.put(self.prefix + "scores", scores.masked_fill(scores < -1e30, float("-inf")))
            self.recorder.put(self.prefix + "weights", weights)
        return weights


def split(heads):
    return lambda tensor: tensor.view(*tensor.shape[:2], heads, -1).transpose(1, 2)


def watch_attentions(recorder, attentions, heads, parts, out):
    """attentions: module → prefix; parts: site → a projection of the module, or its name; out: the module that merged heads go into."""
    softmax = Softmax(recorder)
    torch.nn.functional.softmax = softmax
    change = split(heads)
    for module, prefix in attentions.items():
        def before(_module, _inputs, _keywords, prefix=prefix):
            softmax.prefix = prefix

        def after(_module, _inputs, _output):
            softmax.prefix = None

        module.register_forward_pre_hook(before, with_kwargs=True)
        module.register_forward_hook(after)
        for site, name in parts.items():
            recorder.output(getattr(module, name), prefix + site, change)
        out(module).register_forward_pre_hook(
            lambda _module, inputs, prefix=prefix: recorder.put(prefix + "mixed", change(inputs[0]), inputs[0], change)
        )


def record_layers(recorder, layers, attended, middle, mlp, after={}):
    """What each layer gives; the three are functions of a layer. after: the module that a layer's output is of, where that is another."""
    for number, layer in enumerate(layers):
        recorder.output(attended(layer), f"layers.{number}.attended")
        recorder.output(middle(layer), f"layers.{number}.middle")
        recorder.output(mlp(layer), f"layers.{number}.mlp")
        recorder.output(after.get(number, layer), f"layers.{number}.residual")
    last = len(layers) - 1
    recorder.output(after.get(last, layers[last]), "final")
