import {
  compareModels,
  comparisonReads,
  type ModelComparison,
} from "../../../analysis/models/model-comparison.ts";
import {
  areSameLooks,
  areSameWeights,
  comparisonSteps,
  weightLines,
  weightSteps,
} from "../../../analysis/models/model-steps.ts";
import {
  areKin,
  type WeightChanges,
  weightChanges,
} from "../../../analysis/models/weight-changes.ts";
import { InputError } from "../../../errors/errors.ts";
import type { Model } from "../../../model.ts";
import { sharedName, shortName } from "../../../models/short-name.ts";
import { type Inputs, inputsOf, mapped } from "../../input/inputs.ts";
import { type Line, readLines, textOf } from "../../input/lines.ts";
import { endPhase, loadModel, type ModelOptions } from "../../loading.ts";
import { modelJson } from "../../model-json.ts";
import { expectTexts, withHeadName } from "../../named.ts";
import { type FormatOptions, formatOf } from "../../options/format.ts";
import { refuseIdle } from "../../options/idle-options.ts";
import { deliverStepsOfEach, type StepsFound, stepsFormats } from "../../steps-output.ts";
import { warn } from "../../terminal/warnings.ts";

export interface CompareModelsOptions extends ModelOptions, FormatOptions {
  readonly with: string;
  readonly word?: string;
  readonly to?: readonly string[];
  readonly lines?: boolean;
}

/** `heed compare [TEXT] --model A --with B`: two models on one text, and what moved between their weights. */
export async function compareTwoModels(
  text: string | undefined,
  second: string | undefined,
  options: CompareModelsOptions,
): Promise<void> {
  const format = formatOf(options, stepsFormats, "a comparison of models writes");
  refuseIdle("compare", { ...options, format }, [text === undefined && "no text"]);
  if (second !== undefined)
    throw new InputError(
      "compare --with: two models are compared on one text. Leave out the second text",
    );
  const inputs =
    text === undefined
      ? undefined
      : await mapped(await readLines(text, options), (line) => ({
          line: line.line,
          text: textOf(line, "compare --with"),
        }));

  const models = [
    await loadModel(options),
    await loadModel({
      ...options,
      model: options.with,
      base: undefined,
      withoutAdapter: undefined,
    }),
  ] as const;
  const isKin = areKin(...models);
  if (!isKin && inputs === undefined)
    throw new InputError(
      `compare: ${shortName(models[0].label)} and ${shortName(models[1].label)} are not of one family with the same layers, heads and widths, so that their weights cannot be compared. Give a text to compare what they do with it`,
    );
  const all: Inputs<OneText> = inputs ?? (await inputsOf([{ line: undefined, text: undefined }]));
  const weights = isKin ? await weightChanges(...models) : undefined;
  endPhase("compare");
  await deliverStepsOfEach(all, options, format, (one) =>
    compared(models, weights, one, { ...options, isFirst: one === all.first }),
  );
}

/** The text that two models are compared on; undefined where their weights alone are. */
interface OneText extends Pick<Line, "line"> {
  readonly text: string | undefined;
}

async function compared(
  models: readonly [Model, Model],
  weights: WeightChanges | undefined,
  { text }: OneText,
  { isFirst, ...options }: CompareModelsOptions & { readonly isFirst: boolean },
): Promise<StepsFound> {
  const comparison = text === undefined ? undefined : await onText(models, text, options);
  endPhase("run");
  const names = distinctNames(models, options.with);
  const isOne = weights !== undefined && areSameWeights(weights);
  const texts = text === undefined ? [] : [text];
  return {
    picture: {
      title: `${names[0]} and ${names[1]}`,
      about:
        models[0].type === models[1].type
          ? `both of family ${models[0].type}`
          : `of families ${models[0].type} and ${models[1].type}`,
      texts,
      lines: [
        ...(isOne ? sameLines(names, comparison) : weights ? weightLines(weights) : []),
        ...(comparison?.notes ?? []),
      ],
      steps: [
        ...(comparison && !(isOne && areSameLooks(comparison))
          ? comparisonSteps(comparison, names)
          : []),
        // What moved in the weights is the same for every line.
        ...(weights && isFirst && !isOne ? weightSteps(weights) : []),
      ],
    },
    object: () => ({
      model: modelJson(models[0], options),
      with: modelJson(models[1], options),
      texts,
      comparison: comparison
        ? { ...comparison, heads: comparison.heads?.map(withHeadName) ?? null }
        : null,
      weights: weights ?? null,
    }),
    facts: { model: names.join(" and ") },
  };
}

/** What is said of two models that are one. */
function sameLines(
  [first, second]: readonly [string, string],
  comparison: ModelComparison | undefined,
): string[] {
  const same = `${first} and ${second} are the same: no weight differs.`;
  if (!comparison) return [same];
  return areSameLooks(comparison)
    ? [`${same} What "${comparison.word}" looks at is the same too, in every head.`]
    : [
        `${same} They read the text otherwise all the same: their tokenizers or configurations differ.`,
      ];
}

async function onText(
  models: readonly [Model, Model],
  input: string,
  { word, to }: CompareModelsOptions,
) {
  const [first, second] = await Promise.all(
    models.map(async (model) => {
      expectTexts(model, undefined);
      const run = await model.run(input, {
        read: comparisonReads(model),
        output: false,
        onWarning: warn,
      });
      return { model, run };
    }),
  );
  return compareModels(first!, second!, { word, to });
}

/** Short names, or what was asked for where those are the same. */
function distinctNames(
  [first, second]: readonly [Model, Model],
  given: string,
): readonly [string, string] {
  const names = [shortName(first.label), shortName(second.label)] as const;
  if (names[0] !== names[1]) return names;
  const told = sharedName(given);
  return [`${names[0]} (first)`, told === names[1] ? `${names[1]} (second)` : told];
}
