import { formatNumber } from "../../numbers.ts";
import type { AttentionSource, ImageSource } from "../source/source.ts";

/** A weight with the digits it was kept with. */
export function weightText(weight: number, { smallest = 0 }: AttentionSource): string {
  if (weight === 0) return smallest > 0 ? `under ${formatNumber(smallest, 2)}` : "0";
  return weight < 0.001 ? weight.toFixed(5) : formatNumber(weight, 2);
}

/** The patch with the largest weight of a row (S), as a token. */
export function strongestPatch({ image: { leading } }: ImageSource, row: Float32Array): number {
  let best = leading;
  for (let token = leading; token < row.length; token++) if (row[token]! > row[best]!) best = token;
  return best;
}

/** All patches' weights of a row together. */
export function onPatches({ image: { leading } }: ImageSource, row: Float32Array): number {
  let sum = 0;
  for (let token = leading; token < row.length; token++) sum += row[token]!;
  return sum;
}
