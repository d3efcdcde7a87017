import type { Selection } from "./selection.ts";

/** Elementwise functions, by the names config.json files use (transformers ACT2FN). */
export type Activation =
  /** x·Φ(x) = x/2·(1 + erf(x/√2)) (Hendrycks & Gimpel 2016) */
  | "gelu"
  /** x/2·(1 + tanh(√(2/π)·(x + 0.044715 x³))), GPT-2's form */
  | "gelu_new"
  /** x·sigmoid(1.702 x) */
  | "quick_gelu"
  | "relu"
  /** max(0, x)² */
  | "relu2"
  /** min(max(0, x), 6) */
  | "relu6"
  /** x, or 0.01 x below zero */
  | "leaky_relu"
  /** x·relu6(x + 3)/6 (Howard et al. 2019) */
  | "hardswish"
  /** gelu, between −10 and 10 */
  | "gelu_10"
  /** ½·(1 + erf((x − 0.707107)/(0.282095·√2))) (Ma et al. 2022) */
  | "laplace"
  /** x·tanh(ln(1 + eˣ)) (Misra 2019) */
  | "mish"
  /** x·sigmoid(x), also called swish */
  | "silu"
  | "sigmoid"
  | "tanh"
  | "linear";

/** How keys are hidden from queries: the structural part of a mask, as plain data. */
export interface MaskRule {
  /** Query i sees key j only if j ≤ i + causalOffset. Undefined: no causal rule. */
  readonly causalOffset?: number;
  /** Query i sees key j only if i + offset − before ≤ j ≤ i + offset + after. Undefined: no window. */
  readonly window?: { readonly offset: number; readonly before: number; readonly after: number };
  /** Whether an input (B, S) i32 follows: 0 hides the key from every query. */
  readonly keys: boolean;
  /** Whether an input (B | 1, H | 1, T, S) i32 follows: 0 hides that pair. */
  readonly allowed: boolean;
}

/** Attributes of every operation. Shapes and meaning stand at the function of that name in operations.ts. */
export interface Attributes {
  embed: Record<never, never>;
  linear: { readonly activation: Activation; readonly heads: number | undefined };
  add: Record<never, never>;
  multiply: Record<never, never>;
  scale: { readonly factor: number };
  activate: { readonly activation: Activation };
  layerNorm: { readonly epsilon: number };
  rmsNorm: { readonly epsilon: number };
  scaledDot: { readonly scale: number };
  masked: MaskRule;
  softmax: Record<never, never>;
  mix: Record<never, never>;
  attention: MaskRule & {
    readonly scale: number;
    readonly bias: boolean;
    readonly scores: boolean;
    readonly weights: boolean;
    readonly rowSums: boolean;
  };
  bandedAttention: {
    readonly scale: number;
    readonly reach: number;
    readonly scores: boolean;
    readonly weights: boolean;
  };
  headShares: Record<never, never>;
  splitHeads: { readonly heads: number };
  mergeHeads: Record<never, never>;
  rotary: { readonly pairs: "halves" | "neighbours" };
  permute: { readonly axes: readonly number[] };
  slice: { readonly axis: number; readonly start: number; readonly end: number };
  concat: { readonly axis: number };
  part: { readonly selection: Selection };
  replacePart: { readonly selection: Selection };
  normalizeRows: Record<never, never>;
  sum: { readonly axis: number };
  meanPool: Record<never, never>;
  maxPool: Record<never, never>;
  unit: { readonly epsilon: number };
  cacheAppend: { readonly start: number };
  logSumExp: Record<never, never>;
  crossEntropy: Record<never, never>;
  timesMatrix: Record<never, never>;
  rowProducts: Record<never, never>;
  embedGradient: { readonly rows: number };
  activationGradient: { readonly activation: Activation };
  layerNormGradient: { readonly epsilon: number };
  rmsNormGradient: { readonly epsilon: number };
  softmaxGradient: Record<never, never>;
  normalizeRowsGradient: Record<never, never>;
  unitGradient: { readonly epsilon: number };
  maxPoolGradient: Record<never, never>;
  partGradient: { readonly selection: Selection; readonly shape: readonly number[] };
  attentionGradient: MaskRule & { readonly scale: number; readonly bias: boolean };
  bandedAttentionGradient: { readonly scale: number; readonly reach: number };
  crossEntropyGradient: Record<never, never>;
  squareSum: Record<never, never>;
  adamStep: {
    readonly beta1: number;
    readonly beta2: number;
    readonly epsilon: number;
    readonly weightDecay: number;
  };
  assign: Record<never, never>;
}

export type OperationName = keyof Attributes;

/** What `attend` asks a fused kernel for, so that a backend can decline. */
export interface AttentionRequest {
  readonly headWidth: number;
  readonly queries: number;
  readonly keys: number;
  readonly causal: boolean;
  readonly window: boolean;
  readonly keyMask: boolean;
  readonly denseMask: boolean;
  readonly bias: boolean;
  readonly wantsScores: boolean;
  readonly wantsWeights: boolean;
  readonly wantsRowSums: boolean;
}
