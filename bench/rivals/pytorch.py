"""BERT-base's and GPT-2 small's shape in transformers on PyTorch, for ../pytorch.ts.

    python pytorch.py weights.safetensors threads

Each line on stdin is a question, each line on stdout its answer, both JSON; the milliseconds are of the forward passes alone.
"""

import base64
import inspect
import json
import sys
import time

import torch
import transformers
from safetensors.torch import load_file
from transformers import BertConfig, BertModel, DynamicCache, GPT2Config, GPT2LMHeadModel

BERT = {
    "q": "attention.self.query", "k": "attention.self.key", "v": "attention.self.value", "out": "attention.output.dense",
    "norm1": "attention.output.LayerNorm", "up": "intermediate.dense", "down": "output.dense", "norm2": "output.LayerNorm",
}
GPT2 = {"out": "attn.c_proj", "norm1": "ln_1", "up": "mlp.c_fc", "down": "mlp.c_proj", "norm2": "ln_2"}
LAYERS, EPSILON = 12, 1e-12


class HiddenStates(torch.nn.Module):
    """Gives the hidden states as they come: only the layers are compared."""

    def forward(self, inputs_embeds, **_):
        return inputs_embeds


def bert(tensors):
    model = BertModel(BertConfig(vocab_size=2, layer_norm_eps=EPSILON), add_pooling_layer=False).eval()
    model.embeddings = HiddenStates()
    model.encoder.load_state_dict({
        f"layer.{layer}.{theirs}.{part}": tensors[f"layers.{layer}.{ours}.{part}"]
        for layer in range(LAYERS) for ours, theirs in BERT.items() for part in ("weight", "bias")
    })
    return model


def gpt2(tensors):
    """Its matrices lie as (in, out), those of q, k and v in one; the inputs are hidden states, so that positions are zero."""
    model = GPT2LMHeadModel(GPT2Config(layer_norm_epsilon=EPSILON, vocab_size=len(tensors["words"]))).eval()
    state = {
        "wte.weight": tensors["words"], "wpe.weight": torch.zeros(1024, 768),
        "ln_f.weight": tensors["final.weight"], "ln_f.bias": tensors["final.bias"],
    }
    for layer in range(LAYERS):
        of = lambda name, part: tensors[f"layers.{layer}.{name}.{part}"]
        for part in ("weight", "bias"):
            turned = lambda tensor: tensor.T if tensor.dim() == 2 else tensor
            state[f"h.{layer}.attn.c_attn.{part}"] = turned(torch.cat([of(name, part) for name in "qkv"]))
            for ours, theirs in GPT2.items():
                state[f"h.{layer}.{theirs}.{part}"] = turned(of(ours, part))
    model.transformer.load_state_dict(state)
    return model


class Rival:
    def __init__(self, tensors):
        self.tensors = tensors
        self.models = {"bert": bert(tensors), "decoder": gpt2(tensors)}
        # Newer versions say `cache`, older ones `past_key_values`.
        names = inspect.signature(GPT2LMHeadModel.forward).parameters
        self.cache = "cache" if "cache" in names else "past_key_values"

    def answer(self, question):
        name, reads = question["run"], question.get("reads", False)
        if name in self.models:
            self.models[name].set_attn_implementation("eager" if reads else "sdpa")
        ms, output, attentions = getattr(self, name)(question, {"output_attentions": True} if reads else {})
        if not question.get("show"):
            return {"ms": ms}
        shown = {"ms": ms, "output": text_of(output)}
        return {**shown, "weights": text_of(attentions[-1])} if reads else shown

    def bert(self, question, options):
        hidden = self.tensors[f"hidden.{question['tokens']}"]
        start = time.perf_counter()
        result = self.models["bert"](inputs_embeds=hidden, **options)
        return since(start), result.last_hidden_state, result.attentions

    def decoder(self, question, options):
        model, prompt = self.models["decoder"], question["tokens"]
        rows = self.tensors["decoder"][None]
        options = {**options, "use_cache": True, self.cache: DynamicCache(config=model.config)}
        model(inputs_embeds=rows[:, :prompt], logits_to_keep=1, **options)
        start = time.perf_counter()
        for at in range(prompt, prompt + question["steps"]):
            result = model(inputs_embeds=rows[:, at : at + 1], **options)
        return since(start), result.logits, result.attentions

    def attention(self, question, _):
        q, k, v = (self.tensors[f"attention.{question['tokens']}.{name}"] for name in "qkv")
        start = time.perf_counter()
        mixed = torch.nn.functional.scaled_dot_product_attention(q, k, v)
        return since(start), mixed, None


def since(start):
    return 1e3 * (time.perf_counter() - start)


def text_of(tensor):
    return base64.b64encode(tensor.contiguous().numpy().tobytes()).decode()


def say(answer):
    print(json.dumps(answer), flush=True)


def main(path, threads):
    torch.set_num_threads(threads)
    torch.set_num_interop_threads(1)
    with torch.inference_mode():
        # Copied: what lies in a mapped file is not aligned.
        rival = Rival({name: tensor.clone() for name, tensor in load_file(path).items()})
        say({"versions": f"torch {torch.__version__}, transformers {transformers.__version__}"})
        for line in sys.stdin:
            say(rival.answer(json.loads(line)))


main(sys.argv[1], int(sys.argv[2]))
