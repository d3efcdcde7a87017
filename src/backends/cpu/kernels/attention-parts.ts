import type { KernelBuilder } from "../language/builder.ts";
import type { Integer, Vector } from "../language/instruction.ts";
import { WORD } from "../language/layout.ts";

/** What both forms of attention are given. */
export const sharedFields = [
  "tasks",
  /** q (B, H, T, D) */
  "q",
  /** mixed (B, H, T, D), or its heads side by side (B, T, H·D): bytes from one row, head and text to the next */
  "output",
  "outputRow",
  "outputHead",
  "outputText",
  /** (B, H, T, S) each, or 0: not wanted */
  "scores",
  "weights",
  /** a row's maximum and sum of e^(score − maximum) (B, H, T, 2), or 0: not wanted */
  "rowSums",
  /** H, and how many query heads share a key head */
  "heads",
  "group",
  "queries",
  "keys",
  "headWidth",
  /** query i sees keys i + low … i + high − 1 */
  "low",
  "high",
  /** f32 added to the scores, rows of S; bytes from one text and one head to the next; address 0: none */
  "bias",
  "biasText",
  "biasHead",
  /** i32, 0 hides the key: (B, S); address 0: none */
  "keyMask",
  /** i32, 0 hides the pair: rows of S, as the bias; address 0: none */
  "allowed",
  "allowedText",
  "allowedHead",
  /** a thread's own memory: where it begins, and its size */
  "scratch",
  "scratchBytes",
] as const;

export type SharedField = (typeof sharedFields)[number];
export type Builder = KernelBuilder<SharedField>;

/** One head of one text, as addresses. */
export interface Head {
  /** counted over all texts */
  readonly number: Integer;
  readonly text: Integer;
  /** counted within its text */
  readonly inText: Integer;
  readonly keyHead: Integer;
  readonly bias: Integer;
  readonly keyMask: Integer;
  readonly allowed: Integer;
}

/** Keys [start, start + count) of a row. */
export interface Span {
  readonly start: Integer;
  readonly count: Integer;
}

/** The head of this number, counted over all texts. */
export function headOf(k: Builder, number: Integer): Head {
  const heads = k.argument("heads");
  const text = k.divide(number, heads);
  const head = k.subtract(number, k.multiply(text, heads));
  const group = k.argument("group");
  const keyHeads = k.divide(heads, group);
  const part = (field: "bias" | "allowed") => {
    const start = k.argument(field);
    k.if(start, "!=", 0, () => {
      k.advance(start, k.multiply(text, k.argument(`${field}Text`)));
      k.advance(start, k.multiply(head, k.argument(`${field}Head`)));
    });
    return start;
  };
  const keyMask = k.argument("keyMask");
  k.if(keyMask, "!=", 0, () =>
    k.advance(keyMask, k.multiply(text, k.multiply(k.argument("keys"), WORD))),
  );
  return {
    number,
    text,
    inText: head,
    keyHead: k.add(k.multiply(text, keyHeads), k.divide(head, group)),
    bias: part("bias"),
    keyMask,
    allowed: part("allowed"),
  };
}

/** Where row `row` of a head's mixed values goes. */
export function outputAt(k: Builder, head: Head, row: Integer): Integer {
  const at = k.add(k.argument("output"), k.multiply(head.text, k.argument("outputText")));
  k.advance(at, k.multiply(head.inText, k.argument("outputHead")));
  k.advance(at, k.multiply(row, k.argument("outputRow")));
  return at;
}

/** Keys row `row` sees by the rule alone, as a span. */
export function visibleKeys(
  k: Builder,
  first: Integer,
  last: Integer,
): { from: Integer; to: Integer } {
  const from = k.minimum(k.add(first, k.argument("low")), k.argument("keys"));
  k.if(from, "<", 0, () => k.set(from, 0));
  const to = k.minimum(k.add(last, k.argument("high")), k.argument("keys"));
  k.if(to, "<", from, () => k.set(to, from));
  return { from, to };
}

