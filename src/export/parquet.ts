import { type ColumnSource, parquetWriteBuffer } from "hyparquet-writer";
import { InputError } from "../errors/errors.ts";
import type { Run } from "../models/run.ts";
import { tokensOf } from "../models/site-tokens.ts";
import { type Axis, parseSite } from "../probe/sites.ts";
import { sizeOf } from "../tensor/shape.ts";

/** More rows than this take gigabytes while they are written. */
const MOST_ROWS = 20_000_000;

/** What an axis is called in a table. */
const axisColumns: Readonly<Record<Axis, string>> = {
  B: "text",
  T: "query",
  S: "key",
  H: "head",
  K: "head",
  D: "dimension",
  C: "dimension",
  V: "index",
  N: "item",
  Y: "row",
  X: "column",
};

/**
 * What a run read as a Parquet table in long form, one row a number: `site`, `layer` (-1 where a site is of no layer), an index for each axis (`text`,
 * `head`, `query`, `key`, `dimension`, `index`, `item`, `row`, `column`), the tokens of queries and keys (null where there
 * is none: behind the end of a shorter text), and `value`. DuckDB and pandas open it. Throws InputError where
 * sites of different axes were read, where nothing was, and for more than 20 million rows.
 */
export function traceParquet(run: Run): Uint8Array {
  const { sites } = run.trace;
  const kinds = new Set(sites.map((site) => axesOf(site).join("")));
  if (kinds.size !== 1)
    throw new InputError(
      sites.length === 0
        ? "parquet: the run read nothing. Read at least one site"
        : `parquet: a table is of sites with the same axes, these have ${[...kinds].join(" and ")}. Write one table for each`,
    );
  const axes = axesOf(sites[0]!);
  const count = sites.reduce((sum, site) => sum + sizeOf(run.trace.kept(site).shape), 0);
  if (count > MOST_ROWS)
    throw new InputError(
      `parquet: ${count} rows, at most ${MOST_ROWS} are written. Read fewer heads, layers or queries`,
    );
  const columns = axes.map((axis) => ({
    axis,
    name: columnOf(axis, axes),
    data: new Int32Array(count),
  }));
  const layers = new Int32Array(count);
  const values = new Float32Array(count);
  const names: string[] = new Array(count);
  let row = 0;
  for (const site of sites) {
    const { data, shape } = run.trace.get(site);
    const layer = Number(/layers\.(\d+)\./.exec(site)?.[1] ?? -1);
    const indices = new Array<number>(shape.length).fill(0);
    for (const value of data) {
      names[row] = site;
      layers[row] = layer;
      values[row] = value;
      for (const [axis, { data }] of columns.entries()) data[row] = indices[axis]!;
      row += 1;
      for (let axis = shape.length - 1; axis >= 0 && ++indices[axis]! === shape[axis]; axis--)
        indices[axis] = 0;
    }
  }
  const integers = ({ name, data }: { readonly name: string; readonly data: Int32Array }) =>
    ({ name, data, type: "INT32", nullable: false }) as const;
  const text = columns.find(({ axis }) => axis === "B")?.data;
  const columnData: ColumnSource[] = [
    { name: "site", data: names, type: "STRING", nullable: false },
    integers({ name: "layer", data: layers }),
    ...columns.map(integers),
    ...columns.flatMap(({ axis, name, data }) => {
      const side = axis === "T" ? "queries" : axis === "S" ? "keys" : undefined;
      if (!side) return [];
      const tokens = run.tokens.map((_, row) => tokensOf(run, sites[0]!, row)[side]);
      const words = Array.from(
        data,
        (place, at) => tokens[text?.[at] ?? 0]?.[place]?.surface ?? null,
      );
      return [{ name: `${name}_token`, data: words, type: "STRING", nullable: true } as const];
    }),
    { name: "value", data: values, type: "FLOAT", nullable: false },
  ];
  const kvMetadata = run.madeBy && [{ key: "model", value: run.madeBy.label }];
  return new Uint8Array(parquetWriteBuffer({ columnData, kvMetadata, createdBy: "heed" }));
}

function axesOf(site: string): readonly Axis[] {
  return parseSite(site)!.kind.axes;
}

/** Rows of vectors are positions; of scores and weights, queries. */
function columnOf(axis: Axis, axes: readonly Axis[]): string {
  const isPosition = (axis === "T" || axis === "S") && !(axes.includes("T") && axes.includes("S"));
  return isPosition ? "position" : axisColumns[axis];
}
