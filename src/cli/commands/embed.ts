import type { Model } from "../../model.ts";
import { shortName } from "../../models/short-name.ts";
import { similarity as alike } from "../../tasks/sentences/similarity.ts";
import { matrixText } from "../../views/text/tensor.ts";
import { lineFormats } from "../each-line.ts";
import { readTexts } from "../input/lines.ts";
import { endPhase, loadModel, type ModelOptions, warn } from "../loading.ts";
import { modelJson } from "../model-json.ts";
import { type FormatOptions, formatOf } from "../options/format.ts";
import { csv, deliver, deliverParts, json, jsonLine } from "../output.ts";
import { numbered } from "../picture.ts";
import { terminalOf } from "../terminal/terminal.ts";

export interface EmbedCommandOptions extends ModelOptions, FormatOptions {
  readonly lines?: boolean;
  readonly prompt?: string;
  readonly promptName?: string;
}

/** So many texts are embedded before their lines are written. */
const textsAtOnce = 32;

/** How a measure is called in the title of its table. */
const measureTitles: Readonly<Record<string, string>> = {
  cosine: "cosine similarity",
  dot: "dot product",
  euclidean: "minus the Euclidean distance",
  manhattan: "minus the Manhattan distance",
};

/** `heed embed TEXT…`: one vector a text, and how alike the texts are. */
export async function embedTexts(
  given: readonly string[],
  options: EmbedCommandOptions,
): Promise<void> {
  const format = formatOf(options, lineFormats);
  const texts = await readTexts(given, options);
  const model = await loadModel(options);
  if (format === "jsonl") return embedEach(model, texts, options);
  const { prompt, promptName } = options;
  const { vectors, tokens, how, ...made } = await model.embed(texts, {
    prompt,
    promptName,
    onWarning: warn,
  });
  endPhase("run");
  const measure = model.similarityName;
  const likeness = model.similarity(vectors);
  const width = vectors.shape[1]!;
  const rows = texts.map((_, text) => vectors.select(text).data);
  const content = {
    text: () => {
      const terminal = terminalOf(process.stdout);
      const before = made.prompt === "" ? "" : `, behind "${made.prompt}"`;
      const title = `${shortName(model.label)}: ${width} numbers a text, ${how}${before}`;
      const columns = Array.from({ length: width }, (_, n) => `[${n}]`);
      const parts = [
        matrixText({ title, rows: numbered(texts), columns, values: vectors.data }, terminal),
      ];
      if (texts.length > 1)
        parts.push(
          matrixText(
            {
              title: `How alike they are (${measureTitles[measure] ?? measure})`,
              rows: numbered(texts),
              columns: texts.map((_, n) => String(n + 1)),
              values: likeness.data,
            },
            terminal,
          ),
        );
      return parts.join("\n");
    },
    json: () =>
      json({
        model: modelJson(model, options),
        how,
        prompt: made.prompt,
        texts: texts.map((text, n) => ({ text, tokens: tokens[n], vector: rows[n] })),
        similarity: { measure, values: likeness.toNested() },
        cosineSimilarity: alike(vectors, vectors, "cosine").toNested(),
      }),
    csv: () =>
      csv(
        ["text", ...Array.from({ length: width }, (_, n) => `v${n}`)],
        texts.map((text, n) => [text, ...rows[n]!]),
      ),
  }[format];
  await deliver(content(), options, format);
}

/** A line of JSON for every text, written while the next ones are embedded. */
async function embedEach(
  model: Model,
  texts: readonly string[],
  options: EmbedCommandOptions,
): Promise<void> {
  const { prompt, promptName } = options;
  const about = modelJson(model, options);
  await deliverParts(options, "jsonl", async function* () {
    for (let from = 0; from < texts.length; from += textsAtOnce) {
      const some = texts.slice(from, from + textsAtOnce);
      const { vectors, tokens, how, ...made } = await model.embed(some, {
        prompt,
        promptName,
        onWarning: warn,
      });
      for (const [n, text] of some.entries())
        yield jsonLine({
          model: about,
          how,
          prompt: made.prompt,
          text,
          tokens: tokens[n],
          vector: vectors.select(n).data,
        });
    }
  });
  endPhase("run");
}
