import type { AudioInput } from "../audio/audio.ts";
import { expectKeys } from "../errors/options.ts";
import type { ImageInput } from "../images/image.ts";
import { isText, type Rows, type TensorInput, type TextInput } from "../models/inputs.ts";
import type { LoadedModel } from "../models/loaded-model.ts";
import type { Run } from "../models/run.ts";
import type { TaskOptions } from "./encoded-rows.ts";
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

const classifyOptions = Object.keys({
  scoreFunction: true,
  topK: true,
  signal: true,
  onWarning: true,
} satisfies Record<keyof ClassifyOptions, true>);

/** The labels a model gives texts, pictures or sounds, as transformers' pipelines score them. Throws InputError for a model of another task. */
export async function classify(
  model: LoadedModel,
  input: ClassifyInput,
  options: ClassifyOptions = {},
): Promise<Classification> {
  expectKeys(options, classifyOptions, "classify");
  const { topK, signal, onWarning } = options;
  expectHead(model, "classify", [
    "sequence classification",
    "image classification",
    "audio classification",
  ]);
  expectCount(topK, "classify: topK");
  const scoreFunction = scoreFunctionOf(model.config, options.scoreFunction);
  const texts = withoutEmptyPairs(input);
  const run = await model.run(paddedLeft(model, texts, onWarning) ?? texts, { signal, onWarning });
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

/** Texts padded on the left, as tensors: transformers counts positions from the padding on, unless the family passes over it. */
function paddedLeft(
  model: LoadedModel,
  input: ClassifyInput,
  onWarning: TaskOptions["onWarning"],
): TensorInput | undefined {
  const { tokenizer, longest, readsTypes } = model;
  const isBatch = Array.isArray(input) && input.length > 1 && input.every(isText);
  if (!isBatch || tokenizer?.paddingSide !== "left") return undefined;
  const { ids, mask, types } = tokenizer.encodeBatch(input, { maxLength: longest, onWarning });
  return { ids, mask, ...(readsTypes && tokenizer.givesTypes && { types }) };
}
