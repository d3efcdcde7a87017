import { InputError } from "../errors/errors.ts";
import { expectKeys, type KeysOf } from "../errors/options.ts";
import type { ImageInput } from "../images/image.ts";
import type { LoadedModel } from "../models/loaded-model.ts";
import type { Run } from "../models/run.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { TaskOptions } from "./encoded-rows.ts";
import { applyScoreFunction, type LabelScore } from "./scores.ts";
import { formatted, labelsOf } from "./zero-shot.ts";

/** How alike images and texts are. */
export interface ImageTextSimilarity {
  /** (images, texts): transformers' logits_per_image, the cosine of both vectors times a learned number (plus one, in SigLIP). */
  readonly logits: Tensor;
  /** Whether each text is judged by itself (SigLIP), or against the others (CLIP). */
  readonly isByItself: boolean;
  /** The pass they come from. */
  readonly run: Run;
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

const optionNames: KeysOf<ZeroShotImagesOptions> = {
  labels: true,
  template: true,
  signal: true,
  onWarning: true,
};

/** Labels that a model of two towers never learned, scored by how alike an image and "This is a photo of {label}." are, as transformers' pipeline scores them. */
export async function zeroShotImages(
  model: LoadedModel,
  input: ImageInput | readonly ImageInput[],
  options: ZeroShotImagesOptions,
): Promise<ZeroShotImages> {
  expectKeys(options, optionNames, "zeroShotImages");
  const { template = "This is a photo of {}.", labels: given, ...rest } = options;
  const labels = labelsOf(given, "zeroShotImages");
  const texts = labels.map((label) => formatted(template, label, "zeroShotImages"));
  const similarity = await imageTextSimilarity(model, input, texts, rest);
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

/** How alike every image and every text is, by a model of two towers. Throws InputError for another model. */
export async function imageTextSimilarity(
  model: LoadedModel,
  images: ImageInput | readonly ImageInput[],
  texts: readonly string[],
  options: TaskOptions = {},
): Promise<ImageTextSimilarity> {
  expectKeys(options, { signal: true, onWarning: true }, "imageTextSimilarity");
  if (!model.towers)
    throw new InputError(
      `imageTextSimilarity: needs a model of two towers, one of images and one of texts; ${model.label} (${model.type}) has one. Load a file of both, such as openai/clip-vit-base-patch32 or google/siglip-base-patch16-224`,
    );
  const run = await model.run({ texts, images }, options);
  const { logitsPerImage: logits } = run.output;
  if (!logits)
    throw new InputError(
      `imageTextSimilarity: ${model.label}: ${model.absentSites.get("logitsPerImage")}`,
    );
  return { logits, isByItself: model.parameter("similarity.bias") !== undefined, run };
}
