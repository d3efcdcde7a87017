import { headWidthOf } from "../config.ts";
import type { StackDimensions } from "../family.ts";

/** The fields by which a config has each stack's own size. */
interface SizedConfig {
  readonly d_model: number;
  readonly encoder_layers: number;
  readonly decoder_layers: number;
  readonly encoder_attention_heads: number;
  readonly decoder_attention_heads: number;
  readonly encoder_ffn_dim: number;
  readonly decoder_ffn_dim: number;
}

/** The numbers of one stack. Throws ConfigError where its heads do not divide the width. */
export function stackSizes(
  type: string,
  config: SizedConfig,
  stack: "encoder" | "decoder",
): StackDimensions {
  const { d_model: width } = config;
  const heads = config[`${stack}_attention_heads`];
  return {
    layers: config[`${stack}_layers`],
    heads,
    keyHeads: heads,
    headWidth: headWidthOf(type, width, heads),
    width,
    feedForward: config[`${stack}_ffn_dim`],
  };
}
