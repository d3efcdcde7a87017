import type { Size } from "../base/box.ts";
import { cut, typeOf } from "../base/canvas.ts";
import type { Pen } from "../base/canvas-element.ts";
import type { Inks } from "../base/palette.ts";
import type { AttentionSource, SourceToken } from "../source/source.ts";

/** What words beside a heat map are written in, in CSS pixels. */
export const labelSize = 12;
const smallestCell = 2;
/** Of a picture's side, in CSS pixels. */
const widestPicture = 3800;

/** Where the cells of a heat map are: below and right of its words. */
export interface HeatLayout extends Size {
  readonly left: number;
  readonly top: number;
  readonly cell: number;
  /** The size of its words. */
  readonly label: number;
}

/** A cell: who looks, and what is looked at. */
export interface Place {
  readonly query: number;
  readonly key: number;
}

type Words = Pick<AttentionSource, "queries" | "keys">;

/** Cells as large as a room of so many CSS pixels allows, within bounds, and `zoom` times larger, up to what a canvas holds; words of a size. */
export function layOut(
  { queries, keys }: Words,
  room: number,
  zoom = 1,
  label = labelSize,
): HeatLayout {
  const pen = document.createElement("canvas").getContext("2d")!;
  pen.font = typeOf(label);
  const widest = (tokens: readonly SourceToken[], most: number): number =>
    Math.min(most, Math.max(10, ...tokens.map(({ text }) => pen.measureText(text).width)));
  const left = Math.ceil(widest(queries, Math.min(120, room / 4))) + 10;
  const top = Math.ceil(widest(keys, 110)) + 10;
  const fitting = (room - left - 4) / keys.length;
  const fitted = Math.max(smallestCell, Math.min(40, fitting >= 3 ? Math.floor(fitting) : fitting));
  const cell =
    zoom === 1 ? fitted : zoomedCell(fitted, Math.max(queries.length, keys.length), zoom);
  return {
    left,
    top,
    cell,
    label,
    width: left + keys.length * cell + 4,
    height: top + queries.length * cell + 4,
  };
}

/** A cell so many times larger, but no larger than one of a short text, nor a picture wider than canvases are sharp. */
export function zoomedCell(fitted: number, tokens: number, zoom: number): number {
  return Math.max(fitted, Math.min(40, widestPicture / tokens, fitted * zoom));
}

/** The cell at (x, y). */
export function cellAt(
  { left, top, cell }: HeatLayout,
  { queries, keys }: Words,
  x: number,
  y: number,
): Place | undefined {
  const key = Math.floor((x - left) / cell);
  const query = Math.floor((y - top) / cell);
  const isCell = key >= 0 && query >= 0 && key < keys.length && query < queries.length;
  return isCell ? { query, key } : undefined;
}

/** The words beside the cells, as many as fit. */
export function drawLabels(
  pen: Pen,
  { left, top, cell, label }: HeatLayout,
  { queries, keys }: Words,
  { ink }: Inks,
): void {
  const stride = Math.max(1, Math.ceil((label + 2) / cell));
  pen.fillStyle = ink;
  pen.textBaseline = "middle";
  for (let query = 0; query < queries.length; query += stride)
    rowLabel(pen, queries[query]!, left, top + (query + 0.5) * cell);
  for (let key = 0; key < keys.length; key += stride)
    keyLabel(pen, keys[key]!, left + (key + 0.5) * cell, top);
}

/** The hovered row's and column's words, over whatever labels stand there. */
export function drawHoverLabels(
  pen: Pen,
  { left, top, cell, label }: HeatLayout,
  { query, key }: Place,
  { queries, keys }: Words,
  { ground, ink }: Inks,
): void {
  const y = top + (query + 0.5) * cell;
  const x = left + (key + 0.5) * cell;
  pen.fillStyle = ground;
  pen.fillRect(0, y - label, left - 2, label * 2);
  pen.fillRect(x - label, 0, label * 2, top - 2);
  pen.fillStyle = ink;
  pen.textBaseline = "middle";
  pen.font = `600 ${typeOf(label)}`;
  rowLabel(pen, queries[query]!, left, y);
  keyLabel(pen, keys[key]!, x, top);
}

/** A frame round the query's row, a fainter one round the key's column, and a stronger one round their cell. */
export function drawOutline(
  pen: Pen,
  { left, top, cell, width, height }: HeatLayout,
  { query, key }: { readonly query: number; readonly key: number | undefined },
  color: string,
): void {
  pen.strokeStyle = color;
  pen.lineWidth = 1.5;
  pen.strokeRect(left - 0.5, top + query * cell - 0.5, width - left - 3, cell + 1);
  if (key === undefined) return;
  pen.globalAlpha = 0.35;
  pen.strokeRect(left + key * cell - 0.5, top - 0.5, cell + 1, height - top - 3);
  pen.globalAlpha = 1;
  pen.lineWidth = 2.5;
  pen.strokeRect(left + key * cell - 1, top + query * cell - 1, cell + 2, cell + 2);
}

function rowLabel(pen: Pen, { text }: SourceToken, left: number, y: number): void {
  pen.textAlign = "right";
  pen.fillText(cut(pen, text, left - 8), left - 6, y);
}

function keyLabel(pen: Pen, { text }: SourceToken, x: number, top: number): void {
  pen.save();
  pen.translate(x, top - 6);
  pen.rotate(-Math.PI / 2);
  pen.textAlign = "left";
  pen.fillText(cut(pen, text, top - 8), 0, 0);
  pen.restore();
}
