import type { HeadAddress } from "../../probe/head-address.ts";

/** What one token gives the tokens of an image in one head. */
export interface PatchLook extends HeadAddress {
  /** (patches) */
  readonly weights: Float32Array;
  /** On the tokens before the patches, such as [CLS]: (tokens before) */
  readonly others: Float32Array;
  /** On all patches together. */
  readonly onPatches: number;
  /** 0 when every patch that is seen gets alike, 1 when one gets all: 1 − entropy / ln(patches seen) of the weights on patches. */
  readonly sharpness: number;
  /** The patch looked at most. */
  readonly strongest: number;
}

/** Takes apart what a token looks at: `row` (S) from the token to every token, of which the last `patches` are patches; outside a window it sees none (`isInWindow`). */
export function patchLook(
  head: HeadAddress,
  row: Float32Array,
  patches: number,
  isInWindow = false,
): PatchLook {
  const others = row.slice(0, row.length - patches);
  const weights = row.slice(row.length - patches);
  const onPatches = weights.reduce((sum, weight) => sum + weight, 0);
  let entropy = 0;
  let strongest = 0;
  for (const [patch, weight] of weights.entries()) {
    const share = onPatches > 0 ? weight / onPatches : 0;
    if (share > 0) entropy -= share * Math.log(share);
    if (weight > weights[strongest]!) strongest = patch;
  }
  const seen = isInWindow ? weights.reduce((count, weight) => count + +(weight > 0), 0) : patches;
  const most = Math.log(seen);
  const sharpness = onPatches > 0 && most > 0 ? 1 - entropy / most : 0;
  return { ...head, weights, others, onPatches, sharpness, strongest };
}

const half = 0.5;

/** Whether a head gives the patches at least half of a token's weight. */
export function isMostlyOnPatches({ onPatches }: PatchLook): boolean {
  return onPatches >= half;
}

/** Heads by how sharply they look at few patches; those that give patches less than half of their weight come after all others. */
export function bySharpness<Look extends PatchLook>(looks: readonly Look[]): Look[] {
  const rank = (look: PatchLook) => look.sharpness + (isMostlyOnPatches(look) ? 2 : 0);
  return [...looks].sort((a, b) => rank(b) - rank(a));
}
