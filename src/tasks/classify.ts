import type { AudioInput } from "../audio/audio.ts";
import { InputError } from "../errors/errors.ts";
import { choiceOf, expectFlags, expectKeys, type KeysOf } from "../errors/options.ts";
import type { ImageInput } from "../images/image.ts";
import { isText, type Rows, type TensorInput, type TextInput } from "../models/inputs.ts";
import type { LoadedModel } from "../models/loaded-model.ts";
import type { Run } from "../models/run.ts";
import { type Truncation, truncations } from "../tokens/truncate.ts";
import { sayCut, type TaskOptions, tokenizerOf } from "./encoded-rows.ts";
import {
  applyScoreFunction,
  expectCount,
  expectHead,
  type LabelScore,
  rankedLabels,
  type ScoreFunction,
  scoreFunctionOf,
} from "./scores.ts";

/** How texts or pictures are classified. */
export interface ClassifyOptions extends TaskOptions {
  /** What makes scores of logits; what the config means if not given: none for regression, sigmoid for several labels at once or one alone, else softmax. */
  readonly scoreFunction?: ScoreFunction;
  /** The most labels a text or picture gets; all if not given. */
  readonly topK?: number;
  /**
   * Which text of a pair is cut where both are too long, by transformers' names ("longest_first", or true; "only_first"; "only_second"); false for none, so
   * that too long a text is refused. Texts are cut where the model's positions end if nothing is said.
   */
  readonly truncation?: boolean | Truncation;
  /** The most tokens of a text or a pair, special ones included; with `truncation` alone what the tokenizer's files say. */
  readonly maxTokens?: number;
  /** Rows are filled up with padding to so many tokens. */
  readonly padTo?: number;
  /** False for texts without the tokenizer's special tokens. */
  readonly addSpecialTokens?: boolean;
}

/** Labels of texts, pictures or sounds. */
export interface Classification {
  /** For each text, picture or sound its labels, best first. */
  readonly rows: readonly (readonly LabelScore[])[];
  /** What made the scores. */
  readonly scoreFunction: ScoreFunction;
  /** The pass they come from. */
  readonly run: Run;
}

/** A text, a pair, a picture, a sound, or several of them, which run together; or rows of ids as they go into the model. */
export type ClassifyInput =
  | TextInput
  | ImageInput
  | AudioInput
  | readonly TextInput[]
  | readonly ImageInput[]
  | readonly AudioInput[]
  | Rows;

const classifyOptions: KeysOf<ClassifyOptions> = {
  scoreFunction: true,
  topK: true,
  truncation: true,
  maxTokens: true,
  padTo: true,
  addSpecialTokens: true,
  signal: true,
  onWarning: true,
};

/** The labels a model gives texts, pictures or sounds, as transformers' pipelines score them. Throws InputError for a model of another task. */
export async function classify(
  model: LoadedModel,
  input: ClassifyInput,
  options: ClassifyOptions = {},
): Promise<Classification> {
  expectKeys(options, classifyOptions, "classify");
  expectFlags({ addSpecialTokens: options.addSpecialTokens }, "classify");
  const { topK, signal, onWarning } = options;
  expectHead(model, "classify", [
    "sequence classification",
    "image classification",
    "audio classification",
  ]);
  expectCount(topK, "classify: topK");
  const scoreFunction = scoreFunctionOf(model.config, options.scoreFunction, model.task);
  const texts = withoutEmptyPairs(input);
  const run = await model.run(encoded(model, texts, options) ?? texts, { signal, onWarning });
  const logits = run.output.logits!; // (B, labels)
  const rows = Array.from({ length: logits.shape[0]! }, (_, row) =>
    rankedLabels(model.config, applyScoreFunction(logits.select(row).data, scoreFunction)).slice(
      0,
      topK,
    ),
  );
  return { rows, scoreFunction, run };
}

/** An empty second text is none, as transformers' pipeline has it. */
function withoutEmptyPairs(input: ClassifyInput): ClassifyInput {
  const alone = <T>(one: T): T | string =>
    isText(one) && typeof one !== "string" && one.pair === "" ? one.text : one;
  return (Array.isArray(input) ? input.map(alone) : alone(input)) as ClassifyInput;
}

/** Texts as tensors, where it is said how they are cut or filled up, and where they are padded on the left: transformers counts positions from the padding on, unless the family passes over it. */
function encoded(
  model: LoadedModel,
  input: ClassifyInput,
  options: ClassifyOptions,
): TensorInput | undefined {
  const { truncation, maxTokens, padTo, addSpecialTokens } = options;
  const cutting = { truncation, maxTokens, padTo, addSpecialTokens };
  const [asked] = Object.entries(cutting).find(([, value]) => value !== undefined) ?? [];
  const texts = (Array.isArray(input) ? input : [input]) as readonly unknown[];
  if (!texts.every(isText)) {
    if (asked === undefined) return undefined;
    throw new InputError(
      `classify: ${asked} is for texts, and the input is none. Leave it out, or give a text`,
    );
  }
  const isPaddedLeft = texts.length > 1 && model.tokenizer?.paddingSide === "left";
  if (asked === undefined && !isPaddedLeft) return undefined;
  const tokenizer = tokenizerOf(model, "classify");
  const { readsTypes } = model;
  const encodings = texts.map((text) => {
    const own = tokenizer.encode(typeof text === "string" ? text : text.text, {
      pair: typeof text === "string" ? undefined : text.pair,
      addSpecialTokens,
      ...cutOf(model, options),
    });
    const to = own.tokens.length;
    sayCut(model, "classify", { from: to + own.cut, to }, options);
    return own;
  });
  if (encodings.some(({ ids }) => ids.length === 0))
    throw new InputError("classify: a text has no tokens. Give one with at least one word");
  const { ids, mask, types } = tokenizer.pad(encodings, { length: padTo });
  return { ids, mask, ...(readsTypes && tokenizer.givesTypes && { types }) };
}

/** Where texts are cut, and which of a pair. Throws InputError for options that contradict one another. */
function cutOf(
  { tokenizer, longest }: LoadedModel,
  { truncation, maxTokens, padTo }: ClassifyOptions,
): { readonly maxLength?: number; readonly truncation?: Truncation } {
  expectCount(maxTokens, "classify: maxTokens");
  expectCount(padTo, "classify: padTo");
  if (truncation === false && maxTokens !== undefined)
    throw new InputError(
      `classify: maxTokens is ${maxTokens}, but truncation is false, so that nothing is cut. Leave out one of them`,
    );
  if (truncation === false) return {};
  const way =
    truncation === undefined || truncation === true
      ? undefined
      : choiceOf(truncations, truncation, "classify: truncation");
  const asked = maxTokens ?? (truncation === undefined ? undefined : tokenizer?.maxLength);
  const most = Math.min(asked ?? Infinity, longest ?? Infinity);
  return { maxLength: most === Infinity ? undefined : most, truncation: way };
}
