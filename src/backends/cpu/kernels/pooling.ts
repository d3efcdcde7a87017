import type { Integer } from "../language/instruction.ts";
import { WORD } from "../language/layout.ts";
import { eachRow, rowFields, rowSum } from "./rows.ts";
import type { KernelSource } from "./source.ts";
import { columnsOfTask } from "./tasks.ts";

/** Rows are added in groups of so many, and the groups' sums after them, so that long texts lose no bits. */
const GROUP_ROWS = 64;

const meanFields = [
  "tasks",
  /** texts (rows, width), one after the other */
  "x",
  /** a number a row: 0 leaves the row out */
  "mask",
  /** a row a text */
  "output",
  "rows",
  "width",
  /** a task takes so many columns of a text, a multiple of every machine's lanes; `parts` of them are all */
  "taskColumns",
  "parts",
] as const;

/** The mean of each text's rows that count; zeros where none does. */
export const meanPool: KernelSource<(typeof meanFields)[number]> = {
  name: "meanPool",
  fields: meanFields,
  floats: [],
  write(k) {
    k.eachTask(k.argument("tasks"), (task) => {
      const rows = k.argument("rows");
      const rowBytes = k.multiply(k.argument("width"), WORD);
      const { matrix: text, column, count: columns } = columnsOfTask(k, task);
      const mask = k.pointer(k.at(k.argument("mask"), 0, k.multiply(text, rows), WORD));
      const x = k.add(k.argument("x"), k.multiply(k.multiply(text, rows), rowBytes));
      const output = k.add(k.argument("output"), k.multiply(text, rowBytes));
      for (const row of [x, output]) k.advance(row, k.multiply(column, WORD));
      const isCounted = (row: Integer) => k.loadInteger(k.at(mask, 0, row, WORD));
      const count = k.integer(0);
      k.loop(0, rows, 1, (row) => k.if(isCounted(row), "!=", 0, () => k.advance(count, 1)));
      // Over no row the sum is 0, and so is the mean.
      k.if(count, "==", 0, () => k.set(count, 1));
      const divisor = k.splat(count);
      k.eachVector(columns, (place, tail) => {
        const total = k.vector(k.constant(0));
        const from = k.pointer(k.at(x, 0, place, WORD));
        const start = k.integer(0);
        k.while(start, "<", rows, () => {
          const end = k.minimum(rows, k.add(start, GROUP_ROWS));
          const sum = k.vector(k.constant(0));
          k.loop(start, end, 1, (row) => {
            k.if(isCounted(row), "!=", 0, () =>
              k.update(sum, "add", sum, k.load(k.at(from), tail)),
            );
            k.advance(from, rowBytes);
          });
          k.update(total, "add", total, sum);
          k.set(start, end);
        });
        k.store(k.over(total, divisor), k.at(output, 0, place, WORD), tail);
      });
    });
  },
};

const unitFields = [...rowFields, "epsilon"] as const;

/** Each row over its length, which counts as ε at least. */
export const unit: KernelSource<(typeof unitFields)[number]> = {
  name: "unit",
  fields: unitFields,
  floats: ["epsilon"],
  write(k) {
    eachRow(k, (x, output, width) => {
      const from = (place: Integer) => k.at(x, 0, place, WORD);
      const length = k.squareRoot(rowSum(k, from, width, (value) => k.times(value, value)));
      const least = k.floatArgument("epsilon");
      const divisor = k.selectLess(length, least, least, length);
      k.eachVector(width, (place, tail) => {
        k.store(k.over(k.load(from(place), tail), divisor), k.at(output, 0, place, WORD), tail);
      });
    });
  },
};
