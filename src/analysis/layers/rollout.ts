/**
 * Attention rollout (Abnar & Zuidema 2020, arXiv 2005.00928, eq. 1): Â_l = rows of (A_l + I) divided by their sums, R_l = Â_l · R_{l−1}, R_0 = Â_0; and
 * what others made of it.
 */

import { InputError } from "../../errors/errors.ts";
import { choiceOf, expectKeys } from "../../errors/options.ts";
import type { AttentionMaps } from "./attention-maps.ts";

/** The published ways to roll attention out; each gives other numbers. */
export const rolloutVariants = ["abnar", "vit-explain", "chefer", "keras"] as const;
/** The name of one of them. */
export type RolloutVariant = (typeof rolloutVariants)[number];

/** How heads of a layer become one. */
export type Fusion = "mean" | "max" | "min";

/** Which rollout. */
export interface RolloutOptions {
  /**
   * - "abnar": the mean of the heads plus the identity, rows divided by their sums, multiplied from layer to layer (Abnar & Zuidema 2020).
   * - "vit-explain": heads fused by `fusion`, the smallest `discard` of a layer's numbers set to 0, then as above; pictures ÷ their maximum.
   * - "chefer": as abnar from `startLayer` on; the class token's share in itself is set to 0 (the baseline of Chefer et al. 2021).
   * - "keras": as abnar; pictures ÷ their maximum (Keras, "Investigating Vision Transformer representations").
   */
  readonly variant?: RolloutVariant;
  /** vit-explain: "mean" if not given. */
  readonly fusion?: Fusion;
  /** vit-explain: the share of each layer's numbers set to 0, 0.9 if not given; the one from the first token to itself is kept, as published. */
  readonly discard?: number;
  /**
   * vit-explain: "rows" (the usual) divides every row by its sum. Its published code divides every column by the sum of the row of that
   * number, which makes no shares; "columns" is for who wants its numbers.
   */
  readonly scaling?: "rows" | "columns";
  /** chefer: the first layer; the first of all if not given. */
  readonly startLayer?: number;
  /** The last layer; the last one of the stack if not given. */
  readonly endLayer?: number;
}

/** How much each input token goes into each token of a layer, through every path of attention and residual. */
export interface Rollout {
  readonly variant: RolloutVariant;
  readonly tokens: number;
  readonly startLayer: number;
  readonly endLayer: number;
  /** Whether a causal mask stands behind the numbers: then they pile up on the first tokens, whatever the text says. */
  readonly isCausal: boolean;
  /** What goes into one token: (N); N² multiplications a layer. */
  row(query: number): Float64Array;
  /** All rows: (N, N) row-major. */
  matrix(): Float64Array;
}

/**
 * Attention rollout (Abnar & Zuidema 2020, "Quantifying attention flow in transformers", eq. 1): Â_l = rows of (A_l + I) divided by their
 * sums, R = Â_L ⋯ Â_1 Â_0. It knows neither values nor what attention writes. Throws InputError for cross attention, and for options that
 * another variant has.
 */
export function rollout(maps: AttentionMaps, options: RolloutOptions = {}): Rollout {
  expectKeys(
    options,
    { variant: true, fusion: true, discard: true, scaling: true, startLayer: true, endLayer: true },
    "rollout",
  );
  const { firstLayer } = maps;
  const lastLayer = firstLayer + maps.layers - 1;
  const { variant = "abnar", startLayer = firstLayer, endLayer = lastLayer } = options;
  if (!maps.isSelf)
    throw new InputError(
      "rollout: is published for one stack of self-attention; cross attention is none. Take the encoder's or the decoder's own",
    );
  expectOwnOptions(variant, options);
  for (const [name, layer] of Object.entries({ startLayer, endLayer }))
    if (!Number.isInteger(layer) || layer < firstLayer || layer > lastLayer)
      throw new InputError(
        `rollout: ${name} ${layer}, but there are layers ${firstLayer} to ${lastLayer}`,
      );
  if (endLayer < startLayer)
    throw new InputError(`rollout: endLayer ${endLayer} is before startLayer ${startLayer}`);
  const N = maps.keys.length;
  const steps = Array.from({ length: endLayer - startLayer + 1 }, (_, n) =>
    stepOf(maps, startLayer - firstLayer + n, options),
  );
  const row = (query: number): Float64Array => {
    if (!Number.isInteger(query) || query < 0 || query >= N)
      throw new InputError(`rollout: token ${query}, but there are 0 to ${N - 1}`);
    let sum: Float64Array = new Float64Array(N);
    sum[query] = 1;
    for (const step of steps.toReversed()) sum = timesMatrix(sum, step);
    if (variant === "chefer" && query === 0) sum[0] = 0;
    return sum;
  };
  return {
    variant,
    tokens: N,
    startLayer,
    endLayer,
    isCausal: maps.isCausal,
    row,
    matrix() {
      const whole = new Float64Array(N * N);
      for (let query = 0; query < N; query++) whole.set(row(query), query * N);
      return whole;
    },
  };
}

