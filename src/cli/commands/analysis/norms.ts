import {
  type ValueNorms,
  type ValueNormVariant,
  valueNormSites,
  valueNorms,
} from "../../../analysis/output/value-norms.ts";
import { InputError } from "../../../errors/errors.ts";
import type { Model } from "../../../model.ts";
import { formatHead, type HeadAddress } from "../../../probe/head-address.ts";
import type { NumberGrid } from "../../../views/measured/number-grid.ts";
import { surface } from "../../../views/surface.ts";
import {
  headNames,
  inputOf,
  labelsOfTokens,
  layerNames,
  type StackOptions,
  stackNamed,
} from "../../analysis/attention-run.ts";
import { matrixSvg, matrixText } from "../../analysis/matrix.ts";
import { type DrawnFound, deliverEachOrDrawn, figureFacts } from "../../figure.ts";
import { type Line, type LineOptions, readLines, textsIn } from "../../input/lines.ts";
import { endPhase, loadModel, type ModelOptions } from "../../loading.ts";
import { modelJson, textJson } from "../../model-json.ts";
import { expectTexts, headOf } from "../../named.ts";
import { type FormatOptions, formatOf } from "../../options/format.ts";
import { refuseIdle } from "../../options/idle-options.ts";
import { warn } from "../../terminal/warnings.ts";

export interface NormsOptions extends ModelOptions, FormatOptions, LineOptions, StackOptions {
  readonly head?: string;
  readonly layer?: string;
  readonly variant?: string;
}

const formats = ["text", "json", "jsonl", "csv", "svg"] as const;

/** `heed norms TEXT`: how much each head writes, and with --head or --layer what each word really gives each word. */
export async function norms(given: string | undefined, options: NormsOptions): Promise<void> {
  const format = formatOf(options, formats);
  refuseIdle("norms", { ...options, format });
  const lines = await readLines(given, options);
  const model = await loadModel(options);
  expectTexts(model, given);
  const address = options.head === undefined ? undefined : headOf(model, options.head);
  const layer = options.layer === undefined ? undefined : layerNamed(model, options.layer);
  const find = (line: Line) => normsOf(model, line, { ...options, address, layerNumber: layer });
  await deliverEachOrDrawn(lines, options, format, find, (line) =>
    figureFacts(model, textsIn(model, line)),
  );
}

function layerNamed({ dimensions }: Model, text: string): number {
  const most = Math.max(dimensions.layers, dimensions.decoderLayers ?? 0);
  const layer = Number(/^L?(\d+)$/i.exec(text)?.[1] ?? Number.NaN);
  if (!(layer < most)) throw new InputError(`--layer ${text}: there are layers 0 to ${most - 1}`);
  return layer;
}

interface Asked extends NormsOptions {
  readonly address: HeadAddress | undefined;
  readonly layerNumber: number | undefined;
}

async function normsOf(model: Model, line: Line, options: Asked): Promise<DrawnFound> {
  const stack = stackNamed(options.stack);
  const run = await model.run(inputOf(line, options), {
    read: valueNormSites(model, stack),
    output: false,
    onWarning: warn,
  });
  const found = valueNorms(model, run, { stack });
  const { grid, facts } = await shownNorms(found, options);
  endPhase("run");
  return {
    text: () => matrixText(grid),
    svg: (drawing) => matrixSvg(grid, drawing),
    json: () => ({
      model: modelJson(model, options),
      ...textJson(textsIn(model, line), run),
      ...facts,
      rows: grid.rows,
      columns: grid.columns,
      values: grid.rows.map((_, row) =>
        Array.from(grid.values).slice(row * grid.columns.length, (row + 1) * grid.columns.length),
      ),
      notes: grid.notes,
    }),
    columns: ["row", "row_name", "column", "column_name", "norm"],
    rows: () =>
      Array.from(grid.values, (value, place) => {
        const [row, column] = [
          Math.floor(place / grid.columns.length),
          place % grid.columns.length,
        ];
        return [row, grid.rows[row]!, column, grid.columns[column]!, value];
      }),
  };
}

const meaning =
  "The norm of what a word adds, its weight times its value through W^O (Kobayashi et al. 2020): a large weight on a small value is little.";

async function shownNorms(norms: ValueNorms, { address, layerNumber, variant }: Asked) {
  const { layers, heads, maps } = norms;
  const [rows, columns] = [maps.queries, maps.keys].map((tokens) =>
    labelsOfTokens(tokens).map(({ text }) => surface(text)),
  ) as [string[], string[]];
  const matrix = (title: string, values: Float64Array, notes: readonly string[]): NumberGrid => ({
    title,
    rows,
    columns,
    values,
    hasEnds: false,
    notes: ["Each row is a word that looks, each column what it looks at.", ...notes],
  });
  if (address)
    return {
      grid: matrix(
        `How much each word gives each word in ${formatHead(address)}`,
        await norms.head(address),
        [meaning],
      ),
      facts: { head: formatHead(address) },
    };
  if (layerNumber !== undefined) {
    const own = (variant ?? "heads") as ValueNormVariant;
    return {
      grid: matrix(
        `How much each word gives each word in layer ${layerNumber}, all heads together${variantSaid[own]}`,
        await norms.layer(layerNumber, own),
        [meaning],
      ),
      facts: { layer: layerNumber, variant: own },
    };
  }
  const values = new Float64Array(layers * heads);
  for (let layer = 0; layer < layers; layer++)
    for (let head = 0; head < heads; head++) {
      const all = await norms.head({ layer, head });
      values[layer * heads + head] = all.reduce((a, b) => a + b, 0) / rows.length;
    }
  const grid: NumberGrid = {
    title: "How much each head gives a word: norms of what it adds, the mean over queries",
    rows: layerNames(layers),
    columns: headNames(heads),
    values,
    notes: [meaning, "--head L5H11 and --layer 5 show which word gives it."],
  };
  return { grid, facts: {} };
}

const variantSaid: Readonly<Record<ValueNormVariant, string>> = {
  heads: "",
  residual: ", with the residual",
  norm: ", with the residual and behind the norm",
};
