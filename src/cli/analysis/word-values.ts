import { basename } from "node:path";
import { nounIn } from "../../analysis/explain/context.ts";
import type { InputAttribution, TokenValues } from "../../analysis/gradients/gradient-run.ts";
import type { ImageInput } from "../../images/image.ts";
import type { Model } from "../../model.ts";
import type { Run } from "../../models/run.ts";
import { labelOf } from "../../views/from-run/run.ts";
import type { ShadedWords } from "../../views/measured/shaded-words.ts";
import { shadedWordsSvg } from "../../views/measured/shaded-words-svg.ts";
import { shadedWordsText } from "../../views/measured/shaded-words-text.ts";
import type { DrawnFound } from "../figure.ts";
import type { ModelOptions } from "../loading.ts";
import { modelJson } from "../model-json.ts";
import type { Format, FormatOptions } from "../options/format.ts";
import { imageQuery } from "../pictures/image-report.ts";
import { terminalOf } from "../terminal/terminal.ts";
import { deliverPatches } from "./patch-values.ts";

/** What a method found of a text's words or a picture's patches, and what is said of it. */
export interface Attributed {
  /** A run of the input. */
  readonly run: Run;
  readonly found: InputAttribution;
  readonly title: string;
  /** What its numbers are called. */
  readonly unit: string;
  /** Further facts for JSON: the method, its options. */
  readonly facts: object;
  readonly notes: readonly string[];
}

/** Numbers of words in the ways they are written; `about` says what was read. */
export function attributionFound(
  model: Model,
  { found, title, unit, facts, notes }: Attributed,
  about: object,
  options: ModelOptions,
): DrawnFound {
  const picture: ShadedWords = {
    title,
    unit,
    sides: found.sides.map(({ stack, tokens, values }) => ({
      ...(stack && { name: `${stack} reads` }),
      noun: nounIn(model, stack !== "decoder"),
      words: tokens.map((token, place) => ({ ...labelOf(token), value: values[place]! })),
    })),
    notes,
  };
  return {
    text: () => shadedWordsText(picture, terminalOf(process.stdout)),
    svg: (drawing) => shadedWordsSvg(picture, drawing),
    json: () => ({
      model: modelJson(model, options),
      ...about,
      ...valuesJson(found),
      ...facts,
      notes,
    }),
    columns: ["side", "token", "text", "value"],
    rows: () =>
      found.sides.flatMap(({ stack = "", tokens, values }) =>
        tokens.map((token, place) => [stack, place, labelOf(token).text, values[place]!]),
      ),
  };
}

function valuesJson({ metric, name, value, sides }: InputAttribution) {
  const sideJson = ({ stack, tokens, values }: TokenValues) => ({
    ...(stack && { stack }),
    tokens,
    values: Array.from(values),
  });
  return { metric, name, value, sides: sides.map(sideJson) };
}

/** Writes the numbers of a picture's patches. */
export async function deliverPictureOf(
  model: Model,
  path: string,
  image: ImageInput,
  { run, found, title, facts, notes }: Attributed,
  options: ModelOptions & FormatOptions,
  format: Format,
): Promise<void> {
  const [{ tokens, values }] = found.sides as [TokenValues];
  const grid = run.inputs.grid!;
  const leading = tokens.slice(0, tokens.length - grid.rows * grid.columns);
  const weights = values.slice(leading.length);
  const { metric, name, value } = found;
  const isSigned = weights.some((one) => one < 0);
  await deliverPatches(
    {
      model,
      path,
      image,
      run,
      title: `${basename(path)}: ${title}`,
      tokens: leading,
      numbers: values,
      weights,
      // Where no token stands for the whole picture, the numbers are no token's.
      query: leading.length > 0 ? imageQuery(undefined, leading, grid) : undefined,
      column: "value",
      facts: { metric, name, metricValue: value, ...facts },
      notes: isSigned ? [...notes, "Negative numbers are drawn as 0."] : notes,
    },
    options,
    format,
  );
}
