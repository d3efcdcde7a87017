import type { Model } from "../../model.ts";
import { predictionsText } from "../../views/text/predictions.ts";
import { deliverEach, type Found, lineFormats } from "../each-line.ts";
import { type LineOptions, readLines, textOf } from "../input/lines.ts";
import { endPhase, loadModel, type ModelOptions, warn } from "../loading.ts";
import { modelJson } from "../model-json.ts";
import { type FormatOptions, formatOf } from "../options/format.ts";
import { expectTask } from "../task.ts";
import { terminalOf } from "../terminal/terminal.ts";

export interface ZeroShotCommand extends ModelOptions, FormatOptions, Pick<LineOptions, "lines"> {
  readonly labels: readonly string[];
  readonly several?: boolean;
  readonly template?: string;
}

/** `heed zero-shot TEXT --labels travel,music`: labels of one's own, scored by a model of inference. */
export async function zeroShot(given: string | undefined, options: ZeroShotCommand): Promise<void> {
  const format = formatOf(options, lineFormats);
  const lines = await readLines(given, { lines: options.lines });
  const model = await loadModel(options);
  expectTask(model, "zero-shot", ["sequence classification"]);
  await deliverEach(lines, { ...options, format }, (line) =>
    labelled(model, textOf(line, "zero-shot"), options),
  );
}

async function labelled(model: Model, text: string, options: ZeroShotCommand): Promise<Found> {
  const { labels, several: multiLabel, template } = options;
  const { rows } = await model.zeroShot(text, { labels, multiLabel, template, onWarning: warn });
  endPhase("run");
  const predictions = rows[0]!.map(({ label: name, score }) => ({ name, probability: score }));
  return {
    text: () => predictionsText({ title: text, predictions }, terminalOf(process.stdout)),
    json: () => ({
      model: modelJson(model, options),
      texts: [text],
      task: "zero-shot classification",
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
