import { InputError } from "../../errors/errors.ts";
import type { Model } from "../../model.ts";
import type { TextToken } from "../../probe/words.ts";
import type { ScoreInput } from "../../tasks/score.ts";
import { scoresText } from "../../views/text/scores.ts";
import { inputOf } from "../analysis/attention-run.ts";
import { deliverEach, type Found, lineFormats } from "../each-line.ts";
import { type Line, type LineOptions, readLines } from "../input/lines.ts";
import { textsOf } from "../input/text-input.ts";
import { endPhase, loadWriter, type ModelOptions } from "../loading.ts";
import { modelJson } from "../model-json.ts";
import { type FormatOptions, formatOf } from "../options/format.ts";
import { terminalOf } from "../terminal/terminal.ts";
import { warn } from "../terminal/warnings.ts";

export interface ScoreCommand
  extends ModelOptions,
    FormatOptions,
    Pick<LineOptions, "ids" | "lines"> {
  readonly pseudo?: boolean;
  readonly decoder?: string;
}

/** `heed score TEXT`: how probable every token of a text is, or of a target behind it. */
export async function scoreText(given: string | undefined, options: ScoreCommand): Promise<void> {
  const format = formatOf(options, lineFormats);
  const { ids, lines } = options;
  const inputs = await readLines(given, { ids, lines, targets: true });
  const model = await loadWriter(options);
  await deliverEach(inputs, { ...options, format }, (line) => scored(model, line, options));
}

async function scored(model: Model, line: Line, options: ScoreCommand): Promise<Found> {
  const input = scoreInput(line, options);
  const { tokens, warnings, ...whole } = await model.score(input, {
    ...(options.pseudo && { pseudo: true }),
    onWarning: warn,
  });
  endPhase("run");
  const rows = tokens.map(({ token, logProbability, surprisal }) => ({
    id: token.id,
    text: nameOf(token),
    start: token.start,
    end: token.end,
    logProbability,
    surprisal,
  }));
  return {
    text: () => scoresText({ tokens: rows, ...whole }, terminalOf(process.stdout)),
    json: () => ({
      model: modelJson(model, options),
      texts: textsIn(input),
      tokens: tokens.map(({ token, ...score }) => ({ ...token, ...score })),
      ...whole,
    }),
    columns: ["token", "id", "start", "end", "log_probability", "surprisal_bits"],
    rows: () =>
      rows.map((row) => [
        row.text,
        row.id,
        row.start,
        row.end,
        row.logProbability ?? "",
        row.surprisal ?? "",
      ]),
  };
}

/** What is scored of a line, with what --decoder says is written behind it. */
function scoreInput(line: Line, options: ScoreCommand): ScoreInput {
  const { input } = line;
  if (options.decoder === undefined) return input;
  if (typeof input !== "string" && "text" in input && input.target !== undefined)
    throw new InputError(
      "--decoder and a line's target contradict each other. Leave out one of them",
    );
  return inputOf(line, options) as ScoreInput;
}

/** The texts of an input, its target behind them. */
function textsIn(input: ScoreInput): string[] {
  if (typeof input === "string") return [input];
  if (!("text" in input)) return [];
  return [...textsOf(input), ...(input.target === undefined ? [] : [input.target])];
}

function nameOf({ surface, text }: TextToken): string {
  return surface || text;
}
