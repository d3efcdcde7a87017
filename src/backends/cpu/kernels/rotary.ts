import type { Integer } from "../language/instruction.ts";
import { WORD } from "../language/layout.ts";
import type { KernelSource } from "./source.ts";
import { eachTaskRows } from "./tasks.ts";

const fields = [
  "tasks",
  /** x (B, H, T, D) */
  "x",
  "output",
  "rows",
  "taskRows",
  "width",
  "heads",
  "queries",
  /** (B or 1, T, half); bytes from one text to the next, 0 where all share them */
  "cos",
  "sin",
  "anglesText",
  "half",
  /** elements between the two of a pair, and from one pair to the next */
  "apart",
  "step",
] as const;

/** Rotary positions: each pair (a, b) turns by its angle to (a·cos − b·sin, b·cos + a·sin); what has no angle is copied. */
export const rotary: KernelSource<(typeof fields)[number]> = {
  name: "rotary",
  fields,
  floats: [],
  write(k) {
    eachTaskRows(k, (start, end) => {
      k.loop(start, end, 1, (row) => {
        const width = k.argument("width");
        const queries = k.argument("queries");
        const head = k.divide(row, queries);
        const position = k.subtract(row, k.multiply(head, queries));
        const text = k.divide(head, k.argument("heads"));
        const half = k.argument("half");
        const place = k.multiply(k.multiply(position, half), WORD);
        k.advance(place, k.multiply(text, k.argument("anglesText")));
        const cos = k.add(k.argument("cos"), place);
        const sin = k.add(k.argument("sin"), place);
        const offset = k.multiply(k.multiply(row, width), WORD);
        const x = k.add(k.argument("x"), offset);
        const output = k.add(k.argument("output"), offset);
        const turned = k.multiply(half, 2);

        const turn = (first: Integer, pair: Integer, tail?: Integer) => {
          const second = k.add(first, k.argument("apart"));
          const [c, s] = [k.at(cos, 0, pair, WORD), k.at(sin, 0, pair, WORD)];
          const load = tail === undefined ? undefined : tail;
          const read = (at: Integer) => k.load(k.at(x, 0, at, WORD), load);
          const [a, b] = [read(first), read(second)];
          const [cosine, sine] = [k.load(c, load), k.load(s, load)];
          const turnedA = k.minus(k.times(a, cosine), k.times(b, sine));
          const turnedB = k.plus(k.times(b, cosine), k.times(a, sine));
          k.store(turnedA, k.at(output, 0, first, WORD), load);
          k.store(turnedB, k.at(output, 0, second, WORD), load);
        };
        k.if(
          k.argument("step"),
          "==",
          1,
          () => k.eachVector(half, (pair, tail) => turn(pair, pair, tail)),
          () => {
            const one = k.integer(1);
            k.loop(0, half, 1, (pair) => turn(k.multiply(pair, 2), pair, one));
          },
        );
        const rest = k.subtract(width, turned);
        k.if(k.integer(0), "<", rest, () => {
          const [from, to] = [k.at(x, 0, turned, WORD), k.at(output, 0, turned, WORD)];
          const [source, target] = [k.pointer(from), k.pointer(to)];
          k.eachVector(rest, (at, tail) =>
            k.store(k.load(k.at(source, 0, at, WORD), tail), k.at(target, 0, at, WORD), tail),
          );
        });
      });
    });
  },
};
