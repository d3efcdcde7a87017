import { type TaskDifference, taskTolerance } from "./task-case.ts";

/** A choice and its score. */
export interface Ranked {
  readonly name: string;
  readonly score: number;
}

/**
 * How far rows of ranked choices are from those recorded: the largest difference of a score at its rank, and of the score of a name; 1 where
 * names or their number differ. Choices that score alike may change places, unless they stand in the order of a text.
 */
export function rankedDifference(
  expected: readonly (readonly Ranked[])[],
  got: readonly (readonly Ranked[])[],
  { isOrdered = false }: { readonly isOrdered?: boolean } = {},
): Omit<TaskDifference, "name" | "passed"> {
  const differs = (reason: string) => ({ difference: 1, allowed: taskTolerance, reason });
  if (expected.length !== got.length)
    return differs(`recorded are ${expected.length} rows, got ${got.length}`);
  let difference = 0;
  for (const [row, choices] of expected.entries()) {
    const own = got[row]!;
    if (choices.length !== own.length)
      return differs(
        `recorded are ${choices.length} in row ${row}, got ${own.length}: ${own.map(({ name }) => name).join(", ")}`,
      );
    for (const [rank, { name, score }] of choices.entries()) {
      const far = (choice: Ranked) => Math.abs(choice.score - score);
      const [same] = (isOrdered ? own.slice(rank, rank + 1) : [...own])
        .filter((choice) => choice.name === name)
        .sort((a, b) => far(a) - far(b));
      if (!same) return differs(`recorded is ${name} at rank ${rank}, got ${own[rank]!.name}`);
      for (const off of [far(same), far(own[rank]!)])
        difference = Math.max(difference, Number.isNaN(off) ? Number.POSITIVE_INFINITY : off);
    }
  }
  return { difference, allowed: taskTolerance };
}
