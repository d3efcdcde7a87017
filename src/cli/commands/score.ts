import type { TextToken } from "../../probe/words.ts";
import { scoresText } from "../../views/text/scores.ts";
import { endPhase, loadModel, type ModelOptions, warn } from "../loading.ts";
import { modelJson } from "../model-json.ts";
import { type FormatOptions, formatOf } from "../options/format.ts";
import { csv, deliver, json } from "../output.ts";
import { terminalOf } from "../terminal/terminal.ts";
import { readIdsOr, textsOf } from "../text-input.ts";

export interface ScoreCommand extends ModelOptions, FormatOptions {
  readonly ids?: string;
  readonly pseudo?: boolean;
}

/** `heed score TEXT`: how probable every token of a text is. */
export async function scoreText(text: string | undefined, options: ScoreCommand): Promise<void> {
  const format = formatOf(options, ["text", "json", "csv"] as const);
  const input = await readIdsOr(text, options.ids);
  const model = await loadModel(options);
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
  const content = {
    text: () => scoresText({ tokens: rows, ...whole }, terminalOf(process.stdout)),
    json: () =>
      json({
        model: modelJson(model, options),
        texts: Array.isArray(input) ? [] : textsOf(input as string),
        tokens: tokens.map(({ token, ...score }) => ({ ...token, ...score })),
        ...whole,
      }),
    csv: () =>
      csv(
        ["token", "id", "start", "end", "log_probability", "surprisal_bits"],
        rows.map((row) => [
          row.text,
          row.id,
          row.start,
          row.end,
          row.logProbability ?? "",
          row.surprisal ?? "",
        ]),
      ),
  }[format];
  await deliver(content(), { ...options, format });
}

function nameOf({ surface, text }: TextToken): string {
  return surface || text;
}
