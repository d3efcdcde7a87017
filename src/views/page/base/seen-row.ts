import { whenAnswered } from "../source/answer.ts";
import type { AttentionSource } from "../source/source.ts";
import type { View } from "../state/view.ts";
import type { Question } from "./question.ts";

/** What one query looks at in one head. */
export interface SeenRow {
  readonly layer: number;
  readonly head: number;
  readonly query: number;
  /** (S) */
  readonly row: Float32Array;
}

/** Asks what a view's query looks at; returns the last that is known. */
export function askRow(
  question: Question<SeenRow>,
  source: AttentionSource,
  { layer, head, query }: View,
): SeenRow | undefined {
  return question.ask([source, layer, head, query], () =>
    whenAnswered(source.row({ layer, head }, query), (row) => ({ layer, head, query, row })),
  );
}

/** What one query looks at in every head. */
export interface SeenRows {
  readonly query: number;
  /** (L, H, S) */
  readonly rows: Float32Array;
}

/** Asks what a view's query looks at in every head; returns the last that is known. */
export function askRows(
  question: Question<SeenRows>,
  source: AttentionSource,
  { query }: View,
): SeenRows | undefined {
  return question.ask([source, query], () =>
    whenAnswered(source.rows(query), (rows) => ({ query, rows })),
  );
}
