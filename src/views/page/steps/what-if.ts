import type { ExplainedSoftmax } from "../../explain/explained.ts";

/** What a reader changes in the picture of softmax; the run stays as it is. */
export interface WhatIf {
  /** By key: what is added to its score. */
  readonly moved: ReadonlyMap<number, number>;
  readonly temperature: number;
  readonly isScaled: boolean;
}

export const noWhatIf: WhatIf = { moved: new Map(), temperature: 1, isScaled: true };

/** Whether anything is changed. */
export function isChanged({ moved, temperature, isScaled }: WhatIf): boolean {
  return !isScaled || temperature !== 1 || [...moved.values()].some((value) => value !== 0);
}

/** (S): the scores of a what-if, before the temperature; −Infinity where the word cannot look. */
export function scoresIf(softmax: ExplainedSoftmax, { moved, isScaled }: WhatIf): number[] {
  const { products, scale, added, masked } = softmax;
  return products.map((product, key) =>
    masked[key]
      ? Number.NEGATIVE_INFINITY
      : product * (isScaled ? scale : 1) + (added?.[key] ?? 0) + (moved.get(key) ?? 0),
  );
}

/** (S): softmax of the scores divided by the temperature; zeros where nothing can be looked at. */
export function weightsIf(softmax: ExplainedSoftmax, whatIf: WhatIf): number[] {
  const scores = scoresIf(softmax, whatIf).map((score) => score / whatIf.temperature);
  const largest = scores.reduce((most, score) => Math.max(most, score), Number.NEGATIVE_INFINITY);
  if (largest === Number.NEGATIVE_INFINITY) return scores.map(() => 0);
  const powers = scores.map((score) => Math.exp(score - largest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}
