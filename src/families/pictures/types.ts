/** The `model_type`s that read images, and images alone: they have no words. */
export const pictureTypes: readonly string[] = [
  "beit",
  "clip",
  "clip_vision_model",
  "deit",
  "dinov2",
  "dinov2_with_registers",
  "siglip",
  "siglip_vision_model",
  "swin",
  "vit",
];
