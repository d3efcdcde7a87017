import { InputError } from "../errors/errors.ts";
import { expectKeys } from "../errors/options.ts";
import type { ImageInput } from "../images/image.ts";
import type { LoadedModel } from "../models/loaded-model.ts";
import type { Run } from "../models/run.ts";
import { Tensor } from "../tensor/tensor.ts";
import { longestOf, type TaskOptions, tokenizerOf } from "./encoded-rows.ts";
import { applyScoreFunction, type LabelScore } from "./scores.ts";
import { formatted, labelsOf } from "./zero-shot.ts";

/** Both towers of one checkpoint, loaded with the types "clip_vision_model" and "clip_text_model" (or SigLIP's). */
export interface Towers {
  readonly vision: LoadedModel;
  readonly text: LoadedModel;
}

/** How alike images and texts are. */
export interface ImageTextSimilarity {
  /** (images, texts): transformers' logits_per_image, the cosine of both vectors times a learned number (plus one, in SigLIP). */
  readonly logits: Tensor;
  /** Whether each text is judged by itself (SigLIP), or against the others (CLIP). */
  readonly isByItself: boolean;
  /** The passes they come from: all texts, and all images. */
  readonly runs: Readonly<Record<"vision" | "text", Run>>;
}

/** How labels are tried on pictures. */
export interface ZeroShotImagesOptions extends TaskOptions {
  /** The labels to choose from: a list, or words with commas between. */
  readonly labels: string | readonly string[];
  /** The sentence made of a label, with {} for it; "This is a photo of {}." if not given. */
  readonly template?: string;
}

/** Images, and which of the labels is seen in them. */
export interface ZeroShotImages {
  /** For each image every label, best first. */
  readonly rows: readonly (readonly LabelScore[])[];
  readonly similarity: ImageTextSimilarity;
}

const optionNames = Object.keys({
  labels: true,
  template: true,
  signal: true,
  onWarning: true,
} satisfies Record<keyof ZeroShotImagesOptions, true>);

/** Labels that two towers never learned, scored by how alike an image and "This is a photo of {label}." are, as transformers' pipeline scores them. */
export async function zeroShotImages(
  towers: Towers,
  input: ImageInput | readonly ImageInput[],
  options: ZeroShotImagesOptions,
): Promise<ZeroShotImages> {
  expectKeys(options, optionNames, "zeroShotImages");
  const { template = "This is a photo of {}.", labels: given, ...rest } = options;
  const labels = labelsOf(given, "zeroShotImages");
  const texts = labels.map((label) => formatted(template, label, "zeroShotImages"));
  const similarity = await imageTextSimilarity(towers, input, texts, rest);
  const { logits, isByItself } = similarity;
  const rows = Array.from({ length: logits.shape[0]! }, (_, row) => {
    const own = logits.select(row).data;
    const scores = applyScoreFunction(own, isByItself ? "sigmoid" : "softmax");
    return labels
      .map((label, place) => ({ label, score: scores[place]! }))
      .sort((a, b) => b.score - a.score);
  });
  return { rows, similarity };
}

/**
 * How alike every image and every text is, by both towers of one checkpoint. SigLIP's texts are padded to its positions, as it learned them.
 * Throws InputError for models that are no such towers.
 */
export async function imageTextSimilarity(
  { vision, text }: Towers,
  input: ImageInput | readonly ImageInput[],
  texts: readonly string[],
  options: TaskOptions = {},
): Promise<ImageTextSimilarity> {
  const scale = await numberOf(text, "similarity.scale");
  if (!vision.images || text.images || scale === undefined)
    throw new InputError(
      `imageTextSimilarity: needs the two towers of one checkpoint, got ${vision.label} (${vision.type}) for images and ${text.label} (${text.type}) for texts${scale === undefined ? ", which holds no logit_scale" : ""}. Load a file of both, such as openai/clip-vit-base-patch32, with type clip_vision_model and with type clip_text_model`,
    );
  const bias = await numberOf(text, "similarity.bias");
  const runs = {
    vision: await vision.run(input, options),
    text: await text.run(encoded(text, texts, bias !== undefined, options), options),
  };
  const [images, words] = [vectorsOf(runs.vision), vectorsOf(runs.text)];
  const [I, C] = images.shape as readonly [number, number];
  const [L, width] = words.shape as readonly [number, number];
  if (C !== width)
    throw new InputError(
      `imageTextSimilarity: ${vision.label} gives ${C} numbers for an image, ${text.label} ${width} for a text. Load both towers of one checkpoint`,
    );
  const logits = new Float32Array(I * L);
  const times = Math.exp(scale);
  for (let i = 0; i < I; i++)
    for (let l = 0; l < L; l++)
      logits[i * L + l] = times * cosine(images.select(i).data, words.select(l).data) + (bias ?? 0);
  return { logits: new Tensor([I, L], logits), isByItself: bias !== undefined, runs };
}

/** The texts' ids, as the processor gives them: padded to the longest with a mask, or, where `isPadded`, to all positions without one. */
function encoded(
  model: LoadedModel,
  texts: readonly string[],
  isPadded: boolean,
  options: TaskOptions,
) {
  const tokenizer = tokenizerOf(model, "imageTextSimilarity");
  const maxLength = longestOf(model);
  const batch = tokenizer.encodeBatch(texts, { maxLength, onWarning: options.onWarning });
  if (!isPadded) return { ids: batch.ids, mask: batch.mask };
  return { ids: tokenizer.pad(batch.encodings, { length: model.longest }).ids };
}

function vectorsOf({ output }: Run): Tensor {
  const vectors = output.projected ?? output.pooled;
  if (!vectors)
    throw new InputError("imageTextSimilarity: a tower gives no vector of a whole image or text");
  return vectors;
}

async function numberOf(model: LoadedModel, name: string): Promise<number | undefined> {
  const parameter = model.parameter(name);
  return parameter && (await model.parameterRows(parameter))[0];
}

function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [dot, left, right] = [0, 0, 0];
  for (let n = 0; n < a.length; n++) {
    dot += a[n]! * b[n]!;
    left += a[n]! ** 2;
    right += b[n]! ** 2;
  }
  return dot / Math.sqrt(left * right);
}
