import { encodeFloats, encodeWeights, packNumbers } from "./packed-numbers.ts";
import { pageScript, pageStyle } from "./page.generated.ts";
import { layerId, packedIds } from "./page-data.ts";
import { expectPageOptions, type PageOptions, pageFile } from "./page-file.ts";
import { checkCounts, joined, layersOf, type PagePicture, pageData } from "./page-picture.ts";
import { packSparse } from "./sparse-weights.ts";

export type { PageOptions } from "./page-file.ts";
export type { LayerWeights, PagePicture, VectorPicture } from "./page-picture.ts";

/** Above this many numbers vectors are kept to 11 bits of mantissa (as float16 does), below it exactly. */
const mostExact = 400_000;
/** Up to this many weights all are kept; of more, the largest of every row. */
const mostWhole = 3_000_000;
/** Weights that are kept of more: about 11 MB in a file; of a page that holds a part of the heads that share of them, but so many at least. */
const mostKept = 5_000_000;
const mostKeptOfPart = 1_000_000;

/**
 * One HTML file with everything inside: opens without a network, its address keeps word, head and key. All weights are kept to four
 * decimals, those of a long text (above 3 million) to three, and small ones as "under 0.002" or whatever makes 12 MB: the page says so.
 */
export function pageHtml(picture: PagePicture, options: PageOptions = {}): string {
  expectPageOptions(options, "pageHtml");
  checkCounts("pageHtml", picture);
  const { texts, queries, keys = queries, weights, model, only } = picture;
  const isWhole = weights.length * model.heads * queries.length * keys.length <= mostWhole;
  const layers = layersOf("pageHtml", picture);
  const share = only ? only.length / (weights.length * model.heads) : 1;
  const kept = Math.max(mostKeptOfPart, Math.round(share * mostKept));
  const sparse = isWhole ? undefined : packSparse(layers, keys.length, kept);
  return pageFile(
    {
      title: texts.join(" ").slice(0, 120),
      lines: [texts.join(" / ")],
      style: pageStyle,
      script: pageScript,
      data: pageData(picture, sparse?.smallest),
      packed: [
        ...(sparse
          ? sparse.packed.map((bytes, layer) => [layerId(packedIds.weights, layer), bytes] as const)
          : [[packedIds.weights, packNumbers(encodeWeights(Array.from(layers, joined)))] as const]),
        ...packedVectors(picture),
      ],
    },
    options,
  );
}

/** Vectors layer by layer: a reader's browser unpacks those of the layers that are looked at. */
function packedVectors({
  vectors,
  only,
}: PagePicture): (readonly [id: string, bytes: Uint8Array])[] {
  if (!vectors) return [];
  const { q, k, v, bias = [] } = vectors;
  const count = [...q, ...k, ...v, ...bias].reduce((sum, { length }) => sum + length, 0);
  const bits = count > mostExact ? 11 : 23;
  return Object.entries({ q, k, v, bias }).flatMap(([name, layers]) =>
    layers.map((numbers, layer) => {
      const id = layerId(packedIds[name as keyof typeof packedIds], layer);
      // Of a layer of which nothing is held the vectors are zeros, which take no room.
      const isHeld = !only || only.some((one) => one.layer === layer);
      const held = isHeld ? numbers : new Float32Array(numbers.length);
      return [id, packNumbers(encodeFloats([held], bits))] as const;
    }),
  );
}
