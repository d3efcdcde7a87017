import { topPredictions } from "../../analysis/predictions.ts";
import { InputError } from "../../errors/errors.ts";
import { predictionsText } from "../../views/text/predictions.ts";
import { type FormatOptions, formatOf } from "../format.ts";
import { endPhase, loadModel, type ModelOptions, warn } from "../loading.ts";
import { modelJson, textJson } from "../model-json.ts";
import { csv, deliver, json } from "../output.ts";
import { expectTask } from "../task.ts";
import { terminalOf } from "../terminal.ts";
import { readText, textsOf } from "../text-input.ts";

const shown = 10;

/** `heed fill "The cat sat on the [MASK]."`: the most probable words for every mask. */
export async function fill(text: string, options: ModelOptions & FormatOptions): Promise<void> {
  const format = formatOf(options, ["text", "json", "csv"] as const);
  const input = await readText(text);
  const model = await loadModel(options);
  expectTask(model, "fill", ["masked language modeling"]);
  const mask = model.tokenizer?.specialTokens.mask;
  if (!model.tokenizer || !mask)
    throw new InputError(`fill: ${model.label} has no tokenizer with a mask token`);
  const { tokenizer } = model;
  const run = await model.run(input, { onWarning: warn });
  endPhase("run");
  const places = [...run.tokens[0]!.entries()]
    .filter(([, { id }]) => id === mask.id)
    .map(([place]) => place);
  if (places.length === 0)
    throw new InputError(
      `fill: the text has no ${mask.text}. Write ${mask.text} where a word is to be found`,
    );
  const filled = places.map((place) => ({
    token: place,
    predictions: topPredictions(run.output.logits!.select(0, place).data, shown).map(
      ({ index, probability }) => ({
        id: index,
        name: tokenizer.decode([index]).trim() || (tokenizer.idToToken(index) ?? `#${index}`),
        probability,
      }),
    ),
  }));
  const title = textsOf(input).join(" ");
  const content = {
    text: () =>
      filled
        .map(({ token, predictions }) =>
          predictionsText(
            { title: places.length > 1 ? `${title} (token ${token})` : title, predictions },
            terminalOf(process.stdout),
          ),
        )
        .join("\n\n"),
    json: () =>
      json({
        model: modelJson(model, options),
        ...textJson(textsOf(input), run),
        text: title,
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
