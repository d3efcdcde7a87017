import {
  type ValueNorms,
  type ValueNormVariant,
  valueNormSites,
  valueNorms,
} from "../../../analysis/output/value-norms.ts";
import { InputError } from "../../../errors/errors.ts";
import type { Model } from "../../../model.ts";
import type { RunInput } from "../../../models/inputs.ts";
import type { Run } from "../../../models/run.ts";
import { formatHead, type HeadAddress } from "../../../probe/head-address.ts";
import { tokensNamed } from "../../../probe/words.ts";
import type { NumberGrid } from "../../../views/measured/number-grid.ts";
import { surface } from "../../../views/surface.ts";
import {
  headNames,
  labelsOfTokens,
  layerNames,
  type StackOptions,
  stackNamed,
  stackPrefix,
} from "../../analysis/attention-run.ts";
import { matrixSvg, matrixText } from "../../analysis/matrix.ts";
import { deliverPatchRow, patchFormats } from "../../analysis/patch-values.ts";
import {
  expectInput,
  factsOfInput,
  inputJson,
  type ReadInput,
  readInputs,
} from "../../analysis/readout-words.ts";
import { type DrawnFound, deliverEachOrDrawn } from "../../figure.ts";
import type { LineOptions } from "../../input/lines.ts";
import { namesPicture, readsOf } from "../../input/text-input.ts";
import { endPhase, loadModel, type ModelOptions } from "../../loading.ts";
import { modelJson } from "../../model-json.ts";
import { headOf } from "../../named.ts";
import { type Format, type FormatOptions, formatOf } from "../../options/format.ts";
import { refuseIdle } from "../../options/idle-options.ts";
import { warn } from "../../terminal/warnings.ts";

export interface NormsOptions extends ModelOptions, FormatOptions, LineOptions, StackOptions {
  readonly head?: string;
  readonly layer?: string;
  readonly variant?: string;
  readonly word?: string;
}

const formats = ["text", "json", "jsonl", "csv", "svg"] as const;

/** `heed norms TEXT|PICTURE`: how much each head writes, and with --head or --layer what each word really gives each word. */
export async function norms(given: string | undefined, options: NormsOptions): Promise<void> {
  const isPicture = given !== undefined && namesPicture(given);
  const isOverPicture = isPicture && (options.head ?? options.layer) !== undefined;
  const format = formatOf(options, isOverPicture ? patchFormats : formats);
  refuseIdle("norms", { ...options, format }, [isPicture && "a picture"]);
  const inputs = await readInputs(given, options);
  const model = await loadModel(options, readsOf(given));
  expectInput(model, given, inputs.first);
  const address =
    options.head === undefined
      ? undefined
      : headOf(model, options.head, stackPrefix(model, options.stack));
  const layer = options.layer === undefined ? undefined : layerNamed(model, options.layer);
  const asked: Asked = { ...options, given, address, layerNumber: layer };
  if (isOverPicture) return normsOverPicture(model, inputs.first, asked, format);
  await deliverEachOrDrawn(
    inputs,
    options,
    format,
    (input) => normsOf(model, input, asked),
    (input) => factsOfInput(model, given, input),
  );
}

/** What each patch gives the token that is asked about. */
async function normsOverPicture(
  model: Model,
  { input, image }: ReadInput,
  { given, address, layerNumber, variant = "heads", word, ...options }: Asked,
  format: Format,
): Promise<void> {
  const run = await runFor(model, input, options);
  const found = valueNorms(model, run);
  const all = address
    ? await found.head(address)
    : await found.layer(layerNumber!, variant as ValueNormVariant);
  endPhase("run");
  const width = found.maps.keys.length;
  const where = address
    ? formatHead(address)
    : `layer ${layerNumber}, all heads together${variantSaid[variant as ValueNormVariant]}`;
  await deliverPatchRow(
    {
      ...{ model, path: given!, image: image!, run, word },
      titleOf: (name) => `how much each patch gives ${name} in ${where}`,
      numbersOf: (token) => all.slice(token * width, (token + 1) * width),
      column: "norm",
      facts: address ? { head: where } : { layer: layerNumber, variant },
      notes: [meaning],
    },
    options,
    format,
  );
}

function runFor(model: Model, input: RunInput, { stack }: StackOptions): Promise<Run> {
  return model.run(input, {
    read: valueNormSites(model, stackNamed(stack)),
    output: false,
    onWarning: warn,
  });
}

function layerNamed({ dimensions }: Model, text: string): number {
  const most = Math.max(dimensions.layers, dimensions.decoderLayers ?? 0);
  const layer = Number(/^L?(\d+)$/i.exec(text)?.[1] ?? Number.NaN);
  if (!(layer < most)) throw new InputError(`--layer ${text}: there are layers 0 to ${most - 1}`);
  return layer;
}

interface Asked extends NormsOptions {
  readonly given: string | undefined;
  readonly address: HeadAddress | undefined;
  readonly layerNumber: number | undefined;
}

async function normsOf(model: Model, input: ReadInput, options: Asked): Promise<DrawnFound> {
  const run = await runFor(model, input.input, options);
  const found = valueNorms(model, run, { stack: stackNamed(options.stack) });
  const { grid, facts } = await shownNorms(found, options);
  endPhase("run");
  return {
    text: () => matrixText(grid),
    svg: (drawing) => matrixSvg(grid, drawing),
    json: () => ({
      model: modelJson(model, options),
      ...inputJson(model, options.given, input),
      tokens: run.tokens[0],
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

async function shownNorms(norms: ValueNorms, { address, layerNumber, variant, word }: Asked) {
  const { layers, heads, maps } = norms;
  const [rows, columns] = [maps.queries, maps.keys].map((tokens) =>
    labelsOfTokens(tokens).map(({ text }) => surface(text)),
  ) as [string[], string[]];
  const asked = word === undefined ? undefined : tokensNamed(word, maps.queries, "--word");
  const matrix = (title: string, values: Float64Array, notes: readonly string[]): NumberGrid => ({
    title,
    rows: asked ? asked.map((query) => rows[query]!) : rows,
    columns,
    values: asked
      ? asked.flatMap((query) => [
          ...values.subarray(query * columns.length, (query + 1) * columns.length),
        ])
      : values,
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
