import type { ImageGrid } from "../../image-heat.ts";

/** The patches of one layer, where two by two neighbours become one on the way. */
export interface LayerGrid extends Required<ImageGrid> {
  /** How often neighbours became one before this layer. */
  readonly merged: number;
}

/** The patches of an image: tokens, row by row, after `leading` others. */
export interface ImageTokens extends Required<ImageGrid> {
  readonly leading: number;
  /** Those of each layer, where they are not the same in all; tokens are then those of the first grid, wherever no layer is named. */
  readonly ofLayers?: readonly LayerGrid[];
}

/** The patches of a layer. */
export function gridIn(image: ImageTokens, layer: number): Required<ImageGrid> {
  return image.ofLayers?.[layer] ?? image;
}

/** Tokens of a layer. */
export function tokensIn(image: ImageTokens, layer: number): number {
  const { rows, columns } = gridIn(image, layer);
  return image.leading + rows * columns;
}

/** A layer's own token that a token of the first grid is part of. */
export function placeIn(image: ImageTokens, layer: number, token: number): number {
  const own = image.ofLayers?.[layer];
  const patch = token - image.leading;
  if (!own || patch < 0) return token;
  const row = Math.floor(patch / image.columns) >> own.merged;
  return image.leading + row * own.columns + ((patch % image.columns) >> own.merged);
}

/** The first of the first grid's tokens that a layer's own token is made of: what `placeIn` brings back to it. */
export function firstOf(image: ImageTokens, layer: number, token: number): number {
  const own = image.ofLayers?.[layer];
  const patch = token - image.leading;
  if (!own || patch < 0) return token;
  const row = Math.floor(patch / own.columns) << own.merged;
  return image.leading + row * image.columns + ((patch % own.columns) << own.merged);
}

/** The token of the first grid that stands for a layer's own: `token` itself where that is part of it. */
export function sameOrFirst(
  image: ImageTokens,
  layer: number,
  own: number,
  token: number | undefined,
): number {
  return token !== undefined && placeIn(image, layer, token) === own
    ? token
    : firstOf(image, layer, own);
}

/** "3,5" for a layer's own token, as its grid counts. */
export function patchText(image: ImageTokens, layer: number, token: number): string {
  const { columns } = gridIn(image, layer);
  const patch = token - image.leading;
  return `${Math.floor(patch / columns)},${patch % columns}`;
}
