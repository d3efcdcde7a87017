import type { KernelBuilder } from "../language/builder.ts";
import type { HalfFormat, Integer, Vector } from "../language/instruction.ts";
import { HALF, WORD } from "../language/layout.ts";
import type { KernelSource } from "./source.ts";
import { eachTaskRows } from "./tasks.ts";

const copyFields = [
  "tasks",
  "x",
  "output",
  /** (outer, middle, inner) rows of `width` floats; strides in bytes on both sides */
  "middle",
  "inner",
  "width",
  "rows",
  "taskRows",
  "xOuter",
  "xMiddle",
  "xInner",
  "outputOuter",
  "outputMiddle",
  "outputInner",
] as const;

/** Rows from one place to another: splitting and merging heads, slices, joins, and every other order of axes that keeps the last. */
export const copyRows: KernelSource<(typeof copyFields)[number]> = {
  name: "copyRows",
  fields: copyFields,
  floats: [],
  write(k) {
    eachTaskRows(k, (start, end) => {
      const width = k.argument("width");
      k.loop(start, end, 1, (row) => {
        const inner = k.argument("inner");
        const rest = k.divide(row, inner);
        const innermost = k.subtract(row, k.multiply(rest, inner));
        const middle = k.argument("middle");
        const outermost = k.divide(rest, middle);
        const middlemost = k.subtract(rest, k.multiply(outermost, middle));
        const x = k.add(k.argument("x"), k.multiply(outermost, k.argument("xOuter")));
        k.advance(x, k.multiply(middlemost, k.argument("xMiddle")));
        k.advance(x, k.multiply(innermost, k.argument("xInner")));
        const output = k.add(
          k.argument("output"),
          k.multiply(outermost, k.argument("outputOuter")),
        );
        k.advance(output, k.multiply(middlemost, k.argument("outputMiddle")));
        k.advance(output, k.multiply(innermost, k.argument("outputInner")));
        k.eachVector(width, (place, tail) => {
          k.store(k.load(k.at(x, 0, place, WORD), tail), k.at(output, 0, place, WORD), tail);
        });
      });
    });
  },
};

const embedFields = [
  "tasks",
  "table",
  "rowBytes",
  "ids",
  "output",
  "rows",
  "width",
  "taskRows",
] as const;

/** Rows of a table, by id. The ids have been checked: a kernel cannot. */
export function embedRows(
  name: string,
  numbers: "f32" | HalfFormat,
): KernelSource<(typeof embedFields)[number]> {
  return {
    name,
    fields: embedFields,
    floats: [],
    write(k) {
      eachTaskRows(k, (start, end) => {
        const width = k.argument("width");
        const ids = k.argument("ids");
        k.loop(start, end, 1, (row) => {
          const id = k.loadInteger(k.at(ids, 0, row, WORD));
          const from = k.add(k.argument("table"), k.multiply(id, k.argument("rowBytes")));
          const to = k.add(k.argument("output"), k.multiply(k.multiply(row, width), WORD));
          k.eachVector(width, (place, tail) => {
            const value =
              numbers === "f32"
                ? k.load(k.at(from, 0, place, WORD), tail)
                : k.loadHalf(k.at(from, 0, place, HALF), numbers);
            k.store(value, k.at(to, 0, place, WORD), tail);
          });
        });
      });
    },
  };
}

const packedFields = [
  "tasks",
  "panels",
  "panelBytes",
  "ids",
  "output",
  "rows",
  "width",
  "taskRows",
] as const;

