import type { Integer } from "../language/instruction.ts";
import { WORD } from "../language/layout.ts";
import {
  type Builder,
  headOf,
  maskRow,
  outputAt,
  type SharedField,
  sharedFields,
  storeRowSums,
} from "./attention-parts.ts";
import { inverseOrZero, rowExponentials, rowMaximum, scaleRow } from "./rows.ts";
import type { KernelSource } from "./source.ts";

const fewFields = [
  ...sharedFields,
  /** k (B, Hkv, S, D) and v as they are: one query is no reason to pack them */
  "k",
  "v",
  /** bytes from one key head to the next: a cache has room for more keys than there are */
  "keyHeadBytes",
  "scaleBy",
] as const;

/** Attention of few queries (a text being generated): one row a task, each key a dot product. */
export const attentionOfFew: KernelSource<(typeof fewFields)[number]> = {
  name: "attentionOfFew",
  fields: fewFields,
  floats: ["scaleBy"],
  write(k) {
    k.eachTask(k.argument("tasks"), (task) => {
      const queries = k.argument("queries");
      const number = k.divide(task, queries);
      const row = k.subtract(task, k.multiply(number, queries));
      const head = headOf(k, number);
      const keys = k.argument("keys");
      const width = k.argument("headWidth");
      const headBytes = k.multiply(width, WORD);
      const keyHeadOffset = k.multiply(head.keyHead, k.argument("keyHeadBytes"));
      const place = k.multiply(k.multiply(task, keys), WORD);
      const weights = k.argument("weights");
      k.if(
        weights,
        "!=",
        0,
        () => k.advance(weights, place),
        () => {
          k.set(weights, k.argument("scratch"));
          k.advance(weights, k.multiply(k.thread, k.argument("scratchBytes")));
        },
      );
      const scores = k.argument("scores");
      k.if(
        scores,
        "!=",
        0,
        () => k.advance(scores, place),
        () => k.set(scores, weights),
      );

      const q = k.add(k.argument("q"), k.multiply(task, headBytes));
      const key = k.add(k.argument("k"), keyHeadOffset);
      const factor = k.floatArgument("scaleBy");
      k.loop(0, keys, 1, (s) => {
        const products = k.vector(k.constant(0));
        k.eachVector(width, (d, tail) => {
          const element = k.load(k.at(q, 0, d, WORD), tail);
          k.addProduct(products, element, k.load(k.at(key, 0, d, WORD), tail));
        });
        k.storeLane(k.times(k.reduce("sumLanes", products), factor), k.at(scores, 0, s, WORD));
        k.advance(key, headBytes);
      });

      maskRow(k, head, row, scores, { start: k.integer(0), count: keys });
      const from = (s: Integer) => k.at(scores, 0, s, WORD);
      const to = (s: Integer) => k.at(weights, 0, s, WORD);
      const maximum = rowMaximum(k, from, keys);
      const sum = rowExponentials(k, from, to, keys, maximum);
      scaleRow(k, to, keys, inverseOrZero(k, sum));
      const rowSums = k.argument("rowSums");
      k.if(rowSums, "!=", 0, () => {
        k.advance(rowSums, k.multiply(task, 2 * WORD));
        storeRowSums(k, rowSums, maximum, sum);
      });

      const v = k.add(k.argument("v"), keyHeadOffset);
      const output = outputAt(k, head, row);
      mixColumns(k, { weights, keys, v, output, width, headBytes });
    });
  },
};

/** output ← Σ weight · row of v, some vectors of columns at a time. */
function mixColumns(
  k: Builder,
  {
    weights,
    keys,
    v,
    output,
    width,
    headBytes,
  }: {
    readonly [name in "weights" | "keys" | "v" | "output" | "width" | "headBytes"]: Integer;
  },
): void {
  const AT_ONCE = 4;
  const column = k.integer(0);
  const sumOf = (vectors: number, tail: Integer | undefined) => {
    const sums = Array.from({ length: vectors }, () => k.vector(k.constant(0)));
    const row = k.pointer(k.at(v, 0, column, WORD));
    k.loop(0, keys, 1, (s) => {
      const weight = k.loadSplat(k.at(weights, 0, s, WORD));
      for (const [index, sum] of sums.entries())
        k.addProduct(sum, weight, k.load(k.at(row, index * k.vectorBytes), tail));
      k.advance(row, headBytes);
    });
    const at = k.pointer(k.at(output, 0, column, WORD));
    for (const [index, sum] of sums.entries()) k.store(sum, k.at(at, index * k.vectorBytes), tail);
  };
  for (const vectors of [AT_ONCE, 1]) {
    const floats = vectors * k.lanes;
    k.while(column, "<", k.subtract(width, floats - 1), () => {
      sumOf(vectors, undefined);
      k.advance(column, floats);
    });
  }
  const tail = k.subtract(width, column);
  k.if(tail, "!=", 0, () => sumOf(1, tail));
}

/** −∞ where a rule or a mask hides a key: `q` holds the scores, `output` gets them, one row a task. */
export const maskRows: KernelSource<SharedField> = {
  name: "maskRows",
  fields: sharedFields,
  floats: [],
  write(k) {
    k.eachTask(k.argument("tasks"), (task) => {
      const queries = k.argument("queries");
      const number = k.divide(task, queries);
      const head = headOf(k, number);
      const keys = k.argument("keys");
      const offset = k.multiply(k.multiply(task, keys), WORD);
      const from = k.add(k.argument("q"), offset);
      const to = k.add(k.argument("output"), offset);
      k.eachVector(keys, (place, tail) =>
        k.store(k.load(k.at(from, 0, place, WORD), tail), k.at(to, 0, place, WORD), tail),
      );
      const row = k.subtract(task, k.multiply(number, queries));
      maskRow(k, head, row, to, { start: k.integer(0), count: keys });
    });
  },
};
