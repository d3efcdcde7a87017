import { cosineDistance, wordVector } from "../../analysis/compare.ts";
import { InputError } from "../../errors/errors.ts";
import { matrixText } from "../../views/text/tensor.ts";
import { type FormatOptions, formatOf } from "../format.ts";
import { endPhase, loadModel, type ModelOptions, warn } from "../loading.ts";
import { modelJson } from "../model-json.ts";
import { csv, deliver, json } from "../output.ts";
import { shortName, stackOf } from "../picture.ts";
import { terminalOf } from "../terminal.ts";
import { readText, textsOf } from "../text-input.ts";

/** `heed embed TEXT…`: one vector a text, and how alike the texts are. */
export async function embedTexts(
  texts: readonly string[],
  options: ModelOptions & FormatOptions,
): Promise<void> {
  const format = formatOf(options, ["text", "json", "csv"] as const);
  const inputs: string[] = [];
  for (const text of texts) inputs.push(textsOf(await readText(text))[0]!);
  const model = await loadModel(options);
  const final = `${stackOf(model)}final`;
  const run = await model.run(inputs, { read: [final], onWarning: warn });
  endPhase("run");
  const { sentence } = run.output;
  const how = sentence
    ? "as its sentence-embedding files say"
    : "the mean of the last hidden states of its tokens";
  const vectors = texts.map((_, text) => {
    if (sentence) return sentence.select(text).data;
    const real = [...run.tokens[text]!.keys()].filter(
      (token) => run.inputs.mask?.[text * run.inputs.length + token] !== 0,
    );
    return wordVector(run.trace.get(final), real, text);
  });
  if (vectors.some((vector) => vector.length === 0))
    throw new InputError("embed: the model gives no vector");
  const likeness = vectors.map((a) => vectors.map((b) => 1 - cosineDistance(a, b)));
  const content = {
    text: () => {
      const terminal = terminalOf(process.stdout);
      const label = `${shortName(model.label)}: ${vectors[0]!.length} numbers a text, ${how}`;
      const columns = Array.from({ length: vectors[0]!.length }, (_, n) => `[${n}]`);
      const parts = [
        matrixText(
          {
            title: label,
            rows: inputs,
            columns,
            values: vectors.flatMap((vector) => Array.from(vector)),
          },
          terminal,
        ),
      ];
      if (texts.length > 1)
        parts.push(
          matrixText(
            {
              title: "How alike they are (cosine similarity)",
              rows: inputs,
              columns: texts.map((_, n) => String(n + 1)),
              values: likeness.flat(),
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
        texts: inputs.map((text, n) => ({ text, tokens: run.tokens[n], vector: vectors[n] })),
        cosineSimilarity: likeness,
      }),
    csv: () =>
      csv(
        ["text", ...Array.from(vectors[0]!, (_, n) => `v${n}`)],
        inputs.map((text, n) => [text, ...Array.from(vectors[n]!)]),
      ),
  }[format];
  await deliver(content(), { ...options, format });
}