/** Rows of a packed matrix, by id: row n is a column of panel ⌊n / NR⌋, NR numbers apart. */
export function embedPacked(
  name: string,
  weights: "f32" | HalfFormat,
): KernelSource<(typeof packedFields)[number]> {
  const element = weights === "f32" ? 4 : 2;
  return {
    name,
    fields: packedFields,
    floats: [],
    write(k) {
      eachTaskRows(k, (start, end) => {
        const width = k.argument("width");
        const ids = k.argument("ids");
        k.loop(start, end, 1, (row) => {
          const id = k.loadInteger(k.at(ids, 0, row, WORD));
          const panel = k.divide(id, k.panelWidth);
          const column = k.subtract(id, k.multiply(panel, k.panelWidth));
          const from = k.add(k.argument("panels"), k.multiply(panel, k.argument("panelBytes")));
          k.advance(from, k.multiply(column, element));
          const to = k.add(k.argument("output"), k.multiply(k.multiply(row, width), WORD));
          k.loop(0, width, 1, () => {
            if (weights === "f32") k.storeLane(k.loadSplat(k.at(from)), k.at(to));
            else k.storeLane(k.loadHalf(k.at(from), weights), k.at(to));
            k.advance(from, k.panelWidth * element);
            k.advance(to, WORD);
          });
        });
      });
    },
  };
}

const packFields = [
  "tasks",
  /** matrices (rows, width), `matrixBytes` from one to the next */
  "x",
  "matrixBytes",
  /** where panels go; bytes from one matrix's to the next one's, and from panel to panel */
  "output",
  "outputMatrix",
  "outputPanel",
  "rows",
  "width",
  "panelCount",
  "factor",
] as const;

/** factor · xᵀ in panels [rows / NR][width][NR]: keys, ready to be the right factor of q·kᵀ. Missing columns are 0. */
export const packTransposed: KernelSource<(typeof packFields)[number]> = {
  name: "packTransposed",
  fields: packFields,
  floats: ["factor"],
  write(k) {
    const NR = k.panelWidth;
    k.eachTask(k.argument("tasks"), (task) => {
      const { matrix, panel, output } = panelOf(k, task);
      const [rows, width] = [k.argument("rows"), k.argument("width")];
      const rowBytes = k.multiply(width, WORD);
      const first = k.multiply(panel, NR);
      const x = k.add(k.argument("x"), k.multiply(matrix, k.argument("matrixBytes")));
      k.advance(x, k.multiply(first, rowBytes));
      const factor = k.floatArgument("factor");
      const present = k.subtract(rows, first);
      for (let v = 0; v < k.target.tileVectors; v++) {
        const from = k.pointer(k.at(x));
        k.advance(from, k.multiply(rowBytes, v * k.lanes));
        const to = k.pointer(k.at(output, v * k.vectorBytes));
        const here = k.subtract(present, v * k.lanes);
        k.if(
          here,
          ">=",
          k.lanes,
          () => {
            const quads = k.multiply(k.divide(width, 4), 4);
            k.loop(0, quads, 4, (d) => transposeQuads(k, { from, to, d, rowBytes, factor }));
            k.loop(quads, width, 1, (d) => {
              k.loop(0, k.lanes, 1, (row) => copyTurned(k, { from, to, d, row, rowBytes, factor }));
            });
          },
          () =>
            k.loop(0, width, 1, (d) => {
              k.store(k.vector(k.constant(0)), turnedAt(k, to, d, k.integer(0)));
              k.loop(0, here, 1, (row) => copyTurned(k, { from, to, d, row, rowBytes, factor }));
            }),
        );
      }
    });
  },
};

interface Turn {
  readonly from: Integer;
  readonly to: Integer;
  readonly d: Integer;
  readonly rowBytes: Integer;
  readonly factor: Vector;
}

/** Where element d of a row lies among the panel's columns. */
function turnedAt(k: KernelBuilder<string>, to: Integer, d: Integer, row: Integer) {
  return k.at(k.add(to, k.multiply(d, k.panelWidth * WORD)), 0, row, WORD);
}

function copyTurned(
  k: KernelBuilder<string>,
  { from, to, d, row, rowBytes, factor }: Turn & { readonly row: Integer },
): void {
  const source = k.add(from, k.multiply(row, rowBytes));
  const value = k.times(k.loadSplat(k.at(source, 0, d, WORD)), factor);
  k.storeLane(value, turnedAt(k, to, d, row));
}

/** Four columns of as many rows as there are lanes. */
function transposeQuads(k: KernelBuilder<string>, { from, to, d, rowBytes, factor }: Turn): void {
  const target = k.add(to, k.multiply(d, k.panelWidth * WORD));
  for (const [index, column] of quadColumns(k, from, d, rowBytes).entries())
    k.store(k.times(column, factor), k.at(target, index * k.panelWidth * WORD));
}