const ownOptions: Readonly<Record<RolloutVariant, readonly string[]>> = {
  abnar: [],
  "vit-explain": ["fusion", "discard", "scaling"],
  chefer: ["startLayer"],
  keras: [],
};

function expectOwnOptions(variant: RolloutVariant, options: RolloutOptions): void {
  choiceOf(rolloutVariants, variant, "rollout: variant");
  for (const [owner, names] of Object.entries(ownOptions))
    for (const name of names)
      if (owner !== variant && options[name as keyof RolloutOptions] !== undefined)
        throw new InputError(`rollout: ${name} is of variant ${owner}, and ${variant} has none`);
  const { discard, fusion = "mean", scaling = "rows" } = options;
  choiceOf(["mean", "max", "min"], fusion, "rollout: fusion");
  choiceOf(["rows", "columns"], scaling, "rollout: scaling");
  if (discard !== undefined && !(discard >= 0 && discard < 1))
    throw new InputError(`rollout: discard ${discard}, needs a share from 0 to below 1`);
}

/** One layer's matrix Â (N, N): fused heads with the identity, scaled. */
function stepOf(maps: AttentionMaps, layer: number, options: RolloutOptions): Float64Array {
  const { variant, fusion = "mean", discard = 0.9, scaling = "rows" } = options;
  const fused = fusedHeads(maps, layer, fusion);
  if (variant === "vit-explain") discardSmallest(fused, discard);
  return scaling === "rows" ? withResidual(fused) : scaledByColumns(fused);
}

/** The heads of a layer as one matrix (N, N). */
export function fusedHeads(
  maps: AttentionMaps,
  layer: number,
  fusion: Fusion = "mean",
): Float64Array {
  const fused = Float64Array.from(maps.matrix({ layer, head: 0 }));
  for (let head = 1; head < maps.heads; head++) {
    const weights = maps.matrix({ layer, head });
    for (let place = 0; place < fused.length; place++) {
      const weight = weights[place]!;
      if (fusion === "mean") fused[place]! += weight;
      else if (fusion === "max" ? weight > fused[place]! : weight < fused[place]!)
        fused[place] = weight;
    }
  }
  if (fusion === "mean")
    for (let place = 0; place < fused.length; place++) fused[place]! /= maps.heads;
  return fused;
}

/** Adds the identity and divides each row by its sum, in place: ½A + ½I where rows sum to 1. */
export function withResidual(fused: Float64Array): Float64Array {
  const N = Math.sqrt(fused.length);
  for (let row = 0; row < N; row++) {
    fused[row * N + row]! += 1;
    let sum = 0;
    for (let column = 0; column < N; column++) sum += fused[row * N + column]!;
    for (let column = 0; column < N; column++) fused[row * N + column]! /= sum;
  }
  return fused;
}

/** What the published code of vit-explain does: number [i, j] divided by the sum of row j. */
function scaledByColumns(fused: Float64Array): Float64Array {
  const N = Math.sqrt(fused.length);
  const sums = new Float64Array(N);
  for (let row = 0; row < N; row++) {
    fused[row * N + row]! += 1;
    for (let column = 0; column < N; column++) sums[row]! += fused[row * N + column]! / 2;
  }
  return fused.map((value, place) => value / 2 / sums[place % N]!);
}

/** Sets the smallest numbers of a matrix to 0, but never the first one. */
function discardSmallest(fused: Float64Array, share: number): void {
  const order = Array.from(fused.keys()).sort((a, b) => fused[a]! - fused[b]! || a - b);
  for (const place of order.slice(0, Math.floor(fused.length * share)))
    if (place !== 0) fused[place] = 0;
}

function timesMatrix(row: Float64Array, matrix: Float64Array): Float64Array {
  const N = row.length;
  const product = new Float64Array(N);
  for (let middle = 0; middle < N; middle++) {
    const factor = row[middle]!;
    if (factor === 0) continue;
    for (let column = 0; column < N; column++)
      product[column]! += factor * matrix[middle * N + column]!;
  }
  return product;
}

/** What goes from a picture's patches into its class token, as a variant draws it: "keras" and "vit-explain" divide by the largest. */
export function patchRelevance(
  { variant }: Rollout,
  row: Float64Array,
  patches: number,
): Float64Array {
  const shares = row.slice(row.length - patches);
  if (variant !== "keras" && variant !== "vit-explain") return shares;
  const most = shares.reduce((a, b) => Math.max(a, b), 0);
  return most > 0 ? shares.map((share) => share / most) : shares;
}
