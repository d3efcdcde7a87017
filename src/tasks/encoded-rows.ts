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

/** The logits of every row: (T, V), (T, labels) or (labels). Rows of one length run together, so that nothing is padded. */
export async function logitsOf(
  model: LoadedModel,
  rows: readonly (readonly Token[])[],
  { signal, onWarning }: TaskOptions,
): Promise<Tensor[]> {
  const logits = new Array<Tensor>(rows.length);
  const lengths = new Set(rows.map((row) => row.length));
  for (const length of lengths) {
    const alike = [...rows.keys()].filter((row) => rows[row]!.length === length);
    for (let from = 0; from < alike.length; from += mostRows) {
      const group = alike.slice(from, from + mostRows);
      const of = (key: "id" | "type") => group.map((row) => rows[row]!.map((token) => token[key]));
      const run = await model.run(
        { ids: of("id"), ...(model.readsTypes && { types: of("type") }) },
        { signal, onWarning },
      );
      for (const [place, row] of group.entries()) logits[row] = run.output.logits!.select(place);
    }
  }
  return logits;
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
