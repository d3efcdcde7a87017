import type { AudioInput } from "../../audio/audio.ts";
import { InputError } from "../../errors/errors.ts";
import type { ImageInput } from "../../images/image.ts";
import type { Model } from "../../model.ts";
import type { TextInput } from "../../models/inputs.ts";
import { sharedName } from "../../models/short-name.ts";
import { textTokens } from "../../probe/text-tokens.ts";
import type { Aggregation, Entity } from "../../tasks/entities.ts";
import type { LabelScore, ScoreFunction } from "../../tasks/scores.ts";
import type { Truncation } from "../../tokens/truncate.ts";
import { labelOf } from "../../views/from-run/run.ts";
import { predictionsText } from "../../views/text/predictions.ts";
import { deliverEach, type Found, lineFormats } from "../each-line.ts";
import { type Inputs, inputsOf, mapped } from "../input/inputs.ts";
import { idsIn, type Line, type LineOptions, readLines, textInputOf } from "../input/lines.ts";
import { namesPicture, namesSound, readsOf, textsOf } from "../input/text-input.ts";
import { endPhase, loadModel, type ModelOptions } from "../loading.ts";
import { modelJson, textJson } from "../model-json.ts";
import { wholeNumber } from "../named.ts";
import { type FormatOptions, formatOf } from "../options/format.ts";
import { refuseIdle } from "../options/idle-options.ts";
import { expectTask } from "../task.ts";
import { terminalOf } from "../terminal/terminal.ts";
import { warn } from "../terminal/warnings.ts";

const usualCount = 5;

export interface ClassifyCommand
  extends ModelOptions,
    FormatOptions,
    Pick<LineOptions, "lines" | "pair" | "ids"> {
  readonly function?: string;
  readonly topK?: string;
  readonly aggregation?: string;
  readonly ignore?: readonly string[];
  readonly maxTokens?: string;
  readonly truncation?: Truncation;
}

/** `heed classify TEXT|IMAGE|SOUND`: the labels a model gives, with their scores. */
export async function classify(given: string | undefined, options: ClassifyCommand): Promise<void> {
  const format = formatOf(options, lineFormats);
  const isPicture = given !== undefined && namesPicture(given);
  const isSound = given !== undefined && namesSound(given);
  refuseIdle("classify", { ...options, format }, [isPicture && "a picture", isSound && "a sound"]);
  if (options.topK !== undefined) wholeNumber(options.topK, "--top-k");
  maxTokensOf(options);
  const inputs =
    isPicture || isSound
      ? await inputsOf([isPicture ? await pictureOf(given) : await soundOf(given!)])
      : await textsGiven(given, options);
  const model = await loadModel(options, readsOf(given));
  expectTask(model, "classify", [
    "sequence classification",
    "token classification",
    "image classification",
    "audio classification",
  ]);
  const isOfTokens = model.task === "token classification";
  const about = isOfTokens ? "a classifier of tokens" : "a classifier of wholes";
  refuseIdle("classify", { ...options, format }, [about]);
  await deliverEach(inputs, { ...options, format }, async (one) => {
    if (isOfTokens && Array.isArray(one.input))
      throw new InputError(
        `classify: ${model.label} labels parts of a text, and ids have no places in one. Give the text`,
      );
    const found = isOfTokens
      ? await classifyParts(model, one.titles[0]!, options)
      : await classifyWhole(model, one, options);
    endPhase("run");
    return { ...found, json: () => ({ model: modelJson(model, options), ...found.json() }) };
  });
}

/** Something that has labels: a text, two, a picture or a sound. */
interface Whole extends Pick<Line, "line"> {
  readonly input: TextInput | ImageInput | AudioInput | readonly number[];
  readonly titles: readonly string[];
  /** What its file is, where it is one that is no text. */
  readonly file?: "image" | "sound";
}

async function pictureOf(file: string): Promise<Whole> {
  const { readImage } = await import("../../images/read-image.node.ts");
  return {
    line: undefined,
    input: await readImage(file),
    titles: [sharedName(file)],
    file: "image",
  };
}

async function soundOf(file: string): Promise<Whole> {
  const { readAudio } = await import("../../audio/read-audio.node.ts");
  return {
    line: undefined,
    input: await readAudio(file),
    titles: [sharedName(file)],
    file: "sound",
  };
}

