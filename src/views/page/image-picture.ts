import type { HeadAddress } from "../../probe/head-address.ts";
import { expectCount } from "../expect-count.ts";
import { heatColor, type ImageGrid, type ImagePixels, scaled } from "../image-heat.ts";
import { pngAddress } from "../png/png.ts";
import { oneLine, surface } from "../surface.ts";
import { type ModelSummary, modelLine } from "../text/focus.ts";
import type { ImagePageData } from "./image-page-data.ts";
import type { LayerGrid } from "./source/layer-grid.ts";
import type { Windows } from "./source/windowed.ts";

/** All that a page about an image shows. L layers, H heads, T tokens: `leading`, then one a patch. */
export interface ImagePage extends ImageGrid {
  /** The image's file name. */
  readonly name: string;
  readonly model: ModelSummary;
  readonly image: ImagePixels;
  /** Tokens before the patches: "[CLS]". */
  readonly leading: readonly string[];
  /** One array a layer, each (H, T, T) row-major, 0 to 1; of windows (windows, H, area, area), NaN where a query cannot look. */
  readonly weights: readonly ArrayLike<number>[];
  /** Where tokens see their window alone, and neighbours become one on the way: each layer's patches, heads and windows. */
  readonly windows?: readonly WindowedLayer[];
  /** What the page opens with, unless its address says otherwise. */
  readonly start?: { readonly token?: number } & Partial<HeadAddress>;
}

/** One layer's own patches, and the windows over them. */
export interface WindowedLayer extends LayerGrid, Windows {
  readonly heads: number;
}

/** A larger image is carried with its longer side made this many pixels. */
const longestSide = 720;
/** Throws ShapeError, named after `place`, unless all numbers fit the image and its patches. */
export function checkImageCounts(
  place: string,
  { image, leading, rows, columns, model, weights, windows }: ImagePage,
): void {
  const { width, height, rgb } = image;
  expectCount(place, "rgb (height × width × 3)", rgb.length, width * height * 3);
  const tokens = leading.length + rows * columns;
  if (windows) expectCount(place, "windows (one a layer)", windows.length, weights.length);
  for (const [layer, { length }] of weights.entries()) {
    const own = windows?.[layer];
    if (own)
      expectCount(
        place,
        `weights (keys × heads × keys of a window) of layer ${layer}`,
        length,
        own.places.length * own.heads * own.area,
      );
    else
      expectCount(
        place,
        `weights (heads × tokens × tokens) of layer ${layer}`,
        length,
        model.heads * tokens * tokens,
      );
  }
}

/** Places as JSON has them. */
const plainWindows = ({ places, ...layer }: WindowedLayer) => ({
  ...layer,
  places: Array.from(places),
});

/** What a page carries of a picture beside its packed weights; those below `smallest` are 0. */
export function imagePageData(
  { name, model, image, leading, rows, columns, covered, weights, windows, start = {} }: ImagePage,
  smallest: number,
): ImagePageData {
  const factor = Math.min(1, longestSide / Math.max(image.width, image.height));
  const side = (pixels: number): number => Math.max(1, Math.round(pixels * factor));
  const small = factor < 1 ? scaled(image, side(image.width), side(image.height)) : image;
  const colors = Array.from({ length: 256 }, (_, step) => heatColor(step / 255)).flat();
  return {
    name: oneLine(name),
    model: modelLine(model, true),
    layers: weights.length,
    heads: model.heads,
    rows,
    columns,
    covered: covered ?? { width: 1, height: 1 },
    ...(windows && { windows: windows.map(plainWindows) }),
    leading: leading.map(surface),
    picture: pngAddress({
      width: small.width,
      height: small.height,
      pixels: new Uint8Array(small.rgb),
    }),
    width: image.width,
    height: image.height,
    smallest,
    start: { token: start.token ?? 0, layer: start.layer ?? 0, head: start.head ?? 0 },
    colors: colors.map((part) => part.toString(16).padStart(2, "0")).join(""),
  };
}
