import { nounIn } from "../../../analysis/explain/context.ts";
import type { Stack } from "../../../analysis/layers/attention-maps.ts";
import {
  type ValueNormVariant,
  valueNormSites,
  valueNorms,
} from "../../../analysis/output/value-norms.ts";
import { InputError } from "../../../errors/errors.ts";
import type { Model } from "../../../model.ts";
import type { RunInput } from "../../../models/inputs.ts";
import type { Run } from "../../../models/run.ts";
import { stageOfLayer } from "../../../models/site-tokens.ts";
import { formatHead, type HeadAddress, headAt } from "../../../probe/head-address.ts";
import type { Noun } from "../../../probe/noun.ts";
import { stagesOf } from "../../../probe/text-tokens.ts";
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
  const stage = stageOfLayer(run, address?.layer ?? layerNumber!);
  const found = valueNorms(model, run, { stage });
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
      ...{ model, path: given!, image: image!, run, stage, word },
      titleOf: (name) => `how much each patch gives ${name} in ${where}`,
      numbersOf: (token) => all.slice(token * width, (token + 1) * width),
      column: "norm",
      facts: address ? { head: where } : { layer: layerNumber, variant },
      notes: [meaningOf("patch")],
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
  const { grid, facts } = await shownNorms(model, run, options);
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
    // A layer may have fewer heads than another.
    rows: () =>
      Array.from(grid.values, (value, place) => {
        const [row, column] = [
          Math.floor(place / grid.columns.length),
          place % grid.columns.length,
        ];
        return [row, grid.rows[row]!, column, grid.columns[column]!, value] as const;
      }).filter((cells) => !Number.isNaN(cells[4])),
  };
}

function meaningOf(noun: Noun): string {
  return `The norm of what a ${noun} adds, its weight times its value through W^O (Kobayashi et al. 2020): a large weight on a small value is little.`;
}

async function shownNorms(
  model: Model,
  run: Run,
  { address, layerNumber, variant, word, stack }: Asked,
) {
  if (!address && layerNumber === undefined)
    return { grid: await gridOfHeads(model, run, stackNamed(stack)), facts: {} };
  const norms = valueNorms(model, run, { stack: stackNamed(stack) });
  const { maps } = norms;
  const noun = nounIn(model, stack !== "decoder");
  const queryNoun = nounIn(model, stack !== "decoder" && stack !== "cross");
  const [rows, columns] = [maps.queries, maps.keys].map((tokens) =>
    labelsOfTokens(tokens).map(({ text }) => surface(text)),
  ) as [string[], string[]];
  const asked = word === undefined ? undefined : tokensNamed(word, maps.queries, "--word");
  const matrix = (title: string, values: Float64Array, notes: readonly string[]): NumberGrid => ({
    title,
    noun: queryNoun,
    rows: asked ? asked.map((query) => rows[query]!) : rows,
    columns,
    values: asked
      ? asked.flatMap((query) => [
          ...values.subarray(query * columns.length, (query + 1) * columns.length),
        ])
      : values,
    hasEnds: false,
    notes: [`Each row is a ${queryNoun} that looks, each column what it looks at.`, ...notes],
  });
  if (address)
    return {
      grid: matrix(
        `How much each ${noun} gives each ${queryNoun} in ${formatHead(address)}`,
        await norms.head(address),
        [meaningOf(noun)],
      ),
      facts: { head: formatHead(address) },
    };
  const own = (variant ?? "heads") as ValueNormVariant;
  return {
    grid: matrix(
      `How much each ${noun} gives each ${queryNoun} in layer ${layerNumber}, all heads together${variantSaid[own]}`,
      await norms.layer(layerNumber!, own),
      [meaningOf(noun)],
    ),
    facts: { layer: layerNumber, variant: own },
  };
}

/** A number for every head; where stages have other numbers of heads, of those there are. */
async function gridOfHeads(model: Model, run: Run, stack: Stack | undefined): Promise<NumberGrid> {
  const stages = stagesOf(run.layerTokens ?? []);
  const parts =
    stages.length === 0
      ? [valueNorms(model, run, { stack })]
      : stages.map((_, stage) => valueNorms(model, run, { stage }));
  const layers = parts.reduce((sum, part) => sum + part.layers, 0);
  const heads = Math.max(...parts.map((part) => part.heads));
  const values = new Float64Array(layers * heads).fill(Number.NaN);
  for (const norms of parts)
    for (let n = 0; n < norms.layers; n++)
      for (let head = 0; head < norms.heads; head++) {
        const layer = norms.maps.firstLayer + n;
        const all = await norms.head({ layer, head });
        values[layer * heads + head] = all.reduce((a, b) => a + b, 0) / norms.maps.queries.length;
      }
  const noun = nounIn(model, stack !== "decoder");
  return {
    title: `How much each head gives a ${noun}: norms of what it adds, the mean over queries`,
    rows: layerNames(layers),
    columns: headNames(heads),
    values,
    notes: [
      meaningOf(noun),
      `--head ${formatHead(usualHead(values, heads))} and --layer ${layers - 1} show which ${noun} gives it.`,
    ],
  };
}

/** The head that gives most. */
function usualHead(values: Float64Array, heads: number): HeadAddress {
  const place = values.reduce(
    (best, value, at) => (value > (values[best] ?? Number.NEGATIVE_INFINITY) ? at : best),
    0,
  );
  return headAt(place, { heads });
}

const variantSaid: Readonly<Record<ValueNormVariant, string>> = {
  heads: "",
  residual: ", with the residual",
  norm: ", with the residual and behind the norm",
};
