import type { WordWeights } from "./word-weights.ts";

/** Whether a unit has letters, digits or signs such as emoji: whether it is more than punctuation. */
export function hasLetters({ units }: Pick<WordWeights, "units">, unit: number): boolean {
  return /[\p{L}\p{N}\p{So}]/u.test(units[unit]!.text);
}
