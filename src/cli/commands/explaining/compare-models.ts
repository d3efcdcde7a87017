import { compareModels, comparisonReads } from "../../../analysis/models/model-comparison.ts";
import { comparisonSteps, weightLines, weightSteps } from "../../../analysis/models/model-steps.ts";
import { areKin, weightChanges } from "../../../analysis/models/weight-changes.ts";
import { InputError } from "../../../errors/errors.ts";
import type { Model } from "../../../model.ts";
import { shortName } from "../../../models/short-name.ts";
import { readText, textsOf } from "../../input/text-input.ts";
import { endPhase, loadModel, type ModelOptions } from "../../loading.ts";
import { modelJson } from "../../model-json.ts";
import { expectTexts, withHeadName } from "../../named.ts";
import { type FormatOptions, formatOf } from "../../options/format.ts";
import { refuseIdle } from "../../options/idle-options.ts";
import { deliverSteps, stepsFormats } from "../../steps-output.ts";
import { warn } from "../../terminal/warnings.ts";

export interface CompareModelsOptions extends ModelOptions, FormatOptions {
  readonly with: string;
  readonly word?: string;
  readonly to?: readonly string[];
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
  const input = text === undefined ? undefined : await readText(text);
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
  if (!isKin && input === undefined)
    throw new InputError(
      `compare: ${shortName(models[0].label)} and ${shortName(models[1].label)} are not of one family with the same layers, heads and widths, so that their weights cannot be compared. Give a text to compare what they do with it`,
    );
  const comparison = input === undefined ? undefined : await onText(models, input, options);
  endPhase("run");
  const weights = isKin ? await weightChanges(...models) : undefined;
  endPhase("compare");
  const names = distinctNames(models, options.with);
  const object = () => ({
    model: modelJson(models[0], options),
    with: modelJson(models[1], options),
    texts: input === undefined ? [] : textsOf(input),
    comparison: comparison
      ? { ...comparison, heads: comparison.heads?.map(withHeadName) ?? null }
      : null,
    weights: weights ?? null,
  });
  await deliverSteps(
    {
      title: `${names[0]} and ${names[1]}`,
      about:
        models[0].type === models[1].type
          ? `both of family ${models[0].type}`
          : `of families ${models[0].type} and ${models[1].type}`,
      texts: input === undefined ? [] : textsOf(input),
      lines: [...(weights ? weightLines(weights) : []), ...(comparison?.notes ?? [])],
      steps: [
        ...(comparison ? comparisonSteps(comparison, names) : []),
        ...(weights ? weightSteps(weights) : []),
      ],
    },
    object,
    { model: names.join(" and ") },
    options,
    format,
  );
}

async function onText(
  models: readonly [Model, Model],
  input: Awaited<ReturnType<typeof readText>>,
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
  return [`${names[0]} (first)`, given === names[1] ? `${names[1]} (second)` : given];
}