/** Columns d to d + 3 of as many rows as there are lanes, turned in registers four by four. */
export function quadColumns(
  k: KernelBuilder<string>,
  from: Integer,
  d: Integer,
  rowBytes: Integer,
): readonly Vector[] {
  const groupBytes = k.multiply(rowBytes, 4);
  const source = k.pointer(k.at(from, 0, d, WORD));
  const rows: Vector[] = [];
  for (let row = 0; row < 4; row++) {
    rows.push(k.loadQuads(k.at(source), groupBytes));
    if (row < 3) k.advance(source, rowBytes);
  }
  const [a, b, c, e] = rows as [Vector, Vector, Vector, Vector];
  const [lowAb, highAb] = [k.interleave("low", 1, a, b), k.interleave("high", 1, a, b)];
  const [lowCe, highCe] = [k.interleave("low", 1, c, e), k.interleave("high", 1, c, e)];
  return [
    k.interleave("low", 2, lowAb, lowCe),
    k.interleave("high", 2, lowAb, lowCe),
    k.interleave("low", 2, highAb, highCe),
    k.interleave("high", 2, highAb, highCe),
  ];
}

/** factor · x in panels [width / NR][rows][NR]: values, ready to be the right factor of weights · v. Missing columns are 0. */
export const packColumns: KernelSource<(typeof packFields)[number]> = {
  name: "packColumns",
  fields: packFields,
  floats: ["factor"],
  write(k) {
    const NR = k.panelWidth;
    k.eachTask(k.argument("tasks"), (task) => {
      const { matrix, panel, output: to } = panelOf(k, task);
      const [rows, width] = [k.argument("rows"), k.argument("width")];
      const rowBytes = k.multiply(width, WORD);
      const first = k.multiply(panel, NR);
      const from = k.add(k.argument("x"), k.multiply(matrix, k.argument("matrixBytes")));
      k.advance(from, k.multiply(first, WORD));
      const present = k.subtract(width, first);
      packPanel(k, { from, to, rows, rowBytes, present, factor: k.floatArgument("factor") });
    });
  },
};

/** Some rows' floats from one place on, and how many of them there are. */
interface PanelToPack {
  readonly from: Integer;
  readonly to: Integer;
  readonly rows: Integer;
  readonly rowBytes: Integer;
  readonly present: Integer;
  readonly factor?: Vector;
}

/** NR columns of a matrix, row by row; missing columns are 0. */
export function packPanel(
  k: KernelBuilder<string>,
  { from: first, to: start, rows, rowBytes, present, factor }: PanelToPack,
): void {
  const from = k.integer(first);
  const to = k.integer(start);
  k.loop(0, rows, 1, () => {
    for (let v = 0; v < k.target.tileVectors; v++) {
      const here = k.subtract(present, v * k.lanes);
      const value = k.vector(k.constant(0));
      const at = k.at(from, v * k.vectorBytes);
      k.if(
        here,
        ">=",
        k.lanes,
        () => k.assign(value, k.load(at)),
        () => k.if(here, ">=", 1, () => k.assign(value, k.load(at, here))),
      );
      k.store(factor ? k.times(value, factor) : value, k.at(to, v * k.vectorBytes));
    }
    k.advance(from, rowBytes);
    k.advance(to, k.panelWidth * WORD);
  });
}

/** Which panel of which matrix a task packs, and where it goes. */
function panelOf(
  k: KernelBuilder<"panelCount" | "output" | "outputMatrix" | "outputPanel">,
  task: Integer,
) {
  const panelCount = k.argument("panelCount");
  const matrix = k.divide(task, panelCount);
  const panel = k.subtract(task, k.multiply(matrix, panelCount));
  const output = k.add(k.argument("output"), k.multiply(matrix, k.argument("outputMatrix")));
  k.advance(output, k.multiply(panel, k.argument("outputPanel")));
  return { matrix, panel, output };
}
