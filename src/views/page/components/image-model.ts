import { formatNumber } from "../../numbers.ts";
import type { ImageView } from "../image-page-data.ts";
import { type ImagePageData, packedWeights } from "../image-page-data.ts";
import { decodeLogarithms } from "../packed-numbers.ts";
import { unpack } from "./model.ts";

/** Everything a page about an image knows. */
export interface ImageModel {
  readonly data: ImagePageData;
  /** Tokens before the patches. */
  readonly leading: number;
  readonly patches: number;
  /** From one token to every token in one head: the tokens before the patches, then the patches row by row. */
  row(view: ImageView): Float32Array;
  /** "[CLS]" or "patch 3,5". */
  nameOf(token: number): string;
}

/** Reads what the document carries. */
export function readImageModel(): ImageModel {
  const data = JSON.parse(document.getElementById("data")!.textContent!) as ImagePageData;
  const codes = new Uint16Array(unpack(packedWeights, 2)!.buffer);
  const weights = decodeLogarithms(data.smallest);
  const leading = data.leading.length;
  const patches = data.rows * data.columns;
  const T = leading + patches;
  return {
    data,
    leading,
    patches,
    row({ token, layer, head }) {
      const start = ((layer * data.heads + head) * T + token) * T;
      const row = new Float32Array(T);
      for (let key = 0; key < T; key++) row[key] = weights[codes[start + key]!]!;
      return row;
    },
    nameOf: (token) => (token < leading ? data.leading[token]! : `patch ${placeName(data, token)}`),
  };
}

/** "3,5" for the token of the patch in row 3, column 5. */
export function placeName({ leading, columns }: ImagePageData, token: number): string {
  const patch = token - leading.length;
  return `${Math.floor(patch / columns)},${patch % columns}`;
}

/** A weight with the digits it was kept with. */
export function weightText(weight: number, { smallest }: ImagePageData): string {
  if (weight === 0) return `under ${formatNumber(smallest, 2)}`;
  return weight < 0.001 ? weight.toFixed(5) : formatNumber(weight, 2);
}

/** The patch with the largest weight of a row, as a token. */
export function strongestPatch({ leading }: ImageModel, row: Float32Array): number {
  let best = leading;
  for (let token = leading; token < row.length; token++) if (row[token]! > row[best]!) best = token;
  return best;
}

/** All patches' weights together. */
export function onPatches({ leading }: ImageModel, row: Float32Array): number {
  let sum = 0;
  for (let token = leading; token < row.length; token++) sum += row[token]!;
  return sum;
}
