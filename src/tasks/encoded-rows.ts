import { InputError } from "../errors/errors.ts";
import type { LoadedModel } from "../models/loaded-model.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Token, Tokenizer } from "../tokens/tokenizer.ts";

/** What every task may be told besides its own options. */
export interface TaskOptions {
  /** Stops between layers. */
  readonly signal?: AbortSignal;
  /** Told of warnings, such as a text that is cut, instead of `load`'s own listener. */
  readonly onWarning?: (message: string) => void;
}

/** At most so many rows go through the model at once. */
const mostRows = 16;

/** The tokenizer of a model. Throws InputError where its files have none. */
export function tokenizerOf({ tokenizer, label }: LoadedModel, task: string): Tokenizer {
  if (!tokenizer)
    throw new InputError(
      `${task}: ${label} has no tokenizer files, so it cannot read a text. Add tokenizer.json to its folder`,
    );
  return tokenizer;
}

/** The most tokens of a text: what the tokenizer's files say, and what the model has positions for. */
export function longestOf({ tokenizer, longest }: LoadedModel): number {
  return Math.min(
    tokenizer?.maxLength ?? Number.POSITIVE_INFINITY,
    longest ?? Number.POSITIVE_INFINITY,
  );
}

/** How rows go through the model. */
export interface RowsOptions extends TaskOptions {
  /** Whether segment ids are given; where the tokenizer gives them if not said. */
  readonly hasTypes?: boolean;
  /** How long each row is made by padding; none is padded if not given. */
  readonly widths?: readonly number[];
}

/** The logits of every row, without those of padding: (T, V), (T, labels) or (labels). Rows of one length run together. */
export async function logitsOf(
  model: LoadedModel,
  rows: readonly (readonly Token[])[],
  options: RowsOptions,
): Promise<Tensor[]> {
  const { widths = rows.map((row) => row.length) } = options;
  const logits = new Array<Tensor>(rows.length);
  for (const width of new Set(widths)) {
    const alike = [...rows.keys()].filter((row) => widths[row] === width);
    for (let from = 0; from < alike.length; from += mostRows) {
      const places = alike.slice(from, from + mostRows);
      const group = places.map((place) => rows[place]!);
      const own = await groupLogits(model, group, { ...options, width });
      for (const [index, place] of places.entries()) logits[place] = own[index]!;
    }
  }
  return logits;
}

async function groupLogits(
  model: LoadedModel,
  rows: readonly (readonly Token[])[],
  { width, signal, onWarning, hasTypes }: RowsOptions & { readonly width: number },
): Promise<Tensor[]> {
  const { readsTypes } = model;
  const tokenizer = model.tokenizer!;
  const { ids, mask, types } = tokenizer.pad(
    rows.map((row) => ({ ids: row.map(({ id }) => id), types: row.map(({ type }) => type) })),
    { length: width },
  );
  const isPadded = rows.some((row) => row.length < width);
  const takesTypes = hasTypes ?? (readsTypes && tokenizer.givesTypes);
  const run = await model.run(
    { ids, ...(isPadded && { mask }), ...(takesTypes && { types }) },
    { signal, onWarning },
  );
  return rows.map(({ length }, place) => {
    const own = run.output.logits!.select(place);
    const start = tokenizer.paddingSide === "left" ? width - length : 0;
    return own.shape.length === 1 ? own : own.slice(0, start, start + length);
  });
}

/** How a text is cut into windows. */
export interface WindowOptions {
  /** Which text of a pair is cut: 0 or 1. */
  readonly sequence: 0 | 1;
  /** The most tokens of a window, those that were put in and the other text included. */
  readonly longest: number;
  /** The side that is cut; windows are counted from the other. */
  readonly side: "left" | "right";
  /** How many tokens a window has in common with the one before; undefined for the first window alone. */
  readonly stride?: number;
  /** What to call it in errors. */
  readonly task: string;
}

/**
 * Tokens of a text, or of two, cut so that they fit: each window holds what was put in, the other text whole, and a part of the text that is
 * cut. Throws InputError where no token of it fits, and where windows would not move on.
 */
export function windowsOf(
  tokens: readonly Token[],
  { sequence, longest, side, stride, task }: WindowOptions,
): (readonly Token[])[] {
  if (tokens.length <= longest) return [tokens];
  const first = tokens.findIndex((token) => token.sequence === sequence);
  const last = tokens.findLastIndex((token) => token.sequence === sequence);
  const before = tokens.slice(0, Math.max(first, 0));
  const behind = tokens.slice(last + 1);
  const room = longest - before.length - behind.length;
  if (first < 0 || room < 1)
    throw new InputError(
      `${task}: ${tokens.length - (last + 1 - first)} of ${longest} tokens are taken before a word of the text that may be cut. Give a shorter ${sequence === 0 ? "second text" : "question"}`,
    );
  const cut = tokens.slice(first, last + 1);
  const part = (start: number) => [
    ...before,
    ...cut.slice(Math.max(start, 0), Math.min(start + room, cut.length)),
    ...behind,
  ];
  const furthest = cut.length - room;
  if (stride === undefined) return [part(side === "right" ? 0 : furthest)];
  if (stride >= room)
    throw new InputError(
      `${task}: windows hold ${room} tokens of the text, and ${stride} of them are to be in the next one too, so that they would not move on. Give a smaller stride`,
    );
  const steps = Math.ceil(furthest / (room - stride));
  return Array.from({ length: steps + 1 }, (_, step) => {
    const moved = step * (room - stride);
    return part(side === "right" ? moved : furthest - moved);
  });
}

/** Says of a text that it was cut. */
export function sayCut(
  { label, tokenizer }: LoadedModel,
  task: string,
  { from, to }: { readonly from: number; readonly to: number },
  { onWarning }: TaskOptions,
): void {
  if (to < from)
    onWarning?.(
      `${task}: the text has ${from} tokens, and ${label} takes ${to}: ${from - to} at its ${tokenizer?.truncationSide === "left" ? "beginning" : "end"} are cut off`,
    );
}
