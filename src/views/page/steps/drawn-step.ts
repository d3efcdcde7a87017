import type {
  Explained,
  ExplainedNumbers,
  ExplainedRole,
  ExplainedStep,
} from "../../explain/explained.ts";
import { formatFixed } from "../../numbers.ts";
import { fromOne, inColumns, withMinus } from "./notation.ts";
import type { StepWords } from "./step-words.ts";
import type { WhatIf } from "./what-if.ts";

/** How formulas are written, and whether layers, heads and numbers count from 1. */
export interface StepNotation {
  readonly notation: "rows" | "columns";
  readonly countsFromOne: boolean;
}

/** Which bar of which picture the reader is at. */
export interface BarPlace {
  readonly block: string;
  readonly row: number;
  readonly bar: number;
}

/** What passes: gone when another explanation is given, and in no link. */
export interface Passing {
  readonly at?: BarPlace;
  /** Pictures whose long rows, or many words, are all shown. */
  readonly unfolded: ReadonlySet<string>;
  /** Which number of q is lit. */
  readonly lit?: number;
  readonly inputs: readonly number[];
  readonly isReal: boolean;
  readonly whatIf: WhatIf;
  readonly byLead: boolean;
}

/** A step as its picture is given it. */
export interface DrawnStep extends StepNotation {
  readonly explained: Explained;
  readonly numbers: ExplainedNumbers | undefined;
  readonly step: ExplainedStep;
  readonly words: StepWords;
  readonly passing: Passing;
  /** Takes over what passes, and draws again. */
  pass(change: Partial<Passing>): void;
  /** Asks for another step. */
  open(step: string): void;
  /** Asks for a key to be pinned. */
  pin(key: number): void;
}

/** A number as pictures say it. */
export function said(value: number): string {
  return formatFixed(value, 3).replace("-", "−");
}

/** The index of a number as the reader counts. */
export function counted(index: number, { countsFromOne }: StepNotation): number {
  return index + (countsFromOne ? 1 : 0);
}

/** A text of an explanation in the reader's notation: x · W or W · x, counted from 0 or from 1, with true minus signs. What stands in quotation marks stays. */
export function written(
  text: string,
  { notation, countsFromOne, words }: StepNotation & { readonly words?: Pick<StepWords, "say"> },
): string {
  const signed = withMinus(text);
  const turned = notation === "columns" ? inColumns(signed) : signed;
  const counted = countsFromOne ? fromOne(turned) : turned;
  return words?.say?.(counted) ?? counted;
}

/** The class of a role's colour. */
export function classOf(role: ExplainedRole | undefined): string {
  return role === "target" ? "first" : role === "against" ? "second" : (role ?? "");
}
