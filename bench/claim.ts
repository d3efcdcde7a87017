/** One line of the table: what was measured, on both sides, and whether the goal is met. */
export interface Row {
  readonly label: string;
  /** Milliseconds, or what `unit` says. */
  readonly ours: number;
  readonly rival?: number;
  readonly unit: string;
  /** The number the goal is about. */
  readonly value: number;
  readonly goal: string;
  readonly isMet: boolean;
  /** What this machine allows at best, in the same unit: its arithmetic units or its memory alone need so long. */
  readonly least?: number;
  readonly note?: string;
}

/** One claim: a file that measures it. */
export interface Claim {
  readonly name: string;
  readonly title: string;
  /** `at` is told where measuring is, for whoever ends it. */
  measure(at: (place: string) => void): Promise<Row[]>;
}

/** A ratio that must be at most `most`. */
export function atMost(value: number, most: number): Pick<Row, "value" | "goal" | "isMet"> {
  return { value, goal: `≤ ${most}`, isMet: value <= most };
}

/** A share that must be at least `least`. */
export function atLeast(value: number, least: number): Pick<Row, "value" | "goal" | "isMet"> {
  return { value, goal: `≥ ${least}`, isMet: value >= least };
}

/** Refuses a claim that was asked for by name and has no rows: what it is measured against is not there, as was said when it was looked for. */
export function expectRows({ name }: Pick<Claim, "name">, rows: readonly Row[]): void {
  if (rows.length > 0) return;
  throw new Error(
    `bench: ${name} measured nothing: all it is measured against is missing (above stands what). Run "npm run rivals", or set what bench/README.md names for it, and measure again`,
  );
}
