import type { Probe } from "../probe/probe.ts";
import type { RowSource } from "../probe/row-source.ts";
import type { LazyTensor } from "../tensor/lazy-tensor.ts";
import {
  add,
  type Fused,
  type Mask,
  masked,
  mix,
  scaledDot,
  softmax,
} from "../tensor/operations.ts";
import { part, replacePart } from "../tensor/part-operations.ts";
import type { Program } from "../tensor/program.ts";
import type { Selection } from "../tensor/selection.ts";
import { eachSelected, selectedShape } from "../tensor/selection.ts";

import { type BlindRows, spreadBlind } from "./blind-rows.ts";

/**
 * The rows of scores and weights that someone changes, or that see nothing, step by step; all others are as the fused kernel has them. Gives mixed
 * (B, H, T, D).
 */
export function attendAgain(
  fused: Fused,
  { q, k, v, scale, bias, mask }: RowSource & { readonly v: LazyTensor },
  rows: Selection,
  blind: BlindRows | undefined,
  probe: Probe,
): LazyTensor {
  const [B, H, T] = q.shape as readonly [number, number, number];
  const S = k.shape[2]!;
  const shape = [B, H, T, S];
  const keysOf = (x: LazyTensor) => keysOfHeads(x, rows, H, probe.program); // (B', H' or Hkv, S, D)
  const content = scaledDot(part(q, rows), keysOf(k), scale); // (B', H', T', S)
  const raw = bias ? add(content, part(bias, stretching(rows, bias.shape))) : content;
  const hidden = masksOfRows(mask, rows, shape, probe.program).reduce(masked, raw);
  const scores = probe.rowsOf("scores", hidden, rows, shape); // (B', H', T', S)
  const weights = probe.rowsOf(
    "weights",
    spreadBlind(softmax(scores), blind, rows, probe),
    rows,
    shape,
  ); // (B', H', T', S)
  const mixed = mix(weights, keysOf(v)); // (B', H', T', D)
  if (fused.scores) probe.patched("scores", replacePart(fused.scores, scores, rows));
  if (fused.weights) probe.patched("weights", replacePart(fused.weights, weights, rows));
  return probe.site("mixed", replacePart(fused.mixed, mixed, rows));
}

/** Keys or values of the chosen texts and heads; heads that share them each get their own, unless all heads are there. */
function keysOfHeads(
  x: LazyTensor,
  [texts, heads]: Selection,
  H: number,
  program: Program,
): LazyTensor {
  const group = H / x.shape[1]!;
  if (!texts && !heads) return x;
  return part(x, [texts, heads?.map((head) => Math.floor(head / group))], program);
}

/** A selection of rows for a tensor that stretches along axes of length 1. */
function stretching(rows: Selection, shape: readonly number[]): Selection {
  return rows.map((indices, axis) => (shape[axis] === 1 ? undefined : indices));
}

/** What hides keys from the chosen rows, one after the other: masks are inputs, so their rows are taken here. */
function masksOfRows(
  { causalOffset, window, keys, allowed }: Mask = {},
  rows: Selection,
  [, , , S]: readonly number[],
  program: Program,
): Mask[] {
  const [texts, , queries] = rows;
  const taken = (mask: LazyTensor | undefined, selection: Selection) =>
    mask && inputPart(mask, selection, program);
  const own: Mask = {
    keys: taken(keys, [texts]),
    allowed: taken(allowed, allowed ? stretching(rows, allowed.shape) : []),
  };
  if (!queries || (causalOffset === undefined && !window))
    return [{ ...own, causalOffset, window }];
  const visible = new Int32Array(queries.length * S!);
  for (const [row, query] of queries.entries()) {
    const place = query + (window?.offset ?? 0);
    const first = Math.max(0, place - (window?.before ?? S!));
    const last = Math.min(query + (causalOffset ?? S!), place + (window?.after ?? S!), S! - 1);
    visible.fill(1, row * S! + first, row * S! + Math.max(first, last + 1));
  }
  const allowedRows = program.input(visible, [1, 1, queries.length, S!], "keys of changed rows");
  return [own, { allowed: allowedRows }];
}

/** A part of an input's numbers, as another input. */
function inputPart(mask: LazyTensor, selection: Selection, program: Program): LazyTensor {
  if (selection.every((indices) => indices === undefined)) return mask;
  const numbers = program.inputNumbers(mask)!;
  const shape = selectedShape(selection, mask.shape);
  const taken = new Int32Array(shape.reduce((size, length) => size * length, 1));
  eachSelected(selection, mask.shape, (place, count) => {
    taken[count] = numbers[place]!;
  });
  return program.input(taken, shape, mask.label);
}
