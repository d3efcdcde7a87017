/** A part of a text as steps name it. */
export interface NamedToken {
  /** Its token's index. */
  readonly token: number;
  readonly text: string;
  readonly special: boolean;
}

/** What a row or a term is about: the key that is explained, the one it is held against, or neither. */
export type Role = "target" | "against" | "query";

/** One number of a sum; `factors` where it is a product of two. */
export interface Term {
  readonly label: string;
  readonly value: number;
  readonly factors?: readonly [number, number];
  readonly role?: Role;
  /** Whether it is of a special token; undefined where it is of no token at all. */
  readonly special?: boolean;
}

/** A row's name in a table. */
export interface RowName {
  readonly label: string;
  readonly role?: Role;
  readonly special?: boolean;
}

/** What is printed of a column: any number, a weight or a share from 0 to 1, a length. */
export type NumberKind = "number" | "weight" | "share" | "length";

/** A column of a table. */
export interface ColumnValue {
  readonly title: string;
  readonly kind: NumberKind;
  readonly values: readonly number[];
}

/** A list of numbers with its length. */
export interface VectorValue {
  readonly kind: "vector";
  readonly name: string;
  readonly values: readonly number[];
  /** √Σ values² */
  readonly norm: number;
  readonly role?: Role;
}

/** Terms that add up to a total, in the order in which they matter. */
export interface SumValue {
  readonly kind: "sum";
  readonly name: string;
  readonly terms: readonly Term[];
  readonly total: number;
  /** Whether the total is 1, so that terms are shares of it. */
  readonly isShare?: boolean;
  /** Whether every term is to be seen: they stand in an order of their own. */
  readonly isWhole?: boolean;
}

/** Rows of numbers. */
export interface TableValue {
  readonly kind: "table";
  readonly name: string;
  readonly rows: readonly RowName[];
  readonly columns: readonly ColumnValue[];
  /** "across": the last column is the sum of those before it. "down": each column adds up to its total. */
  readonly adds?: "across" | "down";
  /** Totals of columns that add up, where `adds` is "down". */
  readonly totals?: readonly number[];
}

/** Two sums of the same terms, and what makes them differ: the terms that favour the first stand first. */
export interface ContrastValue {
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

/** From products to weights, for every key. */
export interface SoftmaxValue {
  readonly kind: "softmax";
  readonly rows: readonly RowName[];
  readonly products: readonly number[];
  readonly scale: number;
  /** Added to the scaled products: positions, biases. */
  readonly added?: readonly number[];
  readonly masked: readonly boolean[];
  readonly weights: readonly number[];
}

/** Rows of texts. */
export interface ListValue {
  readonly kind: "list";
  readonly name: string;
  readonly titles: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A remark beside the numbers. */
export interface NoteValue {
  readonly kind: "note";
  readonly text: string;
}

/** What a step shows. */
export type StepValue =
  | VectorValue
  | SumValue
  | TableValue
  | ContrastValue
  | SoftmaxValue
  | ListValue
  | NoteValue;

/** The steps of an explanation, in the order of the forward pass. */
export const stepIds = [
  "vector",
  "query",
  "keys",
  "products",
  "directions",
  "sources",
  "scaled",
  "parts",
  "softmax",
  "values",
  "joined",
  "output",
  "stream",
] as const;
/** The parts of a head's circuits, of a stream that is taken apart, and of two models side by side. */
export type ReportId =
  | "qk"
  | "ov"
  | "tokens"
  | "composition"
  | "written"
  | "layers"
  | "looks"
  | "heads"
  | "distance"
  | "weights"
  | "tensors";
/** What step it is, by its place on the way or in a report. */
export type StepId = (typeof stepIds)[number] | ReportId;

/** One step from a word's vector to what joins the stream. */
export interface Step {
  readonly id: StepId;
  readonly title: string;
  /** The formula, and the shapes it has here. */
  readonly formula: string;
  /** One sentence for somebody who sees this for the first time. */
  readonly sentence: string;
  readonly values: readonly StepValue[];
  /** Why the step is left out, where this head or this run has no such step. */
  readonly leftOut?: string;
}

/** What the steps are made from, row-major, as pictures of every key and every number draw it. S keys, C what is projected, D one head. */
export interface ExplanationNumbers {
  /** (S), in the order of the text. */
  readonly keys: readonly RowName[];
  /** (C): what the projection sees; undefined where no vector of the run leads to q. */
  readonly x?: readonly number[];
  /** (C, D): this head's share of W^Q, with its bias (D); whether the product is then turned by its position (rotary). */
  readonly queryMap?: {
    readonly matrix: readonly number[];
    readonly bias?: readonly number[];
    readonly isTurned: boolean;
  };
  /** (D), as it enters the products. */
  readonly q: readonly number[];
  /** (S, D) */
  readonly k: readonly number[];
  readonly v: readonly number[];
  /** (S): q · k before it is scaled. */
  readonly products: readonly number[];
  /** (S): the weights of the run. */
  readonly weights: readonly number[];
  /** (H, D): what every head of the layer mixed for this word. */
  readonly mixed: readonly number[];
  /** Which of the heads is explained. */
  readonly head: number;
  /** (C'): what this head writes; all heads and the bias; the stream before and after, where those are sites. */
  readonly written: readonly number[];
  readonly attended: readonly number[];
  readonly before?: readonly number[];
  readonly after?: readonly number[];
}

/** The whole way of one query in one head. */
export interface Explanation {
  /** "L3H1", with its stack where there are several: "decoder.cross.L3H1". */
  readonly head: string;
  readonly query: NamedToken;
  readonly target: NamedToken;
  /** The key that the target is held against; undefined where there is no other. */
  readonly against: NamedToken | undefined;
  /** Why the target, in a few plain sentences. */
  readonly answer: readonly string[];
  readonly steps: readonly Step[];
  /** What the numbers are taken with: words of several pieces, patches, what a family does otherwise. */
  readonly notes: readonly string[];
  readonly numbers: ExplanationNumbers;
}
