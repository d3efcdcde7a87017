import { shortName } from "../../models/short-name.ts";
import type { ScorePairsOptions } from "../../tasks/sentences/score-pairs.ts";
import { matrixText } from "../../views/text/tensor.ts";
import { lineFormats } from "../each-line.ts";
import { allOf } from "../input/inputs.ts";
import { readTexts } from "../input/lines.ts";
import { readText, textsOf } from "../input/text-input.ts";
import { endPhase, loadModel, type ModelOptions } from "../loading.ts";
import { modelJson } from "../model-json.ts";
import { type FormatOptions, formatOf } from "../options/format.ts";
import { csv, deliver, json, jsonLine } from "../output.ts";
import { numbered } from "../picture.ts";
import { terminalOf } from "../terminal/terminal.ts";
import { warn } from "../terminal/warnings.ts";

export interface RerankOptions extends ModelOptions, FormatOptions {
  readonly lines?: boolean;
  readonly prompt?: string;
  readonly promptName?: string;
  readonly activation?: string;
}

/** `heed rerank QUERY TEXT…`: what a cross-encoder says of the query with each text, the best first where it gives one score. */
export async function rerank(
  given: string | undefined,
  others: readonly string[],
  options: RerankOptions,
): Promise<void> {
  const format = formatOf(options, lineFormats);
  const [query] = textsOf(await readText(given)) as [string];
  const texts = await allOf(await readTexts(others, options));
  const model = await loadModel(options);
  const { prompt, promptName } = options;
  const { scores, labels, activation, how, tokens } = await model.scorePairs(
    texts.map((text) => [query, text]),
    {
      prompt,
      promptName,
      activation: options.activation as ScorePairsOptions["activation"],
      onWarning: warn,
    },
  );
  endPhase("run");
  const isOne = labels.length === 1;
  const rows = texts.map((_, text) => scores.select(text).data);
  const places = [...texts.keys()];
  const ranking = isOne ? places.sort((a, b) => rows[b]![0]! - rows[a]![0]!) : places;
  const content = {
    text: () => {
      const names = numbered(texts);
      return matrixText(
        {
          title: `${shortName(model.label)}: "${query}" with each text${isOne ? ", the best first" : ""} (${activation === "linear" ? "logits" : activation}, ${how})`,
          rows: ranking.map((place) => names[place]!),
          columns: isOne ? ["score"] : labels,
          values: ranking.flatMap((place) => [...rows[place]!]),
        },
        terminalOf(process.stdout),
      );
    },
    json: () =>
      json({
        model: modelJson(model, options),
        query,
        activation,
        how,
        labels,
        texts: texts.map((text, n) => ({ text, tokens: tokens[n], scores: rows[n] })),
        ranking: isOne ? ranking : null,
      }),
    jsonl: () =>
      ranking
        .map((place) =>
          jsonLine({
            model: modelJson(model, options),
            query,
            activation,
            how,
            labels,
            number: place + 1,
            text: texts[place],
            tokens: tokens[place],
            scores: rows[place],
          }),
        )
        .join(""),
    csv: () =>
      csv(
        ["number", "text", ...(isOne ? ["score"] : labels)],
        ranking.map((place) => [place + 1, texts[place]!, ...rows[place]!]),
      ),
  }[format];
  await deliver(content(), options, format);
}
