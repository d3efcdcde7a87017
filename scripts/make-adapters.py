"""Writes test/golden/adapters/<name>: LoRA adapters of tiny checkpoints of test/golden as peft saves them, and merged.safetensors: what PyTorch
makes of one input with the adapter merged in float32. Where the word table is tied to the head and one of the two is adapted, peft's merge would
change both; there the adapter is applied and not merged, as it was trained.

    pip install torch==2.13.0 transformers==5.24.0 peft==0.21.2
    python scripts/make-adapters.py
"""

import json
import shutil
from pathlib import Path

import torch
import transformers
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import save_file

HOME = Path(__file__).parent.parent / "test" / "golden"
ATTENTION = ["q_proj", "k_proj", "v_proj", "o_proj"]
IDS = [[3, 17, 9, 4, 21, 8, 11]]

CASES = {
    "plain": ("llama3", "AutoModelForCausalLM", dict(r=2, lora_alpha=6, target_modules=ATTENTION)),
    "patterns": (
        "llama3",
        "AutoModelForCausalLM",
        dict(
            r=2,
            lora_alpha=8,
            use_rslora=True,
            target_modules=[*ATTENTION, "down_proj"],
            rank_pattern={"layers.0.self_attn.q_proj": 3, r"layers\.\d+\.mlp\.down_proj": 1},
            alpha_pattern={"v_proj": 5},
        ),
    ),
    "dora": ("llama3", "AutoModelForCausalLM", dict(r=2, lora_alpha=4, use_dora=True, target_modules=["q_proj", "up_proj"])),
    "saved-modules": (
        "qwen2",
        "AutoModelForCausalLM",
        dict(r=2, lora_alpha=4, target_modules=["q_proj", "v_proj"], modules_to_save=["lm_head", "norm"]),
    ),
    "tokens": (
        "llama3",
        "AutoModelForCausalLM",
        dict(r=2, lora_alpha=4, target_modules=["q_proj"], trainable_token_indices={"embed_tokens": [3, 9]}),
    ),
    "turned": ("gpt2", "AutoModelForCausalLM", dict(r=3, lora_alpha=3, target_modules=["c_attn", "c_proj", "wte"], bias="all", fan_in_fan_out=True)),
    "turned-dora": ("gpt2", "AutoModelForCausalLM", dict(r=2, lora_alpha=3, use_dora=True, target_modules=["c_attn", "c_proj"], fan_in_fan_out=True)),
    "head": ("gpt2", "AutoModelForCausalLM", dict(r=2, lora_alpha=3, target_modules=["lm_head"])),
    "biases": ("gpt2", "AutoModelForCausalLM", dict(r=2, lora_alpha=3, target_modules=["c_attn"], bias="lora_only", fan_in_fan_out=True)),
    "labels": (
        "bert-pooler",
        "AutoModelForSequenceClassification",
        dict(r=2, lora_alpha=4, task_type="SEQ_CLS", target_modules=["query", "value"], lora_bias=True),
    ),
    # Conv1D and then Linear: the saved fan_in_fan_out is the last one's.
    "turned-unsaid": ("gpt2", "AutoModelForCausalLM", dict(r=2, lora_alpha=3, target_modules=["c_proj", "lm_head"])),
    "table": ("llama3", "AutoModelForCausalLM", dict(r=2, lora_alpha=3, use_rslora=True, target_modules=["embed_tokens", "v_proj"])),
    # Of a tied table and head one is saved, both, or one that both are.
    "table-saved": ("qwen2", "AutoModelForCausalLM", dict(r=2, target_modules=["q_proj"], modules_to_save=["embed_tokens"])),
    "both-saved": ("qwen2", "AutoModelForCausalLM", dict(r=2, target_modules=["q_proj"], modules_to_save=["embed_tokens", "lm_head"])),
    "tied-saved": (
        "qwen2",
        "AutoModelForCausalLM",
        dict(r=2, target_modules=["q_proj"], modules_to_save=["embed_tokens"], ensure_weight_tying=True),
    ),
    "tied-table": ("qwen2", "AutoModelForCausalLM", dict(r=2, target_modules=["q_proj", "embed_tokens"], ensure_weight_tying=True)),
    "tied-tokens": (
        "gpt2",
        "AutoModelForCausalLM",
        dict(r=2, lora_alpha=3, target_modules=["c_attn"], trainable_token_indices={"wte": [3, 9, 40]}, fan_in_fan_out=True),
    ),
}


def changed_names(adapted):
    """The weights that the adapter changes, under the base's names."""
    modules = [name for name, _ in adapted.base_model.model.named_modules() if name.endswith(".lora_A")]
    return [f"{name.removesuffix('.lora_A')}.weight" for name in modules][:3]


def main():
    shutil.rmtree(HOME / "adapters", ignore_errors=True)
    for number, (name, (base, kind, options)) in enumerate(CASES.items()):
        torch.manual_seed(number)
        more = dict(num_labels=3) if kind.endswith("SequenceClassification") else {}
        cls = getattr(transformers, kind)
        model = cls.from_pretrained(HOME / base, dtype=torch.float32, attn_implementation="eager", **more)
        adapted = get_peft_model(model, LoraConfig(**options))
        with torch.no_grad():
            for parameter_name, parameter in adapted.named_parameters():
                if parameter.requires_grad and "magnitude" not in parameter_name:
                    parameter.add_(torch.randn_like(parameter) * 0.1)
                elif parameter.requires_grad:
                    parameter.mul_(1 + 0.2 * torch.rand_like(parameter))
        folder = HOME / "adapters" / name
        adapted.save_pretrained(folder)
        (folder / "README.md").unlink(missing_ok=True)
        config = json.loads((folder / "adapter_config.json").read_text())
        config["base_model_name_or_path"] = f"../../{base}"
        (folder / "adapter_config.json").write_text(json.dumps(config, indent=2) + "\n")
        again = cls.from_pretrained(HOME / base, dtype=torch.float32, attn_implementation="eager", **more)
        merged = PeftModel.from_pretrained(again, folder).eval()
        adapted_names = {*options["target_modules"], *options.get("modules_to_save", []), *options.get("trainable_token_indices", {})}
        if not (model.config.tie_word_embeddings and {"wte", "embed_tokens", "lm_head"} & adapted_names):
            merged = merged.merge_and_unload()
        ids = torch.tensor(IDS)
        with torch.no_grad():
            output = merged(input_ids=ids, output_hidden_states=True, output_attentions=True)
        tensors = {f"hidden.{n}": states for n, states in enumerate(output.hidden_states)}
        tensors |= {f"weights.{n}": weights for n, weights in enumerate(output.attentions)}
        tensors["logits"] = output.logits
        tensors["ids"] = ids.to(torch.int32)
        if hasattr(merged, "merge_and_unload") is False:
            stored = {key.removeprefix("base_model.model."): value for key, value in merged.state_dict().items()}
            tensors |= {f"merged.{key}": stored[key] for key in changed_names(adapted) if key in stored}
        save_file({key: value.contiguous().clone() for key, value in tensors.items()}, folder / "merged.safetensors")


main()
