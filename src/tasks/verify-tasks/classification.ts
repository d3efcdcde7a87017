import type { TextInput } from "../../models/inputs.ts";
import type { LoadedModel } from "../../models/loaded-model.ts";
import type { Truncation } from "../../tokens/truncate.ts";
import { answer } from "../answer.ts";
import { type ClassifyOptions, classify } from "../classify.ts";
import { classifyTokens } from "../classify-tokens.ts";
import type { Aggregation } from "../entities.ts";
import { fill } from "../fill.ts";
import type { LabelScore } from "../scores.ts";
import { zeroShot } from "../zero-shot.ts";
import { type Ranked, rankedDifference } from "./compare-answers.ts";
import { optionsOf } from "./options-of.ts";
import type { TaskCase, TaskCheck, TaskFiles } from "./task-case.ts";

type Options = Readonly<Record<string, unknown>>;

/** Checks by the name of their task. */
export const classificationChecks: Readonly<Record<string, TaskCheck>> = {
  "text-classification": checkTexts,
  "image-classification": checkImages,
  "token-classification": checkTokens,
  "fill-mask": checkMasks,
  "zero-shot-classification": checkZeroShot,
  "question-answering": checkAnswers,
};

/** A list of rows where the input is a list, else one row. */
function rowsOf<T>({ input, expected }: TaskCase): readonly (readonly T[])[] {
  return (Array.isArray(input) ? expected : [expected]) as readonly (readonly T[])[];
}

function labelsOf(row: readonly LabelScore[]): Ranked[] {
  return row.map(({ label, score }) => ({ name: label, score }));
}

async function checkTexts(model: LoadedModel, given: TaskCase) {
  const { truncation, maxTokens, padding, ...options } = optionsOf(
    given,
    {
      function_to_apply: "scoreFunction",
      top_k: "topK",
      truncation: "truncation",
      max_length: "maxTokens",
      padding: "padding",
      add_special_tokens: "addSpecialTokens",
    },
    ["batch", "batch_size"],
  );
  const cut = cutOf(model, { truncation, maxTokens, padding });
  const inputs = (Array.isArray(given.input) ? given.input : [given.input]).map(textOf);
  // A list that is no batch is run text by text.
  const { batch, batch_size: size = batch ? inputs.length : 1 } = given.options;
  const rows: (readonly LabelScore[])[] = [];
  for (let from = 0; from < inputs.length; from += Number(size)) {
    const some = inputs.slice(from, from + Number(size));
    rows.push(...(await classify(model, some, { ...options, ...cut } as ClassifyOptions)).rows);
  }
  return rankedDifference(rowsOf<LabelScore>(given).map(labelsOf), rows.map(labelsOf));
}

/** How transformers' tokenizers read what is said of cutting and padding: a length alone cuts, unless something is said of padding. */
function cutOf(
  { tokenizer }: LoadedModel,
  given: { truncation?: unknown; maxTokens?: unknown; padding?: unknown },
): ClassifyOptions {
  const { maxTokens, padding = false } = given as { maxTokens?: number; padding?: unknown };
  const isCutByLength = maxTokens !== undefined && padding === false;
  const said = given.truncation ?? (isCutByLength ? true : undefined);
  const cuts = said !== undefined && said !== false && said !== "do_not_truncate";
  const padTo = padding === "max_length" ? (maxTokens ?? tokenizer?.maxLength) : undefined;
  if (!cuts) return { truncation: said === undefined ? undefined : false, padTo };
  // Without a length, and without one in the files, nothing is cut.
  if (maxTokens === undefined && tokenizer?.maxLength === undefined)
    return { truncation: false, padTo };
  return { truncation: said as Truncation, maxTokens, padTo };
}

/** A text, or a pair as transformers writes it. */
function textOf(input: unknown): TextInput {
  if (typeof input === "string") return input;
  const { text, text_pair: pair } = input as { text: string; text_pair?: string };
  return { text, pair };
}

async function checkImages(model: LoadedModel, given: TaskCase, files: TaskFiles) {
  const options = optionsOf(given, { function_to_apply: "scoreFunction", top_k: "topK" });
  const names = (Array.isArray(given.input) ? given.input : [given.input]) as string[];
  const images = await Promise.all(names.map((name) => files.image(name)));
  const usualCount = 5;
  const { rows } = await classify(model, images, { topK: usualCount, ...options } as {
    topK?: number;
  });
  return rankedDifference(rowsOf<LabelScore>(given).map(labelsOf), rows.map(labelsOf));
}

