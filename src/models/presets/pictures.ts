import type { RawConfig } from "../../families/config.ts";
import type { Preset } from "./preset.ts";

const vit = (
  hidden_size: number,
  num_hidden_layers: number,
  num_attention_heads: number,
  patch_size: number,
  image_size: number,
): RawConfig => ({
  model_type: "vit",
  architectures: ["ViTModel"],
  hidden_size,
  num_hidden_layers,
  num_attention_heads,
  intermediate_size: 4 * hidden_size,
  patch_size,
  image_size,
});

const dinov2 = (hidden_size: number, num_attention_heads: number): RawConfig => ({
  model_type: "dinov2",
  architectures: ["Dinov2Model"],
  hidden_size,
  num_hidden_layers: 12,
  num_attention_heads,
  image_size: 518,
  patch_size: 14,
});

/** Encoders of images, alone or beside one of texts. */
export const picturePresets: readonly Preset[] = [
  {
    name: "vit-b16",
    title: "ViT-B/16",
    hub: "google/vit-base-patch16-224-in21k",
    licence: "Apache-2.0",
    published: 86,
    config: vit(768, 12, 12, 16, 224),
  },
  {
    name: "vit-l32",
    title: "ViT-L/32",
    hub: "google/vit-large-patch32-384",
    licence: "Apache-2.0",
    published: 307,
    config: vit(1024, 24, 16, 32, 384),
  },
  {
    name: "deit-base",
    title: "DeiT base distilled",
    hub: "facebook/deit-base-distilled-patch16-224",
    licence: "Apache-2.0",
    published: 87,
    note: "two classifiers: one learned from labels, one from a teacher",
    config: {
      model_type: "deit",
      architectures: ["DeiTForImageClassificationWithTeacher"],
      num_labels: 1000,
    },
  },
  {
    name: "beit-base",
    title: "BEiT base",
    hub: "microsoft/beit-base-patch16-224",
    licence: "Apache-2.0",
    published: 87,
    config: {
      model_type: "beit",
      architectures: ["BeitForImageClassification"],
      use_relative_position_bias: true,
      num_labels: 1000,
    },
  },
  {
    name: "swin-tiny",
    title: "Swin tiny",
    hub: "microsoft/swin-tiny-patch4-window7-224",
    licence: "Apache-2.0",
    published: 28,
    note: "numbers of its last of four stages; the first is 96 wide, with 3 heads",
    config: {
      model_type: "swin",
      architectures: ["SwinForImageClassification"],
      num_labels: 1000,
    },
  },
  {
    name: "dinov2-small",
    title: "DINOv2 small",
    hub: "facebook/dinov2-small",
    licence: "Apache-2.0",
    published: 22,
    config: dinov2(384, 6),
  },
  {
    name: "dinov2-base",
    title: "DINOv2 base",
    hub: "facebook/dinov2-base",
    licence: "Apache-2.0",
    published: 86,
    config: dinov2(768, 12),
  },
  {
    name: "dinov2-registers-base",
    title: "DINOv2 base, registers",
    hub: "facebook/dinov2-with-registers-base",
    licence: "Apache-2.0",
    published: 86,
    note: "four more tokens, for what is of no patch",
    config: {
      ...dinov2(768, 12),
      model_type: "dinov2_with_registers",
      architectures: ["Dinov2WithRegistersModel"],
      num_register_tokens: 4,
    },
  },
  {
    name: "clip-vit-b32",
    title: "CLIP ViT-B/32",
    hub: "openai/clip-vit-base-patch32",
    licence: "not stated on the hub",
    published: 151,
    note: "widths are those of its tower of texts; that of images is 768 wide, with 12 heads",
    config: {
      model_type: "clip",
      architectures: ["CLIPModel"],
      projection_dim: 512,
      text_config: { model_type: "clip_text_model", eos_token_id: 2 },
      vision_config: { model_type: "clip_vision_model" },
    },
  },
  {
    name: "siglip-b16",
    title: "SigLIP B/16",
    hub: "google/siglip-base-patch16-224",
    licence: "Apache-2.0",
    published: 203,
    note: "two towers of the same size: texts and images",
    config: {
      model_type: "siglip",
      architectures: ["SiglipModel"],
      text_config: { model_type: "siglip_text_model" },
      vision_config: { model_type: "siglip_vision_model" },
    },
  },
];