/** Adds the bias to a row of scores and puts −∞ where a mask or the rule hides a key. */
export function maskRow(k: Builder, head: Head, row: Integer, at: Integer, span: Span): void {
  const rowStart = k.add(k.multiply(row, k.argument("keys")), span.start);
  k.if(head.bias, "!=", 0, () => {
    const bias = k.pointer(k.at(head.bias, 0, rowStart, WORD));
    eachScore(k, at, span.count, (score, place, tail) =>
      k.plus(score, k.load(k.at(bias, 0, place, WORD), tail)),
    );
  });
  const hideZeros = (mask: Integer, start: Integer) =>
    k.if(mask, "!=", 0, () =>
      hideWhereZero(k, at, span.count, k.pointer(k.at(mask, 0, start, WORD))),
    );
  hideZeros(head.keyMask, span.start);
  hideZeros(head.allowed, rowStart);
  hideOutside(k, at, span, visibleKeys(k, row, row));
}

/** Changes the scores of a row, vector by vector. */
function eachScore(
  k: KernelBuilder<string>,
  at: Integer,
  count: Integer,
  change: (score: Vector, place: Integer, tail?: Integer) => Vector,
): void {
  k.eachVector(count, (place, tail) => {
    const address = k.at(at, 0, place, WORD);
    k.store(change(k.load(address, tail), place, tail), address, tail);
  });
}

/** −∞ where a row of an i32 mask holds 0. */
export function hideWhereZero(
  k: KernelBuilder<string>,
  at: Integer,
  count: Integer,
  mask: Integer,
): void {
  eachScore(k, at, count, (score, place, tail) => {
    const isSeen = k.toFloat(k.load(k.at(mask, 0, place, WORD), tail));
    const size = k.lanewise("bitAnd", isSeen, k.bits(0x7fffffff));
    return k.selectLess(k.vector(k.constant(0)), size, score, k.constant(-Infinity));
  });
}

/** −∞ at the keys of a span that are not among those from … to − 1. */
export function hideOutside(
  k: KernelBuilder<string>,
  at: Integer,
  span: Span,
  { from, to }: { readonly from: Integer; readonly to: Integer },
): void {
  k.set(from, k.subtract(from, span.start));
  k.set(to, k.subtract(to, span.start));
  const isCut = k.integer(0);
  k.if(k.integer(0), "<", from, () => k.set(isCut, 1));
  k.if(to, "<", span.count, () => k.set(isCut, 1));
  k.if(isCut, "!=", 0, () => {
    const [first, end] = [k.splat(from), k.splat(to)];
    eachScore(k, at, span.count, (score, place) => {
      const number = k.plus(k.splat(place), k.laneNumbers());
      const early = k.selectLess(number, first, k.constant(-Infinity), score);
      return k.selectLess(number, end, early, k.constant(-Infinity));
    });
  });
}

/** A row's maximum and sum, one after the other; −∞ and 0 for a row that sees no key. */
export function storeRowSums(k: Builder, at: Integer, maximum: Vector, sum: Vector): void {
  // A row that sees a key has a sum of at least 1; NaN is not less.
  const told = k.selectLess(sum, k.constant(0.5), k.constant(-Infinity), maximum);
  k.storeLane(told, k.at(at));
  k.storeLane(sum, k.at(at, WORD));
}

/** The same number in floats [start, end) of a row. */
export function fill(
  k: KernelBuilder<string>,
  row: Integer,
  start: Integer,
  end: Integer,
  value: number,
): void {
  const at = k.pointer(k.at(row, 0, start, WORD));
  const filler = k.vector(k.constant(value));
  k.if(start, "<", end, () =>
    k.eachVector(k.subtract(end, start), (place, tail) =>
      k.store(filler, k.at(at, 0, place, WORD), tail),
    ),
  );
}
