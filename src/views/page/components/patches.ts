import { formatNumber } from "../../numbers.ts";
import { type DrawnWords, drawnEnglish } from "../base/drawn-words.ts";
import { gridIn, patchText, placeIn, tokensIn } from "../source/layer-grid.ts";
import type { AttentionSource, ImageSource } from "../source/source.ts";

/** A weight with the digits it was kept with. */
export function weightText(
  weight: number,
  { smallest = 0 }: AttentionSource,
  words: DrawnWords = drawnEnglish,
): string {
  if (weight === 0) return smallest > 0 ? `under ${formatNumber(smallest, 2)}` : "0";
  if (Number.isNaN(weight)) return words.unreached;
  return weight < 0.001 ? weight.toFixed(5) : formatNumber(weight, 2);
}

/** The patch with the largest weight of a layer's row (S), as the layer's own token; what is out of reach is never it. */
export function strongestPatch({ image: { leading } }: ImageSource, row: Float32Array): number {
  let best = leading;
  let most = -1;
  for (let token = leading; token < row.length; token++)
    if (row[token]! > most) [best, most] = [token, row[token]!];
  return best;
}

/** All patches' weights of a row together. */
export function onPatches({ image: { leading } }: ImageSource, row: Float32Array): number {
  let sum = 0;
  for (let token = leading; token < row.length; token++) sum += row[token]! || 0;
  return sum;
}

/** A layer's own token as pictures label it, and as sentences name it. */
export function namedIn(
  { image, keys }: ImageSource,
  layer: number,
  own: number,
  words: DrawnWords = drawnEnglish,
) {
  if (own < image.leading) return keys[own]!;
  const text = image.ofLayers ? patchText(image, layer, own) : keys[own]!.text;
  return { text, name: words.patch(text) };
}

/** What a source's token is called in a layer. */
export function nameIn(
  source: ImageSource,
  layer: number,
  token: number,
  words: DrawnWords = drawnEnglish,
): string {
  return namedIn(source, layer, placeIn(source.image, layer, token), words).name;
}

/** A layer's part of what one query looks at in every head: the weights of one head on that layer's own tokens. */
export function rowIn(
  { image, heads, keys }: ImageSource,
  rows: Float32Array,
  { layer, head }: { readonly layer: number; readonly head: number },
): Float32Array {
  const start = (layer * heads + head) * keys.length;
  return rows.subarray(start, start + tokensIn(image, layer));
}

/** Whether a layer's patches are not those that the image was cut into. */
export function isMerged({ image }: ImageSource, layer: number): boolean {
  const { rows, columns } = gridIn(image, layer);
  return rows !== image.rows || columns !== image.columns;
}
