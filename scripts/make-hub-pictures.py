"""Writes test/golden/hub-<name>: models of pictures laid out as their most downloaded repositories are (preprocessor_config.json with the old
names of its class and its lengths, the fields of config.json, buffers no class reads any more), and picture.json: the pixels transformers
makes of test/images/type-2-depth-8.png, and what the model makes of those. Weights are small and random.

    pip install torch==2.13.0 transformers==5.24.0 pillow==12.1.0 sentencepiece==0.2.3 protobuf
    python scripts/make-hub-pictures.py [name …]
"""

import json
import shutil
import sys
from pathlib import Path

import torch
import transformers
from PIL import Image
from safetensors.torch import load_file
from transformers import AutoImageProcessor, AutoTokenizer

from golden_trace import random_weights
from hub_folder import put, put_weights, rounded

HOME = Path(__file__).parent.parent / "test"
FILES = HOME / "field" / "tokenizers"
PICTURE = "type-2-depth-8.png"
WORDS = ["a photo of a cat", "The  CAT sat, café \U0001f600 猫 isn't it?", "<|startoftext|> dog</s> <|endoftext|>x", "a dog</s> "]
SIZES = dict(hidden_size=12, num_hidden_layers=2, num_attention_heads=2, intermediate_size=20)
PLAIN = dict(**SIZES, image_size=16, patch_size=4)
IMAGENET = {"image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}
HALF = {"image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}
CLIP = {"image_mean": [0.48145466, 0.4578275, 0.40821073], "image_std": [0.26862954, 0.26130258, 0.27577711]}
LABELS = {0: "tench, Tinca tinca", 1: "goldfish, Carassius auratus", 2: "great white shark, white shark, man-eater, man-eating shark, Carcharodon carcharias"}
NAMED = {"id2label": {str(number): text for number, text in LABELS.items()}, "label2id": {text: number for number, text in LABELS.items()}}
DROPS = {"attention_probs_dropout_prob": 0.0, "hidden_dropout_prob": 0.0, "initializer_range": 0.02, "hidden_act": "gelu", "num_channels": 3, "qkv_bias": True}
STEPS = {"do_normalize": True, "do_resize": True}
DINOV2 = {**DROPS, **SIZES, "image_size": 24, "patch_size": 4, "layer_norm_eps": 1e-6, "apply_layernorm": True, "drop_path_rate": 0.0, "layerscale_value": 1.0, "mlp_ratio": 4,
          "out_features": ["stage2"], "out_indices": [2], "reshape_hidden_states": True, "stage_names": ["stem", "stage1", "stage2"], "torch_dtype": "float32",
          "use_swiglu_ffn": False}
DINOV2.pop("intermediate_size")
BIT = {"crop_size": {"height": 16, "width": 16}, "do_center_crop": True, "do_convert_rgb": True, "do_normalize": True, "do_rescale": True, "do_resize": True, **IMAGENET,
       "image_processor_type": "BitImageProcessor", "resample": 3, "rescale_factor": 0.00392156862745098, "size": {"shortest_edge": 18}}
# What a config of 2021 says of each of two towers, with whatever all configs had then.
EVERY = {"_name_or_path": "", "add_cross_attention": False, "architectures": None, "bad_words_ids": None, "chunk_size_feed_forward": 0, "cross_attention_hidden_size": None,
         "diversity_penalty": 0.0, "do_sample": False, "early_stopping": False, "exponential_decay_length_penalty": None, "finetuning_task": None, "id2label": {"0": "LABEL_0", "1": "LABEL_1"},
         "is_decoder": False, "is_encoder_decoder": False, "label2id": {"LABEL_0": 0, "LABEL_1": 1}, "length_penalty": 1.0, "max_length": 20, "min_length": 0, "num_beams": 1,
         "output_attentions": False, "output_hidden_states": False, "pruned_heads": {}, "return_dict": True, "temperature": 1.0, "tie_encoder_decoder": False, "tie_word_embeddings": True,
         "top_k": 50, "top_p": 1.0, "torch_dtype": None, "torchscript": False, "use_bfloat16": False, "attention_dropout": 0.0, "dropout": 0.0, "hidden_act": "quick_gelu",
         "initializer_factor": 1.0, "initializer_range": 0.02, "layer_norm_eps": 1e-05, "projection_dim": 6}


def beside(**more):
    return lambda tensors: {**tensors, **{name.replace("__", "."): value for name, value in more.items()}}


def clip_words():
    return len(json.loads((FILES / "clip" / "vocab.json").read_text()))


def pair_index(side):
    """Which of a window's distances each two of its patches have, as Swin's modules kept it."""
    places = torch.stack(torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")).flatten(1)
    apart = (places[:, :, None] - places[:, None, :]).permute(1, 2, 0) + side - 1
    return apart[..., 0] * (2 * side - 1) + apart[..., 1]


def swin(tensors):
    return {**tensors, **{name.replace("bias_table", "index"): pair_index(2) for name in tensors if name.endswith("relative_position_bias_table")}}


def beit(tensors):
    """BEiT keeps three more distances, of the first token."""
    index = torch.zeros(17, 17, dtype=torch.long)
    index[1:, 1:] = pair_index(4)
    index[0, :], index[:, 0], index[0, 0] = 49, 50, 51
    return {**tensors, **{name.replace("bias_table", "index"): index for name in tensors if name.endswith("relative_position_bias_table")}}


# name → class, config.json as it is published, preprocessor_config.json, the tokenizer's folder, a pickle or not, what lies beside
FAMILIES = {
    "vit": dict(
        model="ViTForImageClassification", config={**DROPS, **PLAIN, **NAMED, "model_type": "vit", "layer_norm_eps": 1e-12, "transformers_version": "4.13.0.dev0"},
        images={**STEPS, **HALF, "size": 16}),
    "deit": dict(
        model="DeiTForImageClassificationWithTeacher", pickle=True, config={**DROPS, **PLAIN, **NAMED, "model_type": "deit", "layer_norm_eps": 1e-12, "transformers_version": "4.13.0.dev0"},
        images={**STEPS, **IMAGENET, "crop_size": 16, "do_center_crop": True, "feature_extractor_type": "DeiTFeatureExtractor", "resample": 3, "size": 18}),
    "beit": dict(
        model="BeitForImageClassification", pickle=True, tensors=beit,
        config={**DROPS, **PLAIN, **NAMED, "model_type": "beit", "layer_norm_eps": 1e-12, "auxiliary_channels": 256, "auxiliary_concat_input": False, "auxiliary_loss_weight": 0.4,
                "auxiliary_num_convs": 1, "drop_path_rate": 0.1, "layer_scale_init_value": 0.1, "out_indices": [0, 1], "pool_scales": [1, 2, 3, 6], "qkv_bias": True,
                "semantic_loss_ignore_index": 255, "use_absolute_position_embeddings": False, "use_auxiliary_head": True, "use_mask_token": False, "use_mean_pooling": True,
                "use_relative_position_bias": True, "use_shared_relative_position_bias": False, "vocab_size": 8192, "torch_dtype": "float32", "transformers_version": "4.11.0.dev0"},
        images={**STEPS, **HALF, "crop_size": 16, "do_center_crop": False, "feature_extractor_type": "BeitFeatureExtractor", "resample": 2, "size": 16}),
    "dinov2": dict(model="Dinov2Model", config={**DINOV2, "model_type": "dinov2", "transformers_version": "4.32.0.dev0"}, images=BIT),
    "dinov2_with_registers": dict(
        model="Dinov2WithRegistersModel", images=BIT,
        config={**DINOV2, "model_type": "dinov2_with_registers", "num_register_tokens": 4, "interpolate_antialias": True, "interpolate_offset": 0.0, "transformers_version": "4.48.0.dev0"}),
    "swin": dict(
        model="SwinForImageClassification", tensors=swin,
        config={**DROPS, **NAMED, "model_type": "swin", "depths": [2, 2], "drop_path_rate": 0.1, "embed_dim": 8, "encoder_stride": 32, "hidden_size": 16, "image_size": 16, "layer_norm_eps": 1e-5,
                "mlp_ratio": 4.0, "num_heads": [2, 4], "num_layers": 2, "patch_size": 2, "path_norm": True, "torch_dtype": "float32", "use_absolute_embeddings": False, "window_size": 2,
                "transformers_version": "4.20.0.dev0"},
        images={**STEPS, **IMAGENET, "feature_extractor_type": "ViTFeatureExtractor", "resample": 3, "size": 16}),
    "clip": dict(
        model="CLIPModel", pickle=True, files="clip",
        config={"model_type": "clip", "initializer_factor": 1.0, "logit_scale_init_value": 2.6592, "projection_dim": 6, "text_config_dict": None, "vision_config_dict": None,
                "torch_dtype": "float32", "transformers_version": None,
                "text_config": {**EVERY, **SIZES, "model_type": "clip_text_model", "bos_token_id": 0, "eos_token_id": 2, "pad_token_id": 1, "max_position_embeddings": 77, "vocab_size": clip_words()},
                "vision_config": {**EVERY, **PLAIN, "model_type": "clip_vision_model", "bos_token_id": None, "eos_token_id": None, "pad_token_id": None}},
        images={**STEPS, **CLIP, "crop_size": 16, "do_center_crop": True, "feature_extractor_type": "CLIPFeatureExtractor", "resample": 3, "size": 16},
        tensors=beside(text_model__embeddings__position_ids=torch.arange(77)[None], vision_model__embeddings__position_ids=torch.arange(17)[None])),
    "siglip": dict(
        model="SiglipModel", files="siglip",
        config={"model_type": "siglip", "initializer_factor": 1.0, "torch_dtype": "float32", "transformers_version": "4.37.0.dev0",
                "text_config": {**SIZES, "model_type": "siglip_text_model", "vocab_size": 110}, "vision_config": {**PLAIN, "model_type": "siglip_vision_model"}},
        images={"do_normalize": True, "do_rescale": True, "do_resize": True, **HALF, "image_processor_type": "SiglipImageProcessor", "processor_class": "SiglipProcessor", "resample": 3,
                "rescale_factor": 0.00392156862745098, "size": {"height": 16, "width": 16}}),
}


def write(name, spec):
    folder = HOME / "golden" / f"hub-{name}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    if "files" in spec:
        for file in (FILES / spec["files"]).iterdir():
            if file.name not in ("config.json", "cases.jsonl"):
                shutil.copy(file, folder / file.name)
    cls = getattr(transformers, spec["model"])
    torch.manual_seed(1)
    model = cls(cls.config_class.from_dict(spec["config"])).eval()
    random_weights(model, 7, lambda name, _parameter, _normal: name.startswith("logit_"))
    model.save_pretrained(folder)
    tensors = spec.get("tensors", lambda same: same)(load_file(folder / "model.safetensors"))
    put_weights(folder, tensors, spec.get("pickle"))
    put(folder / "config.json", {"architectures": [spec["model"]], **spec["config"]})
    put(folder / "preprocessor_config.json", spec["images"])
    put(folder / "picture.json", seen(folder, cls, spec))
    for file in folder.iterdir():
        file.chmod(0o644)
    print(name, sum(file.stat().st_size for file in folder.iterdir()) // 1000, "kB", flush=True)


def seen(folder, cls, spec):
    """What Python makes of the folder as it is written."""
    model = cls.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32).eval()
    processor = AutoImageProcessor.from_pretrained(folder)
    pixels = processor(Image.open(HOME / "images" / PICTURE).convert("RGB"), return_tensors="pt")["pixel_values"]
    found = {"picture": PICTURE, "pixels": {"shape": list(pixels.shape), "values": rounded(pixels.flatten())}}
    with torch.no_grad():
        if "files" not in spec:
            out = model(pixels, output_attentions=True, output_hidden_states=True)
            if "logits" in out:
                found["probabilities"] = rounded(out.logits[0].softmax(-1))
            if "last_hidden_state" in out:
                found["final"] = rounded(out.last_hidden_state[0, 1])
            if out.attentions[1].shape[0] == 1:
                found["weights"] = rounded(out.attentions[1][0, 1])
            return found
        tokenizer = AutoTokenizer.from_pretrained(folder)
        found["texts"] = [{"text": text, "ids": tokenizer(text)["input_ids"]} for text in WORDS]
        words = tokenizer(WORDS, padding="max_length" if "siglip" in str(folder) else True, return_tensors="pt")
        out = model(pixel_values=pixels, **words, output_attentions=True)
        found["weights"] = rounded(out.vision_model_output.attentions[1][0, 1])
        found["textWeights"] = rounded(out.text_model_output.attentions[1][0, 1])
        found["logitsPerImage"] = rounded(out.logits_per_image[0])
        found["textEmbeds"] = rounded(out.text_embeds.flatten())
    return found


transformers.logging.set_verbosity_error()
for wanted in sys.argv[1:] or FAMILIES:
    write(wanted, FAMILIES[wanted])
