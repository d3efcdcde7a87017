import { InputError } from "../../errors/errors.ts";
import { readImage } from "../../images/read-image.node.ts";
import type { Model } from "../../model.ts";
import { sharedName, shortName } from "../../models/short-name.ts";
import type { Embeddings, SparseTerm } from "../../tasks/sentences/embed.ts";
import { similarity as alike } from "../../tasks/sentences/similarity.ts";
import { matrixText } from "../../views/text/tensor.ts";
import { termsText } from "../../views/text/terms.ts";
import { lineFormats } from "../each-line.ts";
import { allOf, batched, type Inputs, inputsOf } from "../input/inputs.ts";
import { readRows } from "../input/lines.ts";
import { namesPicture, refusePicture } from "../input/text-input.ts";
import { endPhase, loadModel, type ModelOptions, type Reads } from "../loading.ts";
import { modelJson } from "../model-json.ts";
import { wholeNumber } from "../named.ts";
import { type FormatOptions, formatOf } from "../options/format.ts";
import { csv, deliver, deliverParts, json, jsonLine } from "../output.ts";
import { numbered } from "../picture.ts";
import { terminalOf } from "../terminal/terminal.ts";
import { warn } from "../terminal/warnings.ts";

export interface EmbedCommandOptions extends ModelOptions, FormatOptions {
  readonly lines?: boolean;
  readonly ids?: string;
  readonly prompt?: string;
  readonly promptName?: string;
  readonly maxTerms?: string;
  readonly task?: string;
}

type LineFormat = (typeof lineFormats)[number];

/** So many texts are embedded before their lines are written. */
const textsAtOnce = 32;

/** Which towers are asked, of so many arguments of which some are pictures. */
function readsOfAll(given: number, pictures: number): Reads {
  if (pictures === 0) return "texts";
  return pictures === given ? "images" : "both";
}

/** How a measure is called in the title of its table. */
const measureTitles: Readonly<Record<string, string>> = {
  cosine: "cosine similarity",
  dot: "dot product",
  euclidean: "minus the Euclidean distance",
  manhattan: "minus the Manhattan distance",
};

/** `heed embed TEXT|IMAGE…`: one vector a text or picture, and how alike they are. */
export async function embedTexts(
  given: readonly string[],
  options: EmbedCommandOptions,
): Promise<void> {
  const format = formatOf(options, lineFormats);
  const pictures = new Set(given.filter(namesPicture));
  const [picture] = pictures;
  if (picture !== undefined && options.lines)
    throw new InputError(`--lines: ${picture} is a picture. Name pictures one by one`);
  if (picture !== undefined && options.ids !== undefined)
    throw new InputError(`--ids: ${picture} is a picture. Leave out one of them`);
  const texts: Inputs<Row> =
    picture === undefined ? await readRows(given, options) : await inputsOf(given);
  const reads = readsOfAll(given.length, given.filter(namesPicture).length);
  const model = await loadModel(options, reads);
  if (!model.towers && !model.images) refusePicture(picture);
  if (format === "json" || !options.lines) {
    const all = await embedded(model, await allOf(texts), pictures, options);
    endPhase("run");
    return deliver(whole(all, model, format, options), options, format);
  }
  await deliverParts(options, format, async function* () {
    let number = 0;
    for await (const { inputs, isLast } of batched(texts, textsAtOnce)) {
      const some = await embedded(model, inputs, pictures, options);
      endPhase("run");
      // So few are shown with how alike they are, as without --lines.
      yield format === "text" && isLast && number === 0
        ? whole(some, model, format, options)
        : part(some, number, model, format, options);
      number += inputs.length;
    }
    if (format === "text" && number > textsAtOnce)
      warn(
        `how alike they are is shown of up to ${textsAtOnce} texts; --format json has it for all pairs`,
      );
  });
}

/** What a vector is made of: a text, a picture's name, or ids. */
type Row = string | readonly number[];

/** What was given, what of it names pictures, and what was made of it. */
interface Embedded extends Embeddings {
  readonly texts: readonly Row[];
  readonly pictures: ReadonlySet<string>;
}

async function embedded(
  model: Model,
  texts: readonly Row[],
  pictures: ReadonlySet<string>,
  { prompt, promptName, task, maxTerms: most }: EmbedCommandOptions,
): Promise<Embedded> {
  const maxTerms = most === undefined ? undefined : wholeNumber(most, "--max-terms");
  const items = await Promise.all(
    texts.map((one) => (typeof one === "string" && pictures.has(one) ? readImage(one) : one)),
  );
  const made = await model.embed(items, { prompt, promptName, task, maxTerms });
  const shown = (one: Row) =>
    typeof one === "string" && pictures.has(one) ? sharedName(one) : one;
  return {
    texts: texts.map(shown),
    pictures: new Set([...pictures].map(sharedName)),
    ...made,
  };
}

