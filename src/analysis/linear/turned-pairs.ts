import type { Turning } from "../../families/family.ts";
import { length } from "./vectors.ts";

/** Two numbers of a head that its positions turn together. */
export type TurnedPair = readonly [number, number];

/** The pairs that positions turn, the fastest first; what is in none does not turn. */
export function turnedPairs({ pairs, width }: Turning): TurnedPair[] {
  return Array.from({ length: width / 2 }, (_, m) =>
    pairs === "halves" ? [m, m + width / 2] : [2 * m, 2 * m + 1],
  );
}

/** The places of pair m. */
export function pairsText({ pairs, width }: Turning): string {
  return pairs === "neighbours" ? "(2m, 2m + 1)" : `(m, m + ${width / 2})`;
}

/** Whether every pair kept its length up to one factor, and all other numbers stayed as they were. */
export function isTurnOf(
  before: ArrayLike<number>,
  after: ArrayLike<number>,
  turning: Turning,
  closeEnough: number,
): boolean {
  const pairs = turnedPairs(turning);
  const lengths = (x: ArrayLike<number>) => pairs.map(([a, b]) => Math.hypot(x[a]!, x[b]!));
  const [was, is] = [lengths(before), lengths(after)];
  const factor = length(was) === 0 ? 1 : length(is) / length(was);
  const scale = closeEnough * Math.max(1, length(after));
  const isRestAsItWas = Array.from({ length: before.length - turning.width }, (_, n) =>
    Math.abs(before[turning.width + n]! - after[turning.width + n]!),
  ).every((far) => far <= scale);
  return isRestAsItWas && was.every((size, m) => Math.abs(size * factor - is[m]!) <= scale);
}

/** The turn that leads from one vector to the other, for their parts. */
export function turnBetween(
  before: ArrayLike<number>,
  after: ArrayLike<number>,
  turning: Turning,
): (part: Float64Array) => Float64Array {
  const turns = turnedPairs(turning).map(([first, second]) => {
    const [a, b, c, d] = [before[first]!, before[second]!, after[first]!, after[second]!];
    const size = a * a + b * b;
    const [cosine, sine] = size === 0 ? [1, 0] : [(a * c + b * d) / size, (a * d - b * c) / size];
    return { first, second, cosine, sine };
  });
  return (part) => {
    const result = part.slice();
    for (const { first, second, cosine, sine } of turns) {
      const [a, b] = [part[first]!, part[second]!];
      result[first] = cosine * a - sine * b;
      result[second] = sine * a + cosine * b;
    }
    return result;
  };
}
