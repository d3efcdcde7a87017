import type { Selection } from "../tensor/selection.ts";

/** Rows of (B, H, T, S) sites that somebody changes: chosen texts, heads and queries, undefined for all of an axis; or most of them. */
export type ChangedRows = Selection | "most";

/** Beyond this share of a site's rows it is made whole: computing them twice would take longer. */
const largestShare = 0.5;

/** The rows that hold all of these parts; undefined when there are none. */
export function changedRows(
  parts: readonly Selection[],
  shape: readonly number[],
): ChangedRows | undefined {
  if (parts.length === 0) return undefined;
  const rows = [0, 1, 2].map((axis) => {
    if (parts.some((selection) => selection[axis] === undefined)) return undefined;
    const indices = new Set(parts.flatMap((selection) => selection[axis]!));
    return indices.size === shape[axis] ? undefined : [...indices].sort((a, b) => a - b);
  });
  const share = rows.reduce(
    (product, indices, axis) => product * (indices ? indices.length / shape[axis]! : 1),
    1,
  );
  return share > largestShare ? "most" : rows;
}

/** A part of the whole site in places of the rows that hold it. */
export function withinRows(
  selection: Selection,
  rows: Selection,
  shape: readonly number[],
): Selection {
  return shape.map((_, axis) => {
    const indices = selection[axis];
    const own = axis < 3 ? rows[axis] : undefined;
    return own ? indices!.map((index) => own.indexOf(index)) : indices;
  });
}