/** How a row of a table is called. */
const titleOf = (row: Row) => (typeof row === "string" ? row : row.join(" "));

/** A text or ids with the tokens, or a picture, and its vector, as JSON has them. */
function named({ texts, pictures, tokens, vectors, terms }: Embedded, n: number) {
  if (terms) return { ...sparseNamed(texts[n]!, terms[n]!), tokens: tokens[n] };
  const [text, vector] = [texts[n]!, vectors.select(n).data];
  if (typeof text !== "string") return { ids: text, tokens: tokens[n], vector };
  return pictures.has(text) ? { picture: text, vector } : { text, tokens: tokens[n], vector };
}

/** A sparse vector: which words have a weight, and how large it is, the heaviest first. */
function sparseNamed(text: Row, terms: readonly SparseTerm[]) {
  return {
    ...(typeof text === "string" ? { text } : { ids: text }),
    terms: terms.map(({ token }) => token),
    indices: terms.map(({ id }) => id),
    values: terms.map(({ weight }) => weight),
  };
}

/** All there is to say of texts that are there together. */
function whole(
  made: Embedded,
  model: Model,
  format: LineFormat,
  options: EmbedCommandOptions,
): string {
  const { texts, vectors } = made;
  const measure = model.similarityName;
  if (format === "text") {
    if (texts.length === 1) return vectorTable(made, 0, model);
    const alikeness = matrixText(
      {
        title: `How alike they are (${measureTitles[measure] ?? measure})`,
        rows: numbered(texts.map(titleOf)),
        columns: texts.map((_, n) => String(n + 1)),
        values: model.similarity(vectors).data,
      },
      terminalOf(process.stdout),
    );
    return `${vectorTable(made, 0, model)}\n${alikeness}`;
  }
  if (format !== "json") return part(made, 0, model, format, options);
  return json({
    model: modelJson(model, options),
    how: made.how,
    prompt: made.prompt,
    texts: texts.map((_, n) => named(made, n)),
    similarity: { measure, values: model.similarity(vectors).toNested() },
    cosineSimilarity: alike(vectors, vectors, "cosine").toNested(),
  });
}

/** What is said of texts that others come before and after; `number` texts were before. */
function part(
  made: Embedded,
  number: number,
  model: Model,
  format: LineFormat,
  options: EmbedCommandOptions,
): string {
  const { texts, vectors, how, prompt, terms } = made;
  if (format === "text") return `${number > 0 ? "\n" : ""}${vectorTable(made, number, model)}`;
  if (format === "csv") {
    if (terms) {
      const rows = terms.flatMap((own, n) =>
        own.map(({ id, token, weight }) => [titleOf(texts[n]!), id, token, weight]),
      );
      const table = csv(["text", "id", "term", "weight"], rows);
      return number > 0 ? table.slice(table.indexOf("\n") + 1) : table;
    }
    const names = Array.from({ length: vectors.shape[1]! }, (_, n) => `v${n}`);
    const table = csv(
      ["text", ...names],
      texts.map((text, n) => [titleOf(text), ...vectors.select(n).data]),
    );
    return number > 0 ? table.slice(table.indexOf("\n") + 1) : table;
  }
  const about = modelJson(model, options);
  return texts.map((_, n) => jsonLine({ model: about, how, prompt, ...named(made, n) })).join("");
}

/** What a title says of the prompt. */
const behind = (prompt: string) => (prompt === "" ? "" : `, behind "${prompt}"`);

/** The heaviest words of each text, texts numbered from `number` + 1. */
function termTables({ texts, terms, how, prompt }: Embedded, number: number, model: Model): string {
  const title = `${shortName(model.label)}: ${how}${behind(prompt)}`;
  const tables = texts.map((text, n) =>
    termsText(
      { title: `${number + n + 1} ${titleOf(text)}`, terms: terms![n]! },
      terminalOf(process.stdout),
    ),
  );
  return `${[...(number === 0 ? [title] : []), ...tables].join("\n\n")}\n`;
}

/** Vectors as a table, texts numbered from `number` + 1; the first one has a title. */
function vectorTable(made: Embedded, number: number, model: Model): string {
  const { texts, pictures, vectors, how, prompt } = made;
  if (made.terms) return termTables(made, number, model);
  const width = vectors.shape[1]!;
  return matrixText(
    {
      title:
        number > 0
          ? `texts ${number + 1} to ${number + texts.length}`
          : `${shortName(model.label)}: ${width} numbers a ${pictures.size > 0 ? "text or picture" : "text"}, ${how}${behind(prompt)}`,
      rows: texts.map((text, n) => `${number + n + 1} ${titleOf(text)}`),
      columns: Array.from({ length: width }, (_, n) => `[${n}]`),
      values: vectors.data,
    },
    terminalOf(process.stdout),
  );
}
