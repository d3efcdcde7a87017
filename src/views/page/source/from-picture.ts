import { checkImageCounts, type ImagePage, imagePageData } from "../image-picture.ts";
import { checkCounts, joined, layersOf, type PagePicture, pageData } from "../page-picture.ts";
import { factsOf, imageFactsOf } from "./facts.ts";
import { type HeldVectors, heldSource } from "./held.ts";
import type { ImageSource, TextSource } from "./source.ts";
import { windowedSource } from "./windowed.ts";

/** What `pageHtml` would write to a file, as a source in memory. Throws ShapeError unless all numbers fit the words. */
export function textSource(picture: PagePicture): TextSource {
  checkCounts("textSource", picture);
  const { model, vectors } = picture;
  const held: HeldVectors | undefined = vectors && {
    headWidth: vectors.headWidth,
    keyHeads: vectors.keyHeads ?? model.heads,
    scale: vectors.scale,
    layers: vectors.q.map((q, layer) => ({
      q: float(q),
      k: float(vectors.k[layer]!),
      v: float(vectors.v[layer]!),
      bias: vectors.bias && float(vectors.bias[layer]!),
    })),
  };
  return heldSource(
    factsOf(pageData(picture)),
    { layers: Array.from(layersOf("textSource", picture), joined) },
    held,
  );
}

/** What `imagePage` would write to a file, as a source in memory. Throws ShapeError unless all numbers fit the image. */
export function imageSource(picture: ImagePage): ImageSource {
  checkImageCounts("imageSource", picture);
  const facts = imageFactsOf(imagePageData(picture, 0));
  const { windows, weights } = picture;
  if (windows)
    return windowedSource(
      facts,
      windows.map((layer, index) => ({ ...layer, weights: weights[index]! })),
    );
  return heldSource(facts, { layers: floats(picture.weights) });
}

function floats(layers: readonly ArrayLike<number>[]): Float32Array[] {
  return layers.map(float);
}

function float(values: ArrayLike<number>): Float32Array {
  return values instanceof Float32Array ? values : Float32Array.from(values);
}