async function textsGiven(
  given: string | undefined,
  { lines, pair, ids }: ClassifyCommand,
): Promise<Inputs<Whole>> {
  return mapped(await readLines(given, { lines, pair, ids }), (line) => {
    const own = idsIn(line);
    if (own) return { line: line.line, input: own, titles: [own.join(" ")] };
    const input = textInputOf(line, "classify");
    return { line: line.line, input, titles: textsOf(input) };
  });
}

function maxTokensOf({ maxTokens }: ClassifyCommand): number | undefined {
  return maxTokens === undefined ? undefined : wholeNumber(maxTokens, "--max-tokens");
}

function countOf({ topK }: ClassifyCommand): number {
  return topK === undefined ? usualCount : wholeNumber(topK, "--top-k");
}

/** The labels of a text, a picture or a sound. */
async function classifyWhole(
  model: Model,
  { input, titles, file }: Whole,
  options: ClassifyCommand,
): Promise<Found> {
  const { rows, scoreFunction, run } = await model.classify(input, {
    topK: countOf(options),
    scoreFunction: options.function as ScoreFunction,
    maxTokens: maxTokensOf(options),
    truncation: options.truncation,
    onWarning: warn,
  });
  const areShares = scoreFunction !== "none";
  const title = titles.join(" / ");
  const predictions = rows[0]!.map(({ label: name, score }) => ({
    name,
    probability: areShares ? score : null,
    score,
  }));
  return {
    text: () =>
      predictionsText(
        {
          title,
          areShares,
          predictions: predictions.map(({ name, score }) => ({ name, probability: score })),
        },
        terminalOf(process.stdout),
      ),
    json: () => ({
      ...(file ? { [file]: titles[0] } : textJson(Array.isArray(input) ? [] : titles, run)),
      input: titles,
      task: model.task,
      scoreFunction,
      classified: [{ title, predictions }],
    }),
    columns: ["token", "title", "label", areShares ? "probability" : "score"],
    rows: () => predictions.map(({ name, score }) => ["", title, name, score]),
  };
}

/** The labels of a text's tokens, or of what they make up. */
async function classifyParts(model: Model, text: string, options: ClassifyCommand): Promise<Found> {
  const { aggregation, ignore } = options;
  const { rows, tokens, labels } = await model.classifyTokens(text, {
    aggregation: aggregation as Aggregation,
    ignoreLabels: ignore,
    onWarning: warn,
  });
  const [entities] = rows as readonly [readonly Entity[]];
  const encoded = textTokens(model.tokenizer!.encode(text).tokens, [text]);
  const classified = tokens[0]!.map(({ place, scores }) => ({
    token: place,
    title: labelOf(encoded[place]!).text,
    predictions: best(scores, labels)
      .slice(0, countOf(options))
      .map(({ label: name, score }) => ({ name, probability: score, score })),
  }));
  const shared = {
    json: () => ({
      ...textJson([text], { tokens: [encoded] }),
      input: [text],
      task: model.task,
      classified,
      entities,
    }),
  };
  if (aggregation !== undefined)
    return {
      ...shared,
      text: () => entitiesText(text, entities),
      columns: ["start", "end", "word", "label", "score"],
      rows: () =>
        entities.map(({ start, end, word, label, score }) => [start, end, word, label, score]),
    };
  return {
    ...shared,
    text: () =>
      predictionsText(
        {
          title: "Every token, its most probable label",
          predictions: classified.map(({ title, predictions }) => ({
            name: `${title}: ${predictions[0]!.name}`,
            probability: predictions[0]!.probability,
          })),
        },
        terminalOf(process.stdout),
      ),
    columns: ["token", "title", "label", "probability"],
    rows: () =>
      classified.flatMap(({ token, title, predictions }) =>
        predictions.map(({ name, probability }) => [token, title, name, probability]),
      ),
  };
}

function best(scores: readonly number[], labels: readonly string[]): LabelScore[] {
  return scores
    .map((score, label) => ({ label: labels[label]!, score }))
    .sort((a, b) => b.score - a.score);
}

/** A line for each entity: the words of the text, and its label. */
function entitiesText(text: string, entities: readonly Entity[]): string {
  if (entities.length === 0) return "No part of the text has a label.";
  const predictions = entities.map(({ start, end, label, score }) => ({
    name: `${text.slice(start, end).trim()}: ${label}`,
    probability: score,
  }));
  return predictionsText({ title: text, predictions }, terminalOf(process.stdout));
}