interface RecordedEntity {
  readonly entity?: string;
  readonly entity_group?: string;
  readonly score: number;
  readonly word: string;
  readonly index?: number;
  readonly start: number;
  readonly end: number;
}

async function checkTokens(model: LoadedModel, given: TaskCase) {
  const options = optionsOf(given, {
    aggregation_strategy: "aggregation",
    ignore_labels: "ignoreLabels",
    stride: "stride",
  });
  const input = given.input as string | readonly string[];
  const { rows } = await classifyTokens(model, input, options as { aggregation?: Aggregation });
  const texts = typeof input === "string" ? [input] : input;
  const expected = rowsOf<RecordedEntity>(given).map((row) =>
    row.map(({ entity, entity_group: group, score, word, index, start, end }) => ({
      name: JSON.stringify([entity ?? group, word, start, end, index ?? null]),
      score,
    })),
  );
  const got = rows.map((row, text) =>
    row.map(({ label, score, word, start, end, token }) => {
      const place = [start, end].map((unit) => codePoints(texts[text]!, unit));
      return { name: JSON.stringify([label, word, ...place, token ?? null]), score };
    }),
  );
  return rankedDifference(expected, got, { isOrdered: true });
}

/** Python counts code points, heed UTF-16 units. */
function codePoints(text: string, units: number): number {
  return [...text.slice(0, units)].length;
}

interface RecordedFilling {
  readonly score: number;
  readonly token: number;
  readonly token_str: string;
  readonly sequence: string;
}

async function checkMasks(model: LoadedModel, given: TaskCase) {
  const options: { targets?: unknown } = optionsOf(given, { top_k: "topK", targets: "targets" });
  if (typeof options.targets === "string") options.targets = [options.targets];
  const { rows } = await fill(model, given.input as string, options as Options);
  // One mask is a list of fillings, several are a list for each.
  const expected = rowsOf<RecordedFilling | RecordedFilling[]>(given).flatMap(
    (row) => (Array.isArray(row[0]) ? row : [row]) as RecordedFilling[][],
  );
  const nameOf = (id: number, text: string, sequence: string) =>
    JSON.stringify([id, text, sequence]);
  return rankedDifference(
    expected.map((mask) =>
      mask.map(({ token, token_str: text, sequence, score }) => ({
        name: nameOf(token, text, sequence),
        score,
      })),
    ),
    rows.flat().map(({ fillings }) =>
      fillings.map(({ id, text, sequence, score }) => ({
        name: nameOf(id, text, sequence),
        score,
      })),
    ),
  );
}

async function checkZeroShot(model: LoadedModel, given: TaskCase) {
  const options = optionsOf(given, {
    candidate_labels: "labels",
    multi_label: "multiLabel",
    hypothesis_template: "template",
  });
  const input = given.input as string | readonly string[];
  const { rows } = await zeroShot(model, input, { labels: [], ...(options as Options) });
  type Recorded = { readonly labels: readonly string[]; readonly scores: readonly number[] };
  const recorded = (Array.isArray(input) ? given.expected : [given.expected]) as Recorded[];
  return rankedDifference(
    recorded.map(({ labels, scores }) =>
      labels.map((name, place) => ({ name, score: scores[place]! })),
    ),
    rows.map(labelsOf),
  );
}

interface RecordedAnswer {
  readonly answer: string;
  readonly score: number;
  readonly start: number;
  readonly end: number;
}

async function checkAnswers(model: LoadedModel, given: TaskCase) {
  const options = optionsOf(given, {
    top_k: "topK",
    handle_impossible_answer: "impossible",
    max_answer_len: "maxAnswerTokens",
    max_seq_len: "maxTokens",
    doc_stride: "stride",
    align_to_words: "wholeWords",
  });
  const question = given.input as { question: string; context: string };
  const { rows } = await answer(model, question, options as Options);
  const recorded = (
    Array.isArray(given.expected) ? given.expected : [given.expected]
  ) as RecordedAnswer[];
  const named = ({ answer: text, score, start, end }: RecordedAnswer): Ranked => ({
    name: JSON.stringify([text, start, end]),
    score,
  });
  // A text with fewer answers than were asked for has the pipeline add spans that have no chance.
  const isAnswer = ({ score }: Ranked) => score > 0;
  const got = rows.map((row) =>
    row
      .map((found) => {
        const [start, end] = [found.start, found.end].map((unit) =>
          codePoints(question.context, unit),
        );
        return named({ ...found, start: start!, end: end! });
      })
      .filter(isAnswer),
  );
  return rankedDifference([recorded.map(named).filter(isAnswer)], got);
}
