import type { LazyTensor } from "../tensor/lazy-tensor.ts";
import type { Mask } from "../tensor/operations.ts";
import type { Program } from "../tensor/program.ts";

/** What a decoder's mask is made of: rows of T new tokens behind `past` earlier ones. */
export interface DecoderRows {
  readonly batch: number;
  readonly length: number;
  /** (B, past + T): 1 real token, 0 padding. */
  readonly mask?: Int32Array;
  /** (B, T) */
  readonly positions?: Int32Array;
  readonly cache?: { readonly length: number };
}

/** What a decoder's mask may leave out, where its config or its class says so. */
export interface DecoderRules {
  /** False (`is_causal: false`): every token sees all real ones. */
  readonly isCausal?: boolean;
  /** False: positions say nothing of several texts in a row. */
  readonly isPackable?: boolean;
}

/** What a token of a decoder sees: real tokens up to itself and, in packed rows, of its own text. */
export function causalMask(
  { batch: B, length: T, mask, positions, cache }: DecoderRows,
  program: Program,
  { isCausal = true, isPackable: isOfClass = true }: DecoderRules = {},
): Mask {
  const past = cache?.length ?? 0;
  if (!isCausal) return { keys: keyMask(mask, [B, past + T], program) };
  const isPackable =
    isOfClass && positions !== undefined && mask === undefined && cache === undefined;
  return {
    causalOffset: past,
    keys: keyMask(mask, [B, past + T], program),
    allowed: isPackable ? packedTexts(positions, [B, T], program) : undefined,
  };
}

/** How many keys before and behind itself a token sees. */
export interface Reach {
  readonly before: number;
  readonly after: number;
}

/** The reach of a sliding window as transformers counts it: a token and those before it; where later ones are seen too, so many to both sides. */
export function slidingReach(window: number, isCausal = true): Reach {
  return isCausal ? { before: window - 1, after: 0 } : { before: window, after: window };
}

/** A decoder's mask for each of its layers, whose tokens see all that the rules let them, or only what is in reach; one mask for all of one reach. */
export function layerMasks(
  rows: DecoderRows,
  program: Program,
  reaches: readonly (Reach | undefined)[],
  rules: DecoderRules = {},
): readonly Mask[] {
  const whole = causalMask(rows, program, rules);
  const offset = rows.cache?.length ?? 0;
  const masks = new Map<string, Mask>();
  return reaches.map((reach) => {
    if (!reach) return whole;
    const key = `${reach.before} ${reach.after}`;
    const mask = masks.get(key) ?? { ...whole, window: { offset, ...reach } };
    masks.set(key, mask);
    return mask;
  });
}

/** A mask of keys (B, S) for the scores, or undefined when every token is real. */
export function keyMask(
  mask: Int32Array | undefined,
  [B, S]: readonly [number, number],
  program: Program,
): LazyTensor | undefined {
  return mask?.includes(0) ? program.input(mask, [B, S], "mask") : undefined;
}

/** A mask of pairs (B, 1, T, T) by which only real tokens see real tokens, or undefined when every token is real. */
export function realPairs(
  mask: Int32Array | undefined,
  [B, T]: readonly [number, number],
  program: Program,
): LazyTensor | undefined {
  if (!mask?.includes(0)) return undefined;
  const pairs = new Int32Array(B * T * T);
  for (let row = 0; row < B * T; row++)
    if (mask[row] !== 0) {
      const text = row - (row % T);
      pairs.set(mask.subarray(text, text + T), row * T);
    }
  return program.input(pairs, [B, 1, T, T], "pairs of real tokens");
}

/**
 * Several texts packed into one row: every step of the positions other than +1 starts another text, and tokens see their
 * own text only, as transformers has it when positions are given without a mask. (B, 1, T, T), or undefined for single texts.
 */
export function packedTexts(
  positions: Int32Array,
  [B, T]: readonly [number, number],
  program: Program,
): LazyTensor | undefined {
  const texts = new Int32Array(B * T);
  let isPacked = false;
  for (let b = 0; b < B; b++)
    for (let t = 1; t < T; t++) {
      const place = b * T + t;
      const isStart = positions[place] !== positions[place - 1]! + 1;
      texts[place] = texts[place - 1]! + (isStart ? 1 : 0);
      isPacked ||= isStart;
    }
  if (!isPacked) return undefined;
  const allowed = new Int32Array(B * T * T);
  for (let b = 0; b < B; b++)
    for (let i = 0; i < T; i++)
      for (let j = 0; j < T; j++)
        allowed[(b * T + i) * T + j] = texts[b * T + i] === texts[b * T + j] ? 1 : 0;
  return program.input(allowed, [B, 1, T, T], "texts packed into one row");
}
