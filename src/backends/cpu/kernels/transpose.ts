import { WORD } from "../language/layout.ts";
import { quadColumns } from "./layout.ts";
import type { KernelSource } from "./source.ts";

/** Rows a task turns: they fill a line of memory in the result. */
export const STRIP = 16;

const fields = [
  "tasks",
  /** matrices (rows, width), `matrixBytes` from one to the next */
  "x",
  "matrixBytes",
  "rows",
  "width",
  /** strips of rows one of them has */
  "strips",
  /** (width, rows) each; bytes from one to the next, and from row to row */
  "output",
  "outputMatrix",
  "outputRow",
] as const;

/** Matrices the other way round. */
export const transpose: KernelSource<(typeof fields)[number]> = {
  name: "transpose",
  fields,
  floats: [],
  write(k) {
    k.eachTask(k.argument("tasks"), (task) => {
      const strips = k.argument("strips");
      const width = k.argument("width");
      const rowBytes = k.multiply(width, WORD);
      const outputRow = k.argument("outputRow");
      const matrix = k.divide(task, strips);
      const start = k.multiply(k.subtract(task, k.multiply(matrix, strips)), STRIP);
      const present = k.subtract(k.argument("rows"), start);
      const x = k.add(k.argument("x"), k.multiply(matrix, k.argument("matrixBytes")));
      k.advance(x, k.multiply(start, rowBytes));
      const output = k.add(k.argument("output"), k.multiply(matrix, k.argument("outputMatrix")));
      k.advance(output, k.multiply(start, WORD));
      const column = k.integer(0);
      k.if(present, ">=", STRIP, () => {
        const blockBytes = k.multiply(rowBytes, k.lanes);
        const quads = k.subtract(width, 3);
        k.while(column, "<", quads, () => {
          const from = k.integer(x);
          for (let row = 0; row < STRIP; row += k.lanes) {
            const to = k.pointer(k.at(output, row * WORD));
            for (const turned of quadColumns(k, from, column, rowBytes)) {
              k.store(turned, k.at(to));
              k.advance(to, outputRow);
            }
            k.advance(from, blockBytes);
          }
          k.advance(column, 4);
          k.advance(output, k.multiply(outputRow, 4));
        });
      });
      const count = k.minimum(present, STRIP);
      k.while(column, "<", width, () => {
        const from = k.pointer(k.at(x, 0, column, WORD));
        k.loop(0, count, 1, (row) => {
          k.storeLane(k.loadSplat(k.at(from)), k.at(output, 0, row, WORD));
          k.advance(from, rowBytes);
        });
        k.advance(column, 1);
        k.advance(output, outputRow);
      });
    });
  },
};
