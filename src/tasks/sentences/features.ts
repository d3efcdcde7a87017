import { InputError } from "../../errors/errors.ts";
import { expectKeys, type KeysOf } from "../../errors/options.ts";
import { keepWarnings } from "../../errors/warnings.ts";
import type { Tower } from "../../families/family.ts";
import { type ImageInput, isImage } from "../../images/image.ts";
import type { RunInput } from "../../models/inputs.ts";
import type { LoadedModel } from "../../models/loaded-model.ts";
import type { TextToken } from "../../probe/words.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { type Embeddings, type EmbedOptions, ofLengthOne } from "./embed.ts";

type FeatureOptions = Pick<EmbedOptions, "normalize" | "batchSize" | "signal" | "onWarning">;

const optionNames: KeysOf<FeatureOptions> = {
  normalize: true,
  batchSize: true,
  signal: true,
  onWarning: true,
};

/** Texts and images computed at once. */
const usualBatch = 32;

/**
 * One vector a text or image, in the space that both share: what `get_text_features` and `get_image_features` of CLIP and SigLIP give, not
 * yet of length 1. Throws InputError for an image where there is no tower of images, and the other way round.
 */
export async function features(
  model: LoadedModel,
  items: readonly (string | ImageInput | readonly number[])[],
  options: EmbedOptions = {},
): Promise<Embeddings> {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  expectKeys(Object.fromEntries(given), optionNames, "embed");
  const { normalize, batchSize = usualBatch, signal, onWarning } = options;
  const { warnings, warn } = keepWarnings(onWarning ?? (() => {}));
  if (!Array.isArray(items) || items.length === 0)
    throw new InputError("embed: needs a list of texts or images, at least one");
  if (items.some((item) => Array.isArray(item)))
    throw new InputError(`embed: ${model.label} compares texts and images; give texts, not ids`);
  const found = new Array<{ numbers: Float32Array; tokens: readonly TextToken[] }>(items.length);
  for (const tower of ["text", "vision"] as const) {
    const own = [...items.keys()].filter((n) => isImage(items[n]) === (tower === "vision"));
    for (let start = 0; start < own.length; start += batchSize) {
      const places = own.slice(start, start + batchSize);
      const batch = places.map((n) => items[n]!);
      const site = siteOf(model, tower);
      const input = (
        model.towers ? { [tower === "text" ? "texts" : "images"]: batch } : batch
      ) as RunInput;
      const run = await model.run(input, { read: [site], output: false, signal, onWarning: warn });
      const vectors = run.trace.get(site);
      for (const [row, n] of places.entries())
        found[n] = { numbers: vectors.select(row).data, tokens: run.tokens[row]! };
    }
  }
  const width = found[0]!.numbers.length;
  const data = new Float32Array(found.length * width);
  for (const [row, { numbers }] of found.entries())
    data.set(normalize ? ofLengthOne(numbers) : numbers, row * width);
  return {
    vectors: new Tensor([found.length, width], data),
    tokens: found.map(({ tokens }) => tokens),
    prompt: "",
    how: "in the space that texts and images share",
    warnings,
  };
}

/** The site of a tower's vectors. Throws InputError where the model lacks it. */
function siteOf(model: LoadedModel, tower: Tower): string {
  const { towers, images, sites, label } = model;
  const isThere = towers ? true : (images !== undefined) === (tower === "vision");
  const stack = towers ? `${tower}.` : "";
  const site = ["projected", "pooled"].map((kind) => stack + kind).find((one) => sites.has(one));
  if (isThere && site !== undefined) return site;
  throw new InputError(
    isThere
      ? `embed: ${label} pools no ${tower === "text" ? "text" : "image"} to one vector`
      : `embed: ${label} reads ${images ? "images, not texts" : "texts, not images"}. Load the whole model, with both towers`,
  );
}
