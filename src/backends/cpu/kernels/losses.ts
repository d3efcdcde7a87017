import type { KernelBuilder } from "../language/builder.ts";
import type { Integer, Vector } from "../language/instruction.ts";
import { WORD } from "../language/layout.ts";
import { fill } from "./attention-parts.ts";
import { exponentialOrZero, logarithm } from "./math.ts";
import {
  inverseOrZero,
  rowExponentials,
  rowFields,
  rowMaximum,
  rowTotal,
  scaleRow,
} from "./rows.ts";
import type { KernelSource } from "./source.ts";
import { eachTaskRows } from "./tasks.ts";

const sumFields = [
  "tasks",
  /** (rows, width) */
  "x",
  /** one number a row */
  "output",
  "rows",
  "width",
  "taskRows",
  /** i32, one a row; address 0: none */
  "targets",
] as const;

/** ln Σ eˣ of each row; with targets −ln softmax(x)[target], and 0 for a target below 0. */
export const logSumExp: KernelSource<(typeof sumFields)[number]> = {
  name: "logSumExp",
  fields: sumFields,
  floats: [],
  write(k) {
    eachTaskRows(k, (start, end) => {
      const width = k.argument("width");
      const targets = k.argument("targets");
      const x = k.add(k.argument("x"), k.multiply(start, k.multiply(width, WORD)));
      k.loop(start, end, 1, (row) => {
        const target = k.integer(0);
        k.if(targets, "!=", 0, () => k.set(target, k.loadInteger(k.at(targets, 0, row, WORD))));
        const to = k.at(k.argument("output"), 0, row, WORD);
        k.if(
          target,
          "<",
          0,
          () => k.storeLane(k.vector(k.constant(0)), to),
          () => {
            const value = logSum(k, x, width);
            k.if(targets, "!=", 0, () => {
              // Targets are looked at when they are recorded; a kernel reads no place beside the row whatever they are.
              k.if(target, "<", width, () =>
                k.update(value, "subtract", value, k.loadSplat(k.at(x, 0, target, WORD))),
              );
            });
            k.storeLane(value, to);
          },
        );
        k.advance(x, k.multiply(width, WORD));
      });
    });
  },
};

function logSum(k: KernelBuilder<string>, x: Integer, width: Integer): Vector {
  const at = (place: Integer) => k.at(x, 0, place, WORD);
  const maximum = rowMaximum(k, at, width);
  const sum = rowTotal(k, width, (place, tail) =>
    exponentialOrZero(k, k.minus(k.load(at(place), tail), maximum)),
  );
  return k.plus(logarithm(k, sum), maximum);
}

const gradientFields = [...rowFields, "targets", "gradient"] as const;

/** (softmax(x) − one at the target) · the row's gradient; zeros where the target is below 0. */
export const crossEntropyGradient: KernelSource<(typeof gradientFields)[number]> = {
  name: "crossEntropyGradient",
  fields: gradientFields,
  floats: [],
  write(k) {
    eachTaskRows(k, (start, end) => {
      const width = k.argument("width");
      const rowBytes = k.multiply(width, WORD);
      const x = k.add(k.argument("x"), k.multiply(start, rowBytes));
      const output = k.add(k.argument("output"), k.multiply(start, rowBytes));
      k.loop(start, end, 1, (row) => {
        const target = k.loadInteger(k.at(k.argument("targets"), 0, row, WORD));
        k.if(
          target,
          "<",
          0,
          () => fill(k, output, k.integer(0), width, 0),
          () => {
            const from = (place: Integer) => k.at(x, 0, place, WORD);
            const to = (place: Integer) => k.at(output, 0, place, WORD);
            const sum = rowExponentials(k, from, to, width, rowMaximum(k, from, width));
            const gradient = k.loadSplat(k.at(k.argument("gradient"), 0, row, WORD));
            scaleRow(k, to, width, k.times(inverseOrZero(k, sum), gradient));
            // Targets are looked at when they are recorded; a kernel writes to no place beside the row whatever they are.
            k.if(target, "<", width, () =>
              k.storeLane(k.minus(k.loadSplat(to(target)), gradient), to(target)),
            );
          },
        );
        k.advance(x, rowBytes);
        k.advance(output, rowBytes);
      });
    });
  },
};
