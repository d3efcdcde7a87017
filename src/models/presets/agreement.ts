/** How far a family is from what PyTorch recorded. */
export interface Agreement {
  /** Recorded forward passes. */
  readonly passes: number;
  /** Sites of them all. */
  readonly sites: number;
  /** The largest |a − b|, as a share of the site's largest value where that is above 1, rounded up to one digit. */
  readonly difference: number;
}

/** Every recorded family by its `model_type`; scripts/model-table.ts writes it. */
export const agreements: Readonly<Record<string, Agreement>> = {
  // <!-- agreement -->
  albert: { passes: 6, sites: 163, difference: 9e-7 },
  bart: { passes: 7, sites: 269, difference: 2e-6 },
  beit: { passes: 5, sites: 116, difference: 8e-7 },
  bert: { passes: 15, sites: 319, difference: 2e-6 },
  bloom: { passes: 2, sites: 51, difference: 5e-7 },
  camembert: { passes: 1, sites: 23, difference: 5e-7 },
  clip: { passes: 3, sites: 97, difference: 1e-6 },
  clip_text_model: { passes: 2, sites: 37, difference: 5e-7 },
  clip_vision_model: { passes: 2, sites: 37, difference: 7e-7 },
  "deberta-v2": { passes: 7, sites: 145, difference: 9e-7 },
  deit: { passes: 4, sites: 62, difference: 2e-6 },
  dinov2: { passes: 3, sites: 57, difference: 6e-7 },
  dinov2_with_registers: { passes: 2, sites: 42, difference: 8e-7 },
  distilbert: { passes: 4, sites: 82, difference: 8e-7 },
  electra: { passes: 7, sites: 142, difference: 2e-6 },
  "encoder-decoder": { passes: 6, sites: 249, difference: 3e-6 },
  falcon: { passes: 4, sites: 96, difference: 6e-7 },
  gemma: { passes: 2, sites: 47, difference: 4e-7 },
  gemma2: { passes: 2, sites: 57, difference: 2e-6 },
  gemma3_text: { passes: 3, sites: 81, difference: 2e-6 },
  gpt2: { passes: 4, sites: 95, difference: 2e-6 },
  gpt_neo: { passes: 7, sites: 156, difference: 3e-6 },
  gpt_neox: { passes: 3, sites: 59, difference: 2e-6 },
  gptj: { passes: 2, sites: 47, difference: 5e-7 },
  granite: { passes: 2, sites: 54, difference: 3e-6 },
  llama: { passes: 10, sites: 218, difference: 2e-6 },
  longformer: { passes: 6, sites: 158, difference: 8e-7 },
  m2m_100: { passes: 3, sites: 100, difference: 5e-7 },
  marian: { passes: 3, sites: 91, difference: 9e-7 },
  mbart: { passes: 3, sites: 82, difference: 6e-7 },
  mistral: { passes: 3, sites: 69, difference: 1e-6 },
  mobilebert: { passes: 6, sites: 123, difference: 9e-7 },
  modernbert: { passes: 5, sites: 111, difference: 4e-6 },
  mpnet: { passes: 3, sites: 64, difference: 8e-7 },
  mt5: { passes: 2, sites: 82, difference: 4e-7 },
  nomic_bert: { passes: 3, sites: 59, difference: 3e-6 },
  olmo2: { passes: 2, sites: 54, difference: 7e-7 },
  opt: { passes: 4, sites: 95, difference: 6e-7 },
  pegasus: { passes: 2, sites: 49, difference: 5e-7 },
  phi: { passes: 2, sites: 47, difference: 5e-7 },
  phi3: { passes: 3, sites: 71, difference: 2e-6 },
  qwen2: { passes: 2, sites: 47, difference: 4e-6 },
  qwen3: { passes: 2, sites: 47, difference: 2e-6 },
  roberta: { passes: 7, sites: 147, difference: 8e-7 },
  roformer: { passes: 4, sites: 73, difference: 2e-6 },
  siglip: { passes: 3, sites: 93, difference: 7e-7 },
  siglip_text_model: { passes: 2, sites: 36, difference: 5e-7 },
  siglip_vision_model: { passes: 2, sites: 35, difference: 8e-7 },
  smollm3: { passes: 2, sites: 47, difference: 9e-7 },
  swin: { passes: 4, sites: 170, difference: 4e-6 },
  t5: { passes: 9, sites: 324, difference: 2e-6 },
  vit: { passes: 7, sites: 121, difference: 7e-7 },
  whisper: { passes: 7, sites: 230, difference: 9e-7 },
  xlm: { passes: 5, sites: 92, difference: 6e-7 },
  "xlm-roberta": { passes: 1, sites: 23, difference: 8e-7 },
  xlnet: { passes: 12, sites: 325, difference: 2e-6 },
  // <!-- /agreement -->
};
