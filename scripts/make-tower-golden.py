"""Writes test/towers/<case>: tiny files of both towers, as CLIP's and SigLIP's repositories have them, and what Python's pipeline says of two pictures.

    pip install torch==2.13.0 transformers==5.24.0 pillow==13.0.0
    python scripts/make-tower-golden.py
"""

import json
import shutil
from pathlib import Path

import torch
from PIL import Image
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from tokenizers.pre_tokenizers import ByteLevel
from transformers import CLIPConfig, CLIPModel, CLIPTokenizer, PreTrainedTokenizerFast, SiglipConfig, SiglipModel, pipeline
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil

from golden_trace import random_weights

HOME = Path(__file__).parent.parent / "test" / "towers"
PICTURES = Path(__file__).parent.parent / "test" / "images"
FILES = ["type-2-depth-8.png", "type-6-depth-8.png"]
LABELS = ["a cat", "two remote controls", "Paris", "rain"]
TEMPLATES = ["This is a photo of {}.", "{}"]
SIZES = {"hidden_size": 12, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 20}
VISION = {**SIZES, "image_size": 12, "patch_size": 4}


def clip():
    letters = sorted(ByteLevel.alphabet())
    merges = [("t", "h"), ("i", "s</w>"), ("th", "is</w>"), ("p", "h"), ("ph", "o"), ("o", "f</w>"), ("c", "a"), ("ca", "t</w>")]
    pieces = [*letters, *(f"{letter}</w>" for letter in letters), *("".join(pair) for pair in merges), "<|startoftext|>", "<|endoftext|>"]
    tokenizer = CLIPTokenizer(vocab={piece: number for number, piece in enumerate(pieces)}, merges=merges, model_max_length=32)
    end = len(pieces) - 1
    text = {
        **SIZES, "vocab_size": len(pieces), "max_position_embeddings": 32, "eos_token_id": 2, "bos_token_id": 0, "pad_token_id": 1, "projection_dim": 6,
    }
    config = CLIPConfig(text_config=text, vision_config={**VISION, "projection_dim": 6}, projection_dim=6)
    assert tokenizer("a")["input_ids"][-1] == end
    return CLIPModel, config, tokenizer, CLIPImageProcessorPil(size={"shortest_edge": 12}, crop_size={"height": 12, "width": 12})


def siglip():
    words = [f"▁{word}" for word in "this is a photo of cat two remote controls paris rain".split()]
    vocabulary = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), *((word, -2.0) for word in words), *((sign, -5.0) for sign in "▁.aeio")]
    backend = Tokenizer(models.Unigram(vocabulary, unk_id=2, byte_fallback=False))
    backend.normalizer = normalizers.Lowercase()
    backend.pre_tokenizer = pre_tokenizers.Metaspace()
    backend.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=backend, pad_token="</s>", eos_token="</s>", unk_token="<unk>", model_max_length=64, model_input_names=["input_ids"],
    )
    text = {**SIZES, "vocab_size": len(vocabulary), "max_position_embeddings": 64, "pad_token_id": 1, "eos_token_id": 1, "bos_token_id": None}
    return SiglipModel, SiglipConfig(text_config=text, vision_config=VISION), tokenizer, SiglipImageProcessorPil(size={"height": 12, "width": 12})


def write(name, parts, seed):
    kind, config, tokenizer, processor = parts
    folder = HOME / name
    shutil.rmtree(folder, ignore_errors=True)
    model = kind(config).eval()
    random_weights(model, seed, lambda name, _parameter, _normal: name.startswith("logit_"))
    with torch.no_grad():
        model.logit_scale.fill_(1.2)
        if hasattr(model, "logit_bias"):
            model.logit_bias.fill_(-0.7)
    for part in (model, tokenizer, processor):
        part.save_pretrained(folder)
    pipe = pipeline("zero-shot-image-classification", model=model, tokenizer=tokenizer, image_processor=processor)
    cases = []
    for file in FILES:
        for template in TEMPLATES:
            answer = pipe(Image.open(PICTURES / file).convert("RGB"), candidate_labels=LABELS, hypothesis_template=template)
            cases.append({"file": file, "template": template, "answer": answer})
    (folder / "zero-shot.json").write_text(json.dumps({"labels": LABELS, "cases": cases}, indent=1) + "\n")
    for file in folder.iterdir():
        file.chmod(0o644)
    print(f"{name}: {sum(file.stat().st_size for file in folder.iterdir()) / 1000:.0f} kB, {cases[0]['answer'][0]}")


write("clip", clip(), 81)
write("siglip", siglip(), 82)
