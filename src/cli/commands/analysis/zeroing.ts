import { nounIn } from "../../../analysis/explain/context.ts";
import { dimensionsOf } from "../../../analysis/interventions/subject.ts";
import { type ValueZeroing, valueZeroing } from "../../../analysis/output/value-zeroing.ts";
import { InputError } from "../../../errors/errors.ts";
import { readImage } from "../../../images/read-image.node.ts";
import type { Model } from "../../../model.ts";
import { stageOfLayer } from "../../../models/site-tokens.ts";
import type { Noun } from "../../../probe/noun.ts";
import { tokensNamed } from "../../../probe/words.ts";
import type { NumberGrid } from "../../../views/measured/number-grid.ts";
import { surface } from "../../../views/surface.ts";
import {
  inputOf,
  labelsOfTokens,
  type StackOptions,
  stackNamed,
  wordLabel,
} from "../../analysis/attention-run.ts";
import { matrixSvg, matrixText } from "../../analysis/matrix.ts";
import { deliverPatchRow, patchFormats } from "../../analysis/patch-values.ts";
import { expectInput } from "../../analysis/readout-words.ts";
import { type DrawnFound, deliverEachOrDrawn, figureFacts } from "../../figure.ts";
import { type Line, type LineOptions, readHeard, textsIn } from "../../input/lines.ts";
import { namesPicture } from "../../input/text-input.ts";
import { endPhase, loadModel, type ModelOptions } from "../../loading.ts";
import { modelJson, textJson } from "../../model-json.ts";
import { expectTexts } from "../../named.ts";
import { type Format, type FormatOptions, formatOf } from "../../options/format.ts";
import { refuseIdle } from "../../options/idle-options.ts";
import { warn } from "../../terminal/warnings.ts";

export interface ZeroingOptions extends ModelOptions, FormatOptions, LineOptions, StackOptions {
  readonly word?: string;
  readonly layer?: string;
}

const formats = ["text", "json", "jsonl", "csv", "svg"] as const;

/** `heed zeroing TEXT|PICTURE`: how much each word's output changes when another word's values are taken away. */
export async function zeroing(given: string | undefined, options: ZeroingOptions): Promise<void> {
  const isPicture = given !== undefined && namesPicture(given);
  const format = formatOf(options, isPicture ? patchFormats : formats);
  refuseIdle("zeroing", { ...options, format }, [isPicture && "a picture"]);
  const stack = stackNamed(options.stack);
  if (stack === "cross")
    throw new InputError(
      "--stack cross: value zeroing is published for a stack's own attention. Take encoder or decoder",
    );
  if (isPicture) return zeroingOverPicture(given, options, format);
  const lines = await readHeard(given, options);
  const model = await loadModel(options);
  expectTexts(model, given);
  const find = (line: Line) => zeroed(model, line, options);
  await deliverEachOrDrawn(lines, options, format, find, (line) =>
    figureFacts(model, textsIn(model, line)),
  );
}

/** Whose values the token that is asked about needs, over the picture. */
async function zeroingOverPicture(
  given: string,
  options: ZeroingOptions,
  format: Format,
): Promise<void> {
  const image = await readImage(given);
  const model = await loadModel(options, "images");
  expectInput(model, given, { image });
  const { layers } = model.dimensions;
  const layer = layerNamed(options.layer, layers) ?? layers - 1;
  const run = await model.run(image, { read: [], onWarning: warn });
  const { layers: found, tokens } = await valueZeroing(model, image, { layers: [layer] });
  endPhase("run");
  const N = tokens.length;
  await deliverPatchRow(
    {
      ...{ model, path: given, image, run, stage: stageOfLayer(run, layer), word: options.word },
      titleOf: (name) => `whose values ${name} needs in layer ${layer}, by value zeroing`,
      numbersOf: (token) => found[0]!.scores.slice(token * N, (token + 1) * N),
      column: "score",
      facts: { layer },
      notes: [meaningOf("patch")],
    },
    options,
    format,
  );
}

