import { type ImagePageData, packedWeights } from "../image-page-data.ts";
import { decodeLogarithms } from "../packed-numbers.ts";
import { imageFactsOf } from "../source/facts.ts";
import { heldSource } from "../source/held.ts";
import type { ImageSource } from "../source/source.ts";
import { type Frozen, layersOf, readJson, unpack } from "./read-page.ts";

/** The source that the document of a page about an image carries. */
export async function readFrozenImagePage(document: Document): Promise<Frozen<ImageSource>> {
  const data = readJson<ImagePageData>(document);
  const codes = new Uint16Array(await unpack(document, packedWeights, 2));
  const source = heldSource(imageFactsOf(data), {
    layers: layersOf(codes, data.layers),
    table: decodeLogarithms(data.smallest),
  });
  const { token, ...head } = data.start;
  return { source, start: { query: token, ...head } };
}
