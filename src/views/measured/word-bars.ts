import type { Noun } from "../../probe/noun.ts";
import type { Word } from "../surface.ts";

/** Words with a number each: what goes into one word, what draws attention. */
export interface WordBars {
  readonly title: string;
  /** What a row is of; "word" if not given. */
  readonly noun?: Noun;
  /** What the numbers are: "share". */
  readonly unit: string;
  readonly rows: readonly (Word & {
    readonly value: number;
    /** To compare with: what uniform attention would give. */
    readonly beside?: number;
    /** Points the row out. */
    readonly isFocus?: boolean;
  })[];
  /** What the numbers beside are: "if uniform". */
  readonly besideTitle?: string;
  readonly notes?: readonly string[];
}

/** The longest bar's number: the largest size of any. */
export function longestBar({ rows }: WordBars): number {
  return rows.reduce((most, { value }) => Math.max(most, Math.abs(value)), 0);
}
