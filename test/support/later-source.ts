import type { AttentionSource } from "../../src/views/page/source/source.ts";

/** A question put to a source, which waits to be answered. */
export interface Asked {
  /** "row", "weights", … */
  readonly name: string;
  readonly args: readonly unknown[];
  /** Gives the answer that the held source has. */
  answer(): void;
  refuse(reason: string): void;
}

/** A source like one over a running model: nothing is answered until it is told to, in any order. */
export function laterSource<Source extends AttentionSource>(
  held: Source,
): { readonly source: Source; readonly asked: Asked[] } {
  const asked: Asked[] = [];
  const later =
    <Args extends readonly unknown[], T>(name: string, get: (...args: Args) => T | Promise<T>) =>
    (...args: Args): Promise<T> =>
      new Promise((resolve, reject) => {
        asked.push({
          name,
          args,
          answer: () => resolve(get(...args)),
          refuse: (reason) => reject(new Error(reason)),
        });
      });
  const { vectors } = held;
  const source: Source = {
    ...held,
    weights: later("weights", held.weights),
    row: later("row", held.row),
    rows: later("rows", held.rows),
    thumbnails: later("thumbnails", held.thumbnails),
    vectors: vectors && later("vectors", vectors),
  };
  return { source, asked };
}
