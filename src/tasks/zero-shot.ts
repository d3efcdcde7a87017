import { InputError } from "../errors/errors.ts";
import { expectFlags, expectKeys, type KeysOf } from "../errors/options.ts";
import type { RawConfig } from "../families/config.ts";
import { labelCount, labelNames } from "../families/family.ts";
import type { LoadedModel } from "../models/loaded-model.ts";
import type { Tensor } from "../tensor/tensor.ts";
import {
  logitsOf,
  longestOf,
  sayCut,
  type TaskOptions,
  tokenizerOf,
  windowsOf,
} from "./encoded-rows.ts";
import { expectHead, type LabelScore, softmax } from "./scores.ts";

/** How labels are tried on a text. */
export interface ZeroShotOptions extends TaskOptions {
  /** The labels to choose from: a list, or words with commas between. */
  readonly labels: string | readonly string[];
  /** Whether several may be true: each label is then judged by itself. */
  readonly multiLabel?: boolean;
  /** The sentence made of a label, with {} for it; "This example is {}." if not given. */
  readonly template?: string;
}

/** Texts and the labels that a model of inference (does a sentence follow from another?) finds in them. */
export interface ZeroShot {
  /** For each text every label, best first. */
  readonly rows: readonly (readonly LabelScore[])[];
}

const zeroShotOptions: KeysOf<ZeroShotOptions> = {
  labels: true,
  multiLabel: true,
  template: true,
  signal: true,
  onWarning: true,
};

/** Labels that a model never learned, scored by whether "This example is {label}." follows from the text. Throws InputError for a model of another task. */
export async function zeroShot(
  model: LoadedModel,
  input: string | readonly string[],
  options: ZeroShotOptions,
): Promise<ZeroShot> {
  expectKeys(options, zeroShotOptions, "zeroShot");
  expectFlags({ multiLabel: options.multiLabel }, "zeroShot");
  expectHead(model, "zeroShot", ["sequence classification"]);
  const { multiLabel = false, template = "This example is {}." } = options;
  const labels = labelsOf(options.labels, "zeroShot");
  const hypotheses = labels.map((label) => formatted(template, label, "zeroShot"));
  const tokenizer = tokenizerOf(model, "zeroShot");
  const texts = typeof input === "string" ? [input] : input;
  const { entailment, contradiction } = inferenceLabels(model.config, options);
  const longest = longestOf(model);
  const pairs = texts.flatMap((text) =>
    hypotheses.map((pair) => {
      if (typeof text !== "string" || text === "")
        throw new InputError(`zeroShot: needs a text, got ${JSON.stringify(text)}`);
      const { tokens } = tokenizer.encode(text, { pair });
      const [kept] = windowsOf(tokens, {
        sequence: 0,
        side: tokenizer.truncationSide,
        longest,
        task: "zeroShot",
      });
      sayCut(model, "zeroShot", { from: tokens.length, to: kept!.length }, options);
      return kept!;
    }),
  );
  const logits = await logitsOf(model, pairs, options); // (labels) each
  const rows = texts.map((_, row) => {
    const own = logits.slice(row * labels.length, (row + 1) * labels.length);
    const of = ({ data }: Tensor, label: number) => data[label]!;
    const scores =
      multiLabel || labels.length === 1
        ? own.map((each) => softmax([of(each, contradiction), of(each, entailment)])[1]!)
        : softmax(own.map((each) => of(each, entailment)));
    return ranked(labels, scores);
  });
  return { rows };
}

/** Best first; of labels that score alike the later one, as transformers has them. */
function ranked(labels: readonly string[], scores: readonly number[]): LabelScore[] {
  return labels
    .map((label, place) => ({ label, score: scores[place]! }))
    .reverse()
    .sort((a, b) => b.score - a.score);
}

/** Labels as a list. Throws InputError for none. */
export function labelsOf(given: ZeroShotOptions["labels"], task: string): readonly string[] {
  const labels =
    typeof given === "string"
      ? given.split(",").flatMap((label) => (label.trim() === "" ? [] : [label.trim()]))
      : given;
  if (!Array.isArray(labels) || labels.length === 0)
    throw new InputError(`${task}: needs labels to choose from: { labels: ["travel", "music"] }`);
  return labels;
}

/** The template with a label in the place of {}; {{ and }} stand for braces. Throws InputError for one without {}. */
export function formatted(template: string, label: string, task: string): string {
  let places = 0;
  const text = template.replace(/\{\{|\}\}|\{0?\}/g, (found) => {
    if (found === "{{" || found === "}}") return found[0]!;
    places++;
    return label;
  });
  if (places === 0)
    throw new InputError(
      `${task}: the template ${JSON.stringify(template)} has no {} for the label`,
    );
  return text;
}

/** Which labels of a model mean that a sentence follows and that it cannot be: by name, the first label or else the last for what cannot be. */
function inferenceLabels(
  config: RawConfig,
  { onWarning }: TaskOptions,
): { readonly entailment: number; readonly contradiction: number } {
  const last = labelCount(config) - 1;
  const { label2id } = config;
  const named: readonly (readonly [string, unknown])[] =
    typeof label2id === "object" && label2id !== null && !Array.isArray(label2id)
      ? Object.entries(label2id)
      : [...labelNames(config).entries()].map(([id, name]) => [name, id] as const);
  const [, id] = named.find(([name]) => name.toLowerCase().startsWith("entail")) ?? [];
  if (id !== undefined && !(Number.isInteger(Number(id)) && Number(id) >= 0 && Number(id) <= last))
    throw new InputError(
      `zeroShot: label2id says entailment is label ${JSON.stringify(id)}; the model has labels 0 to ${last}`,
    );
  if (id === undefined)
    onWarning?.(
      `zeroShot: none of the labels ${named.map(([name]) => name).join(", ")} begins with "entail"; the last is taken for it`,
    );
  const entailment = id === undefined ? last : Number(id);
  return { entailment, contradiction: entailment === 0 ? last : 0 };
}
