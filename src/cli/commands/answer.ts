import { predictionsText } from "../../views/text/predictions.ts";
import { endPhase, loadModel, type ModelOptions, warn } from "../loading.ts";
import { modelJson } from "../model-json.ts";
import { wholeNumber } from "../named.ts";
import { type FormatOptions, formatOf } from "../options/format.ts";
import { csv, deliver, json } from "../output.ts";
import { expectTask } from "../task.ts";
import { terminalOf } from "../terminal/terminal.ts";
import { readText, textsOf } from "../text-input.ts";

export interface AnswerCommand extends ModelOptions, FormatOptions {
  readonly topK?: string;
  readonly impossible?: boolean;
  readonly longest?: string;
  readonly window?: string;
  readonly stride?: string;
}

/** `heed answer QUESTION TEXT`: the parts of the text that answer. */
export async function answer(
  question: string,
  given: string,
  options: AnswerCommand,
): Promise<void> {
  const format = formatOf(options, ["text", "json", "csv"] as const);
  const number = (text: string | undefined, option: string) =>
    text === undefined ? undefined : wholeNumber(text, option);
  const asked = {
    topK: number(options.topK, "--top-k"),
    impossible: options.impossible,
    maxAnswerTokens: number(options.longest, "--longest"),
    maxTokens: number(options.window, "--window"),
    stride: number(options.stride, "--stride"),
  };
  const [context] = textsOf(await readText(given)) as [string];
  const model = await loadModel(options);
  expectTask(model, "answer", ["question answering"]);
  const { rows } = await model.answer({ question, context }, { ...asked, onWarning: warn });
  endPhase("run");
  const [answers] = rows as readonly [(typeof rows)[number]];
  const content = {
    text: () =>
      predictionsText(
        {
          title: question,
          predictions: answers.map(({ answer, score }) => ({
            name: answer === "" ? "(no answer)" : answer,
            probability: score,
          })),
        },
        terminalOf(process.stdout),
      ),
    json: () =>
      json({ model: modelJson(model, options), texts: [question, context], question, answers }),
    csv: () =>
      csv(
        ["answer", "score", "start", "end"],
        answers.map(({ answer, score, start, end }) => [answer, score, start, end]),
      ),
  }[format];
  await deliver(content(), { ...options, format });
}
