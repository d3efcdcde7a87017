import { type ImagePageData, packedWeights } from "../image-page-data.ts";
import { decodeLogarithms } from "../packed-numbers.ts";
import { imageFactsOf } from "../source/facts.ts";
import { heldSource } from "../source/held.ts";
import type { ImageSource } from "../source/source.ts";
import { type WindowedWeights, windowedSource } from "../source/windowed.ts";
import { type Frozen, layersOf, readJson, unpack } from "./read-page.ts";

/** The source that the document of a page about an image carries. */
export async function readFrozenImagePage(document: Document): Promise<Frozen<ImageSource>> {
  const data = readJson<ImagePageData>(document);
  const codes = new Uint16Array(await unpack(document, packedWeights, 2));
  const facts = imageFactsOf(data);
  const table = decodeLogarithms(data.smallest);
  const source = data.windows
    ? windowedSource(facts, windowsOf(data.windows, codes), table)
    : heldSource(facts, { layers: layersOf(codes, data.layers), table });
  const { token, ...head } = data.start;
  return { source, start: { query: token, ...head } };
}

/** Every layer's windows with their part of the codes. */
function windowsOf(
  windows: NonNullable<ImagePageData["windows"]>,
  codes: Uint16Array,
): WindowedWeights[] {
  let start = 0;
  return windows.map(({ area, places, heads }) => {
    const end = start + places.length * heads * area;
    const weights = codes.subarray(start, end);
    start = end;
    return { area, places, weights };
  });
}
