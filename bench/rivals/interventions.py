"""Head ablations and activation patches on PyTorch, for ../interventions-rival.ts: transformers with hooks, and TransformerLens where it is there.

    python interventions.py bert-folder threads

The first line on stdout says the versions; each line on stdin is a question, each line on stdout its answer, both JSON. Times are of all
runs that were asked for, one after the other, as TransformerLens's own patching functions make them.
"""

import base64
import contextlib
import importlib.metadata
import json
import sys
import tempfile
import time

import torch
import transformers
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from transformers import AutoTokenizer, BertConfig, BertForMaskedLM, BertModel, GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

try:
    import transformer_lens
except Exception as error:  # what it needs may be missing too
    transformer_lens, missing = None, f"{type(error).__name__}: {error}"

HEADS, LAYERS, WIDTH, INNER = 12, 12, 768, 3072


def milliseconds(body):
    start = time.perf_counter()
    result = body()
    return 1e3 * (time.perf_counter() - start), result


class Rival:
    def __init__(self, folder):
        self.bert = BertModel.from_pretrained(folder, add_pooling_layer=False, attn_implementation="sdpa", dtype=torch.float32).eval()
        self.lens = {}

    def hooks(self, ids):
        """All heads silenced in turn, by a hook before the output projection; the last hidden state of one of them is shown."""
        def silenced(layer, head):
            def hook(_, given):
                mixed = given[0].clone()
                width = WIDTH // HEADS
                mixed[..., head * width : (head + 1) * width] = 0
                return (mixed, *given[1:])
            module = self.bert.encoder.layer[layer].attention.output.dense
            handle = module.register_forward_pre_hook(hook)
            result = self.bert(input_ids=ids).last_hidden_state
            handle.remove()
            return result

        return milliseconds(lambda: [silenced(layer, head) for layer in range(LAYERS) for head in range(HEADS)])

    def plain(self, ids):
        return milliseconds(lambda: self.bert(input_ids=ids).last_hidden_state)

    def model(self, name):
        """TransformerLens's model of the shape, with weights of its own: its speed does not depend on them."""
        if name not in self.lens:
            bridged = int(importlib.metadata.version("transformer_lens").split(".")[0]) >= 4
            self.lens[name] = self.bridge(name) if bridged else self.hooked(name)
            self.lens[name].eval()
        return self.lens[name]

    def hooked(self, name):
        """As TransformerLens up to 3 makes models: of its own modules."""
        shape = dict(n_layers=LAYERS, n_heads=HEADS, d_model=WIDTH, d_head=WIDTH // HEADS, d_mlp=INNER, act_fn="gelu", device="cpu", seed=1)
        if name == "bert":
            config = transformer_lens.HookedTransformerConfig(**shape, d_vocab=30522, n_ctx=512, attention_dir="bidirectional")
            return transformer_lens.HookedEncoder(config)
        config = transformer_lens.HookedTransformerConfig(**shape, d_vocab=50257, n_ctx=1024, normalization_type="LN")
        return transformer_lens.HookedTransformer(config)

    def bridge(self, name):
        """As TransformerLens 4 does: hooks around a model of transformers, whose default shapes these are; it wants a folder and a tokenizer."""
        own = BertForMaskedLM(BertConfig(attn_implementation="eager")) if name == "bert" else GPT2LMHeadModel(GPT2Config(attn_implementation="eager"))
        words = Tokenizer(WordLevel({"[UNK]": 0}, "[UNK]"))
        tokenizer = PreTrainedTokenizerFast(tokenizer_object=words, **{f"{kind}_token": "[UNK]" for kind in ("unk", "pad", "bos", "eos")})
        with tempfile.TemporaryDirectory() as folder:
            own.config.save_pretrained(folder)
            tokenizer.save_pretrained(folder)
            given = AutoTokenizer.from_pretrained(folder)
            return transformer_lens.TransformerBridge.boot_transformers(folder, hf_model=own.eval(), tokenizer=given, device="cpu")

    def lens_ablation(self, ids):
        model = self.model("bert")

        def hook(head):
            def silence(z, hook):
                z[:, :, head] = 0
                return z
            return silence

        def all_heads():
            for layer in range(LAYERS):
                for head in range(HEADS):
                    with model.hooks(fwd_hooks=[(f"blocks.{layer}.attn.hook_z", hook(head))]):
                        model(ids)

        return milliseconds(all_heads)

    def lens_patching(self, ids, positions, layers):
        """Every head of some layers at some positions takes another text's output; as many runs as cells."""
        model = self.model("gpt2")
        other = torch.flip(ids, [1])
        _, cache = model.run_with_cache(other, names_filter=lambda name: name.endswith("hook_z"))

        def hook(head, position, name):
            def patch(z, hook):
                z[:, position, head] = cache[name][:, position, head]
                return z
            return patch

        def cells():
            for layer in layers:
                name = f"blocks.{layer}.attn.hook_z"
                for head in range(HEADS):
                    for position in positions:
                        model.run_with_hooks(ids, fwd_hooks=[(name, hook(head, position, name))])

        return milliseconds(cells)

    def answer(self, question):
        ids = torch.tensor([question["ids"]])
        run = question["run"]
        if run.startswith("lens") and transformer_lens is None:
            return {"missing": missing}
        # Where it puts a model, it says on stdout, which is for answers.
        with contextlib.redirect_stdout(sys.stderr):
            return self.measured(run, ids, question)

    def measured(self, run, ids, question):
        if run == "lensPatching":
            ms, _ = self.lens_patching(ids, question["positions"], question["layers"])
            return {"ms": ms}
        ms, result = {"hooks": self.hooks, "plain": self.plain, "lensAblation": self.lens_ablation}[run](ids)
        if not question.get("show"):
            return {"ms": ms}
        shown = result[question["show"]] if isinstance(result, list) else result
        return {"ms": ms, "output": base64.b64encode(shown.contiguous().numpy().tobytes()).decode()}


def main(folder, threads):
    torch.set_num_threads(threads)
    torch.set_num_interop_threads(1)
    with torch.inference_mode():
        rival = Rival(folder)
        lens = importlib.metadata.version("transformer_lens") if transformer_lens else ""
        versions = f"torch {torch.__version__}, transformers {transformers.__version__}"
        print(json.dumps({"versions": versions + (f", transformer_lens {lens}" if transformer_lens else f"; no TransformerLens ({missing})")}), flush=True)
        for line in sys.stdin:
            print(json.dumps(rival.answer(json.loads(line))), flush=True)


main(sys.argv[1], int(sys.argv[2]))
