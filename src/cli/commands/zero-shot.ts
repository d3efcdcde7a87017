import { InputError } from "../../errors/errors.ts";
import { readImage } from "../../images/read-image.node.ts";
import type { Model } from "../../model.ts";
import { sharedName, shortName } from "../../models/short-name.ts";
import type { ZeroShot } from "../../tasks/zero-shot.ts";
import { predictionsText } from "../../views/text/predictions.ts";
import { deliverEach, type Found, lineFormats } from "../each-line.ts";
import { inputsOf } from "../input/inputs.ts";
import { type LineOptions, readLines, textOf } from "../input/lines.ts";
import { namesPicture } from "../input/text-input.ts";
import { endPhase, loadModel, type ModelOptions } from "../loading.ts";
import { modelJson } from "../model-json.ts";
import { type Format, type FormatOptions, formatOf } from "../options/format.ts";
import { expectTask } from "../task.ts";
import { terminalOf } from "../terminal/terminal.ts";
import { warn } from "../terminal/warnings.ts";

export interface ZeroShotCommand extends ModelOptions, FormatOptions, Pick<LineOptions, "lines"> {
  readonly labels: readonly string[];
  readonly several?: boolean;
  readonly template?: string;
}

/** A head for classes is not enough: one of them must be entailment. */
const modelsOfInference = ["MoritzLaurer/xtremedistil-l6-h256-zeroshot-v1.1-all-33"];

/** `heed zero-shot TEXT --labels travel,music`: labels of one's own, scored by a model of inference. */
export async function zeroShot(given: string | undefined, options: ZeroShotCommand): Promise<void> {
  const format = formatOf(options, lineFormats);
  if (given !== undefined && namesPicture(given)) return ofPicture(given, { ...options, format });
  const lines = await readLines(given, { lines: options.lines });
  const model = await loadModel(options);
  expectTask(model, "zero-shot", ["sequence classification"], modelsOfInference);
  await deliverEach(lines, { ...options, format }, (line) =>
    labelled(model, textOf(line, "zero-shot"), options),
  );
}

/** `heed zero-shot PICTURE --labels "a cat" --labels "a dog"`: by both towers of a model like CLIP. */
async function ofPicture(
  path: string,
  options: ZeroShotCommand & { readonly format: Format },
): Promise<void> {
  const { labels, template, several, lines } = options;
  if (lines) throw new InputError(`--lines: ${path} is a picture. Name one picture`);
  if (several)
    throw new InputError(
      "--several: of a picture the model says how labels are judged: CLIP's share 1, SigLIP's are judged one by one. Leave it out",
    );
  const image = await readImage(path);
  const model = await loadModel(options, "both");
  if (!model.towers)
    throw new InputError(
      `zero-shot ${path}: ${shortName(model.label)} (${model.type}) does not compare pictures with labels. Try --model openai/clip-vit-base-patch32 or --model google/siglip-base-patch16-224`,
    );
  const { rows } = await model.zeroShotImages(image, { labels, template, onWarning: warn });
  endPhase("run");
  const content = resultOf(
    model,
    sharedName(path),
    "zero-shot image classification",
    rows[0]!,
    options,
  );
  await deliverEach(await inputsOf([{ line: undefined }]), options, async () => content);
}

async function labelled(model: Model, text: string, options: ZeroShotCommand): Promise<Found> {
  const { labels, several: multiLabel, template } = options;
  const { rows } = await model.zeroShot(text, { labels, multiLabel, template, onWarning: warn });
  endPhase("run");
  return resultOf(model, text, "zero-shot classification", rows[0]!, options);
}

/** Labels with their scores, in every format. */
function resultOf(
  model: Model,
  text: string,
  task: string,
  row: ZeroShot["rows"][number],
  options: ZeroShotCommand,
): Found {
  const predictions = row.map(({ label: name, score }) => ({ name, probability: score }));
  return {
    text: () => predictionsText({ title: text, predictions }, terminalOf(process.stdout)),
    json: () => ({
      model: modelJson(model, options),
      texts: [text],
      task,
      classified: [
        {
          title: text,
          predictions: predictions.map((each) => ({ ...each, score: each.probability })),
        },
      ],
    }),
    columns: ["label", "probability"],
    rows: () => predictions.map(({ name, probability }) => [name, probability]),
  };
}
