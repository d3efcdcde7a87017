import type { Noun } from "../../probe/noun.ts";

/** What explains one number of attention, as views draw it: plain numbers, step by step. `explain` of heed/analysis gives it. */

/** What a row or a term is about. */
export type ExplainedRole = "target" | "against" | "query";

/** A row's name. */
export interface ExplainedRow {
  readonly label: string;
  readonly role?: ExplainedRole;
  readonly special?: boolean;
}

/** A vector of the way, as strips and rows of numbers show it. */
export interface ExplainedVector {
  readonly kind: "vector";
  readonly name: string;
  readonly values: readonly number[];
  /** Its length √Σ values² */
  readonly norm: number;
  readonly role?: ExplainedRole;
}

/** Terms that add up to the total, in the order in which they matter. */
export interface ExplainedSum {
  readonly kind: "sum";
  readonly name: string;
  readonly terms: readonly {
    readonly label: string;
    readonly value: number;
    readonly factors?: readonly [number, number];
    readonly role?: ExplainedRole;
    /** Whether it is of a special token; undefined where it is of no token at all. */
    readonly special?: boolean;
  }[];
  readonly total: number;
  /** Whether terms are shares of 1. */
  readonly isShare?: boolean;
  /** Whether every term is to be seen: they stand in an order of their own. */
  readonly isWhole?: boolean;
}

/** Numbers in rows and columns: a row a token, head or part. */
export interface ExplainedTable {
  readonly kind: "table";
  readonly name: string;
  readonly rows: readonly ExplainedRow[];
  readonly columns: readonly {
    readonly title: string;
    readonly kind: "number" | "weight" | "share" | "length";
    readonly values: readonly number[];
  }[];
  /** Whether the last column is the sum of the others, or columns add up to their totals (NaN for one that does not). */
  readonly adds?: "across" | "down";
  readonly totals?: readonly number[];
}

/** Two sums of the same terms: those that favour the first stand first. */
export interface ExplainedContrast {
  readonly kind: "contrast";
  readonly name: string;
  readonly first: string;
  readonly second: string;
  readonly rows: readonly {
    readonly label: string;
    readonly first: number;
    readonly second: number;
  }[];
  readonly totals: readonly [first: number, second: number];
}

/** From products to weights: every row's product, what it is scaled by, what is added to it, and its weight. */
export interface ExplainedSoftmax {
  readonly kind: "softmax";
  readonly rows: readonly ExplainedRow[];
  readonly products: readonly number[];
  readonly scale: number;
  readonly added?: readonly number[];
  readonly masked: readonly boolean[];
  readonly weights: readonly number[];
}

/** Rows of texts. */
export interface ExplainedList {
  readonly kind: "list";
  readonly name: string;
  readonly titles: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A sentence that stands for numbers that are not there. */
export interface ExplainedNote {
  readonly kind: "note";
  readonly text: string;
}

/** What a step shows. */
export type ExplainedValue =
  | ExplainedVector
  | ExplainedSum
  | ExplainedTable
  | ExplainedContrast
  | ExplainedSoftmax
  | ExplainedList
  | ExplainedNote;

/** One step of the way: its formula, what it means in one sentence, and its numbers. */
export interface ExplainedStep {
  readonly id: string;
  readonly title: string;
  readonly formula: string;
  readonly sentence: string;
  readonly values: readonly ExplainedValue[];
  readonly leftOut?: string;
}

/** A word as explanations name it. */
export interface ExplainedToken {
  readonly token: number;
  readonly text: string;
}

/** What the steps are made from, row-major, as pictures of every key and every number draw it. S keys, C what is projected, D one head. */
export interface ExplainedNumbers {
  /** (S), in the order of the text. */
  readonly keys: readonly ExplainedRow[];
  /** (C): what the projection sees; undefined where nothing leads to q. */
  readonly x?: readonly number[];
  /** (C, D): this head's share of W^Q, with its bias (D); whether the product is then turned by its position (rotary). */
  readonly queryMap?: {
    readonly matrix: readonly number[];
    readonly bias?: readonly number[];
    readonly isTurned: boolean;
  };
  /** (D) */
  readonly q: readonly number[];
  /** (S, D) */
  readonly k: readonly number[];
  readonly v: readonly number[];
  /** (S): q · k before it is scaled. */
  readonly products: readonly number[];
  /** (S) */
  readonly weights: readonly number[];
  /** (H, D): what every head of the layer mixed for this word. */
  readonly mixed: readonly number[];
  /** Which of the heads is explained. */
  readonly head: number;
  /** What this head writes; all heads and the bias; the stream before and after, where those are known. */
  readonly written: readonly number[];
  readonly attended: readonly number[];
  readonly before?: readonly number[];
  readonly after?: readonly number[];
}

/** The whole way of one query in one head. */
export interface Explained {
  /** "L3H1", with its stack where there are several. */
  readonly head: string;
  readonly query: ExplainedToken;
  readonly target: ExplainedToken;
  readonly against: ExplainedToken | undefined;
  /** Why the target, in plain sentences. */
  readonly answer: readonly string[];
  readonly steps: readonly ExplainedStep[];
  readonly notes: readonly string[];
  /** Where they are there, steps are drawn for every key and number at once. */
  readonly numbers?: ExplainedNumbers;
}

/** A word of the picture on top, with its weight. */
export interface ExplainedWord {
  readonly text: string;
  readonly weight: number;
  readonly special?: boolean;
  readonly role?: ExplainedRole;
}

/** An explanation with what it is of. */
export interface ExplainedPicture {
  readonly explanation: Explained;
  readonly texts: readonly string[];
  /** "all-MiniLM-L6-v2" */
  readonly model: string;
  /** The words that can be looked at with their weights, for the picture on top. */
  readonly words: readonly ExplainedWord[];
  /** What those are called; "word" if not given. */
  readonly noun?: Noun;
}

/** Steps with what is said before them: what every medium draws. */
export interface StepsPicture {
  readonly title: string;
  /** "L3H1 of all-MiniLM-L6-v2" */
  readonly about: string;
  readonly texts: readonly string[];
  /** Sentences that can be read without the steps. */
  readonly lines: readonly string[];
  readonly steps: readonly ExplainedStep[];
  readonly words?: readonly ExplainedWord[];
  /** What those are called; "word" if not given. */
  readonly noun?: Noun;
}
