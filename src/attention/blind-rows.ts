import type { Probe } from "../probe/probe.ts";
import type { LazyTensor } from "../tensor/lazy-tensor.ts";
import { add, type Mask, scale } from "../tensor/operations.ts";
import { normalizeRows } from "../tensor/part-operations.ts";
import type { Program } from "../tensor/program.ts";
import type { Selection } from "../tensor/selection.ts";

/** Over which keys a row that sees none is spread: all, as a mask that is added does it, those in reach of the causal rule and window, or none. */
export type Spread = "all keys" | "keys in reach" | "nothing";

/** Rows that the model's own mask lets see nothing; PyTorch's eager attention gives their keys equal weights. */
export interface BlindRows {
  /** Texts and queries that hold all of them, in places of (B, H, T, S). */
  readonly rows: Selection;
  isBlind(text: number, query: number): boolean;
  isReached(query: number, key: number): boolean;
}

const known = new WeakMap<Mask, BlindRows | "none">();

/** The blind rows of scores (B, H, T, S) under a mask, which layers share; undefined when every row sees something. */
export function blindRows(
  mask: Mask | undefined,
  shape: readonly number[],
  spread: Spread,
  program: Program,
): BlindRows | undefined {
  if (spread === "nothing" || (!mask?.keys && !mask?.allowed)) return undefined;
  // Layers share a mask, and with it the shape and how rows are spread.
  const before = known.get(mask);
  if (before) return before === "none" ? undefined : before;
  const found = findBlindRows(mask, shape, spread, program);
  known.set(mask, found ?? "none");
  return found;
}

function findBlindRows(
  mask: Mask,
  [B, , T, S]: readonly number[],
  spread: Spread,
  program: Program,
): BlindRows | undefined {
  const keys = mask.keys && program.inputNumbers(mask.keys);
  const allowed = mask.allowed && program.inputNumbers(mask.allowed);
  const [ofTexts, ofHeads] = mask.allowed?.shape ?? [1, 1];
  // No family hides keys from some heads only.
  if (ofHeads !== 1) return undefined;
  const { causalOffset = Infinity, window } = mask;
  const reach = (t: number): readonly [number, number] => {
    const own = t + (window?.offset ?? 0);
    return [
      Math.max(0, own - (window?.before ?? Infinity)),
      Math.min(S! - 1, t + causalOffset, own + (window?.after ?? Infinity)),
    ];
  };
  const blind = new Uint8Array(B! * T!);
  for (let b = 0; b < B!; b++)
    for (let t = 0; t < T!; t++) {
      const row = ((ofTexts === 1 ? 0 : b) * T! + t) * S!;
      const [first, last] = reach(t);
      let s = first;
      while (s <= last && (keys?.[b * S! + s] === 0 || allowed?.[row + s] === 0)) s += 1;
      if (s > last) blind[b * T! + t] = 1;
    }
  if (!blind.includes(1)) return undefined;
  const upTo = (length: number) => Array.from({ length }, (_, index) => index);
  const texts = upTo(B!).filter((b) => blind.subarray(b * T!, (b + 1) * T!).includes(1));
  const queries = upTo(T!).filter((t) => texts.some((b) => blind[b * T! + t] === 1));
  return {
    rows: [texts, undefined, queries],
    isBlind: (text, query) => blind[text * T! + query] === 1,
    isReached: (query, key) =>
      spread === "all keys" || (key >= reach(query)[0] && key <= reach(query)[1]),
  };
}

/**
 * Weights (B', H', T', S) of these rows after the softmax, which gives blind ones zeros: theirs become equal. Where scores were
 * patched, a row may see something after all: then it keeps its own.
 */
export function spreadBlind(
  weights: LazyTensor,
  blind: BlindRows | undefined,
  [texts, , queries]: Selection,
  probe: Probe,
): LazyTensor {
  if (!blind) return weights;
  const [B, , T, S] = weights.shape as readonly [number, number, number, number];
  const equal = new Float32Array(B * T * S);
  for (let b = 0; b < B; b++)
    for (let t = 0; t < T; t++) {
      const query = queries?.[t] ?? t;
      if (!blind.isBlind(texts?.[b] ?? b, query)) continue;
      const reached = Array.from({ length: S }, (_, key) => blind.isReached(query, key));
      const share = 1 / reached.filter(Boolean).length;
      for (let s = 0; s < S; s++) if (reached[s]) equal[(b * T + t) * S + s] = share;
    }
  const shares = probe.program.input(equal, [B, 1, T, S], "rows that see nothing");
  if (!probe.patches("scores")) return add(weights, shares);
  // So small that a row which sees something does not feel it.
  return normalizeRows(add(weights, scale(shares, 2 ** -100)));
}
