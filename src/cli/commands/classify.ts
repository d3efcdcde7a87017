import { topPredictions } from "../../analysis/predictions.ts";
import { labelNames } from "../../families/family.ts";
import { isImage } from "../../images/image.ts";
import type { Model } from "../../model.ts";
import type { Run } from "../../models/run.ts";
import { type PredictionPicture, predictionsText } from "../../views/text/predictions.ts";
import { type FormatOptions, formatOf } from "../format.ts";
import { refuseIdle } from "../idle-options.ts";
import { endPhase, loadModel, type ModelOptions, warn } from "../loading.ts";
import { modelJson, textJson } from "../model-json.ts";
import { csv, deliver, json } from "../output.ts";
import { labelOf } from "../picture.ts";
import { expectTask } from "../task.ts";
import { terminalOf } from "../terminal.ts";
import { namesPicture, readText, textsOf } from "../text-input.ts";

const shown = 5;

export interface ClassifyOptions extends ModelOptions, FormatOptions {
  readonly pair?: string;
}

/** One thing that was classified: the text, the picture, or one token. */
interface Classified extends PredictionPicture {
  readonly token?: number;
}

/** `heed classify TEXT|IMAGE`: the labels a model gives, with how probable it holds them. */
export async function classify(given: string, options: ClassifyOptions): Promise<void> {
  const format = formatOf(options, ["text", "json", "csv"] as const);
  const isPicture = namesPicture(given);
  refuseIdle("classify", { ...options, format }, [isPicture && "a picture"]);
  const input = isPicture
    ? await (await import("../../images/read-image.node.ts")).readImage(given)
    : await readText(given, options.pair);
  const model = await loadModel(options);
  expectTask(model, "classify", [
    "sequence classification",
    "token classification",
    "image classification",
  ]);
  const run = await model.run(input, { onWarning: warn });
  endPhase("run");
  const titles = isImage(input) ? [given] : textsOf(input);
  const classified = classesOf(model, run, titles.join(" / "));
  const content = {
    text: () => classifiedText(classified),
    json: () =>
      json({
        model: modelJson(model, options),
        ...(isPicture ? { image: given } : textJson(titles, run)),
        input: titles,
        task: model.task,
        classified,
      }),
    csv: () =>
      csv(
        ["token", "title", "label", "probability"],
        classified.flatMap(({ token, title, predictions }) =>
          predictions.map(({ name, probability }) => [token ?? "", title, name, probability]),
        ),
      ),
  }[format];
  await deliver(content(), { ...options, format });
}

function classesOf(model: Model, run: Run, title: string): Classified[] {
  const labels = labelNames(model.config);
  const logits = run.output.logits!; // (B, labels) or (B, T, labels)
  const named = (row: Float32Array, count: number) =>
    topPredictions(row, count).map(({ index, probability }) => ({
      name: labels[index] ?? `LABEL_${index}`,
      probability,
    }));
  if (logits.shape.length === 2)
    return [{ title, predictions: named(logits.select(0).data, shown) }];
  return run.tokens[0]!.flatMap((token, place) =>
    token.special
      ? []
      : [
          {
            token: place,
            title: labelOf(token).text,
            predictions: named(logits.select(0, place).data, shown),
          },
        ],
  );
}

function classifiedText(classified: readonly Classified[]): string {
  const terminal = terminalOf(process.stdout);
  if (classified.length === 1 && classified[0]!.token === undefined)
    return predictionsText(classified[0]!, terminal);
  // A label for every token: the most probable one a line, as a sentence reads.
  const predictions = classified.map(({ title, predictions }) => ({
    name: `${title}: ${predictions[0]!.name}`,
    probability: predictions[0]!.probability,
  }));
  return predictionsText({ title: "Every token, its most probable label", predictions }, terminal);
}
