import type { Model } from "../../model.ts";
import type { AnswerOptions, Question } from "../../tasks/answer.ts";
import { countOf } from "../../views/numbers.ts";
import { predictionsText } from "../../views/text/predictions.ts";
import { deliverEach, type Found, lineFormats } from "../each-line.ts";
import { type LineOptions, readQuestions } from "../input/lines.ts";
import { endPhase, loadModel, type ModelOptions } from "../loading.ts";
import { modelJson } from "../model-json.ts";
import { wholeNumber } from "../named.ts";
import { type FormatOptions, formatOf } from "../options/format.ts";
import { expectTask } from "../task.ts";
import { terminalOf } from "../terminal/terminal.ts";
import { warn } from "../terminal/warnings.ts";

export interface AnswerCommand extends ModelOptions, FormatOptions, Pick<LineOptions, "lines"> {
  readonly topK?: string;
  readonly impossible?: boolean;
  readonly longest?: string;
  readonly window?: string;
  readonly stride?: string;
}

/** `heed answer QUESTION TEXT`: the parts of the text that answer. */
export async function answer(
  question: string | undefined,
  given: string | undefined,
  options: AnswerCommand,
): Promise<void> {
  const format = formatOf(options, lineFormats);
  const number = (text: string | undefined, option: string) =>
    text === undefined ? undefined : wholeNumber(text, option);
  const asked = {
    topK: number(options.topK, "--top-k"),
    impossible: options.impossible,
    maxAnswerTokens: number(options.longest, "--longest"),
    maxTokens: number(options.window, "--window"),
    stride: number(options.stride, "--stride"),
    onWarning: warn,
  };
  const lines = await readQuestions(question, given, options);
  const model = await loadModel(options);
  // Of beams the task itself says what they give instead.
  if (model.task !== "question answering with beams")
    expectTask(model, "answer", ["question answering"]);
  await deliverEach(lines, { ...options, format }, (line) =>
    answered(model, line.input, { ...options, asked }),
  );
}

async function answered(
  model: Model,
  { question, context }: Question,
  { asked, ...options }: AnswerCommand & { readonly asked: AnswerOptions },
): Promise<Found> {
  const { rows } = await model.answer({ question, context }, asked);
  endPhase("run");
  const [answers] = rows as readonly [(typeof rows)[number]];
  const { topK = 1 } = asked;
  if (answers.length < topK)
    warn(
      `${countOf(topK, "answer")} asked for, and the text has ${answers.length} of at most ${asked.maxAnswerTokens ?? 15} tokens`,
    );
  return {
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
    json: () => ({
      model: modelJson(model, options),
      texts: [question, context],
      question,
      answers,
    }),
    columns: ["answer", "score", "start", "end"],
    rows: () => answers.map(({ answer, score, start, end }) => [answer, score, start, end]),
  };
}