async function zeroed(model: Model, line: Line, options: ZeroingOptions): Promise<DrawnFound> {
  const { word } = options;
  const hasStacks = model.sites.has("encoder.layers.0.v") || model.sites.has("decoder.layers.0.v");
  const stack = stackNamed(options.stack);
  if (stack && !hasStacks)
    throw new InputError(
      `--stack ${stack}: this model has one stack of layers. Leave the stack out`,
    );
  const last = dimensionsOf(model, stack ?? "encoder").layers;
  const layer = layerNamed(options.layer, last);
  const found = await valueZeroing(model, inputOf(line, options), {
    ...(stack && { stack: `${stack}.` as "encoder." | "decoder." }),
    ...(word === undefined && { layers: [layer ?? last - 1] }),
    ...(word !== undefined && layer !== undefined && { layers: [layer] }),
  });
  endPhase("run");
  const noun = nounIn(model, stack !== "decoder");
  const grid = word === undefined ? gridOfLayer(found, noun) : gridOfWord(found, word, noun);
  const labels = labelsOfTokens(found.tokens);
  return {
    text: () => matrixText(grid),
    svg: (drawing) => matrixSvg(grid, drawing),
    json: () => ({
      model: modelJson(model, options),
      ...textJson(textsIn(model, line), { tokens: [found.tokens] }, line.audio !== undefined),
      layers: found.layers.map(({ layer: own, scores, distances }) => ({
        layer: own,
        scores: rowsOf(scores, labels.length),
        distances: rowsOf(distances, labels.length),
      })),
      notes: grid.notes,
    }),
    columns: ["layer", "query", "query_token", "key", "key_token", "score", "distance"],
    rows: () =>
      found.layers.flatMap(({ layer: own, scores, distances }) =>
        Array.from(scores, (score, place) => {
          const [query, key] = [Math.floor(place / labels.length), place % labels.length];
          return [
            own,
            query,
            labels[query]!.text,
            key,
            labels[key]!.text,
            score,
            distances[place]!,
          ];
        }),
      ),
  };
}

function layerNamed(text: string | undefined, count: number): number | undefined {
  if (text === undefined) return undefined;
  const layer = Number(/^L?(\d+)$/i.exec(text)?.[1] ?? Number.NaN);
  if (!(layer < count)) throw new InputError(`--layer ${text}: there are layers 0 to ${count - 1}`);
  return layer;
}

function rowsOf(numbers: Float64Array, width: number): number[][] {
  return Array.from({ length: width }, (_, row) =>
    Array.from(numbers.subarray(row * width, (row + 1) * width)),
  );
}

function meaningOf(noun: Noun): string {
  return `In one layer at a time a ${noun}'s values are set to 0 in all heads, and each ${noun}'s output of that layer is compared by cosine distance (Mohebbi et al. 2023); rows sum to 1.`;
}

function gridOfLayer({ tokens, layers: [only] }: ValueZeroing, noun: Noun): NumberGrid {
  const names = labelsOfTokens(tokens).map(({ text }) => surface(text));
  return {
    title: `Whose values each ${noun} (rows) needs in layer ${only!.layer}, by value zeroing`,
    rows: names,
    columns: names,
    values: only!.scores,
    noun,
    hasEnds: false,
    notes: [meaningOf(noun), `--word shows one ${noun} in every layer.`],
  };
}

function gridOfWord({ tokens, layers }: ValueZeroing, word: string, noun: Noun): NumberGrid {
  const queries = tokensNamed(word, tokens, "--word");
  const N = tokens.length;
  const values = layers.flatMap(({ scores }) =>
    Array.from(
      { length: N },
      (_, key) =>
        queries.reduce((sum, query) => sum + scores[query * N + key]!, 0) / queries.length,
    ),
  );
  return {
    title: `Whose values "${wordLabel(tokens, queries)}" needs, layer by layer, by value zeroing`,
    rows: layers.map(({ layer }) => `L${layer}`),
    columns: labelsOfTokens(tokens).map(({ text }) => surface(text)),
    values,
    noun: "layer",
    hasEnds: false,
    notes: [meaningOf(noun)],
  };
}
