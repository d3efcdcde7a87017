import type { HeadAddress } from "../../probe/head-address.ts";

/** What a page carries as JSON beside its packed numbers; the page's script reads it. */
export interface PageData {
  readonly texts: readonly string[];
  /** The line under the sentence. */
  readonly model: string;
  readonly layers: number;
  readonly heads: number;
  /** The heads whose weights are there, where some are left out. */
  readonly only?: readonly HeadAddress[];
  readonly queries: readonly string[];
  readonly keys: readonly string[];
  /** For every token its whole word's name, where queries and keys are the same. */
  readonly words?: readonly string[];
  /** Whether queries and keys are the same words. */
  readonly isSelf: boolean;
  /** Indices of special tokens among the keys, and among the queries. */
  readonly specialKeys: readonly number[];
  readonly specialQueries: readonly number[];
  /** Keys that heads rest on, which are not what a word is said to look at. */
  readonly rest?: readonly number[];
  readonly start: {
    readonly query: number;
    readonly key?: number;
    readonly layer: number;
    readonly head: number;
  };
  /** 256 colours of the scale by its position, as `rrggbb` one after another. */
  readonly colors: { readonly light: string; readonly dark: string };
  /** Where only the large weights of a long text are there: those below this are left out. */
  readonly smallest?: number;
  readonly vectors?: PageVectors;
  /** Why there are no vectors. */
  readonly vectorsNote?: string;
}

/** Shapes of the packed q, k and v. */
export interface PageVectors {
  readonly headWidth: number;
  /** Heads of k and v; fewer than `heads` where several queries share them. */
  readonly keyHeads: number;
  readonly scale: number;
  readonly hasBias: boolean;
}

/** Ids of the elements that hold packed numbers; of vectors, and of sparse weights, each layer has its own. */
export const packedIds = {
  weights: "packed-weights",
  q: "packed-q",
  k: "packed-k",
  v: "packed-v",
  bias: "packed-bias",
} as const;

/** The id of one layer's packed numbers. */
export function layerId(id: string, layer: number): string {
  return `${id}-${layer}`;
}
