/** The `model_type`s that read images, and images alone: they have no words. */
export const pictureTypes: readonly string[] = [
  "beit",
  "deit",
  "dinov2",
  "dinov2_with_registers",
  "vit",
];
