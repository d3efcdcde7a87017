import { predictionsText } from "../../views/text/predictions.ts";
import { endPhase, loadModel, type ModelOptions, warn } from "../loading.ts";
import { modelJson, textJson } from "../model-json.ts";
import { wholeNumber } from "../named.ts";
import { type FormatOptions, formatOf } from "../options/format.ts";
import { csv, deliver, json } from "../output.ts";
import { expectTask } from "../task.ts";
import { terminalOf } from "../terminal/terminal.ts";
import { readText, textsOf } from "../text-input.ts";

const usualCount = 10;

export interface FillCommand extends ModelOptions, FormatOptions {
  readonly topK?: string;
  readonly targets?: readonly string[];
}

/** `heed fill "The cat sat on the [MASK]."`: the most probable words for every mask. */
export async function fill(given: string, options: FillCommand): Promise<void> {
  const format = formatOf(options, ["text", "json", "csv"] as const);
  const topK = options.topK === undefined ? usualCount : wholeNumber(options.topK, "--top-k");
  const [text] = textsOf(await readText(given)) as [string];
  const model = await loadModel(options);
  expectTask(model, "fill", ["masked language modeling"]);
  const { rows, runs } = await model.fill(text, {
    topK,
    targets: options.targets,
    onWarning: warn,
  });
  endPhase("run");
  const { tokenizer } = model;
  const filled = rows[0]!.map(({ token, fillings }) => ({
    token,
    predictions: fillings.map(({ id, text: own, score, sequence }) => ({
      id,
      name: own.trim() || (tokenizer?.idToToken(id) ?? `#${id}`),
      probability: score,
      text: own,
      sequence,
    })),
  }));
  const content = {
    text: () =>
      filled
        .map(({ token, predictions }) =>
          predictionsText(
            { title: filled.length > 1 ? `${text} (token ${token})` : text, predictions },
            terminalOf(process.stdout),
          ),
        )
        .join("\n\n"),
    json: () =>
      json({
        model: modelJson(model, options),
        ...textJson([text], runs[0]!),
        text,
        masks: filled,
      }),
    csv: () =>
      csv(
        ["token", "id", "name", "probability"],
        filled.flatMap(({ token, predictions }) =>
          predictions.map(({ id, name, probability }) => [token, id, name, probability]),
        ),
      ),
  }[format];
  await deliver(content(), { ...options, format });
}
