import { predictionsText } from "../../views/text/predictions.ts";
import { endPhase, loadModel, type ModelOptions, warn } from "../loading.ts";
import { modelJson } from "../model-json.ts";
import { type FormatOptions, formatOf } from "../options/format.ts";
import { csv, deliver, json } from "../output.ts";
import { expectTask } from "../task.ts";
import { terminalOf } from "../terminal/terminal.ts";
import { readText, textsOf } from "../text-input.ts";

export interface ZeroShotCommand extends ModelOptions, FormatOptions {
  readonly labels: readonly string[];
  readonly several?: boolean;
  readonly template?: string;
}

/** `heed zero-shot TEXT --labels travel,music`: labels of one's own, scored by a model of inference. */
export async function zeroShot(given: string, options: ZeroShotCommand): Promise<void> {
  const format = formatOf(options, ["text", "json", "csv"] as const);
  const [text] = textsOf(await readText(given)) as [string];
  const model = await loadModel(options);
  expectTask(model, "zero-shot", ["sequence classification"]);
  const { labels, several: multiLabel, template } = options;
  const { rows } = await model.zeroShot(text, { labels, multiLabel, template, onWarning: warn });
  endPhase("run");
  const predictions = rows[0]!.map(({ label: name, score }) => ({ name, probability: score }));
  const content = {
    text: () => predictionsText({ title: text, predictions }, terminalOf(process.stdout)),
    json: () =>
      json({
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
    csv: () =>
      csv(
        ["label", "probability"],
        predictions.map(({ name, probability }) => [name, probability]),
      ),
  }[format];
  await deliver(content(), { ...options, format });
}
