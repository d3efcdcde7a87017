import type { Integer } from "../language/instruction.ts";
import { WORD } from "../language/layout.ts";
import { rowSum } from "./rows.ts";
import type { KernelSource } from "./source.ts";
import { columnsOfTask, eachTaskRows, eachTaskStretch } from "./tasks.ts";

const rowFields = ["tasks", "x", "output", "rows", "width", "taskRows"] as const;

/** The sum of each row: (rows, width) → (rows). */
export const sumRows: KernelSource<(typeof rowFields)[number]> = {
  name: "sumRows",
  fields: rowFields,
  floats: [],
  write(k) {
    eachTaskRows(k, (start, end) => {
      const width = k.argument("width");
      const rowBytes = k.multiply(width, WORD);
      const x = k.add(k.argument("x"), k.multiply(start, rowBytes));
      const output = k.pointer(k.at(k.argument("output"), 0, start, WORD));
      k.loop(start, end, 1, () => {
        const at = (place: Integer) => k.at(x, 0, place, WORD);
        k.storeLane(
          rowSum(k, at, width, (value) => value),
          k.at(output),
        );
        k.advance(x, rowBytes);
        k.advance(output, WORD);
      });
    });
  },
};

const columnFields = [
  "tasks",
  /** matrices (rows, width), one after the other */
  "x",
  /** a row of sums for every `groupRows` rows of a matrix: `groups` of them */
  "output",
  "rows",
  "width",
  "groupRows",
  "groups",
  /** a task takes so many columns of a group, a multiple of every machine's lanes; `parts` of them are all */
  "taskColumns",
  "parts",
] as const;

/** Vectors of columns that are summed at once. */
const AT_ONCE = 4;

/** Columns of matrices summed, some rows at a time. */
export const sumColumns: KernelSource<(typeof columnFields)[number]> = {
  name: "sumColumns",
  fields: columnFields,
  floats: [],
  write(k) {
    k.eachTask(k.argument("tasks"), (task) => {
      const [groups, rows] = [k.argument("groups"), k.argument("rows")];
      const rowBytes = k.multiply(k.argument("width"), WORD);
      const { matrix: group, column, count } = columnsOfTask(k, task);
      const matrix = k.divide(group, groups);
      const start = k.multiply(
        k.subtract(group, k.multiply(matrix, groups)),
        k.argument("groupRows"),
      );
      const end = k.minimum(rows, k.add(start, k.argument("groupRows")));
      const first = k.multiply(k.add(k.multiply(matrix, rows), start), rowBytes);
      const x = k.add(k.argument("x"), first);
      const output = k.add(k.argument("output"), k.multiply(group, rowBytes));
      for (const row of [x, output]) k.advance(row, k.multiply(column, WORD));
      const block = AT_ONCE * k.lanes;
      const whole = k.multiply(k.divide(count, block), block);
      k.loop(0, whole, block, (place) => {
        const sums = Array.from({ length: AT_ONCE }, () => k.vector(k.constant(0)));
        const from = k.pointer(k.at(x, 0, place, WORD));
        k.loop(start, end, 1, () => {
          for (const [v, sum] of sums.entries())
            k.update(sum, "add", sum, k.load(k.at(from, v * k.vectorBytes)));
          k.advance(from, rowBytes);
        });
        const to = k.pointer(k.at(output, 0, place, WORD));
        for (const [v, sum] of sums.entries()) k.store(sum, k.at(to, v * k.vectorBytes));
      });
      for (const row of [x, output]) k.advance(row, k.multiply(whole, WORD));
      k.eachVector(k.subtract(count, whole), (place, tail) => {
        const sum = k.vector(k.constant(0));
        const from = k.pointer(k.at(x, 0, place, WORD));
        k.loop(start, end, 1, () => {
          k.update(sum, "add", sum, k.load(k.at(from), tail));
          k.advance(from, rowBytes);
        });
        k.store(sum, k.at(output, 0, place, WORD), tail);
      });
    });
  },
};

const squareFields = ["tasks", "x", "output", "size", "taskSize"] as const;

/** Σ x² of every `taskSize` numbers. */
export const squareSums: KernelSource<(typeof squareFields)[number]> = {
  name: "squareSums",
  fields: squareFields,
  floats: [],
  write(k) {
    eachTaskStretch(k, (start, count) => {
      const x = k.pointer(k.at(k.argument("x"), 0, start, WORD));
      const at = (place: Integer) => k.at(x, 0, place, WORD);
      const sum = rowSum(k, at, count, (value) => k.times(value, value));
      const number = k.divide(start, k.argument("taskSize"));
      k.storeLane(sum, k.at(k.argument("output"), 0, number, WORD));
    });
  },
};
