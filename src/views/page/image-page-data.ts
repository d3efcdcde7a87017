import type { ImageGrid } from "../image-heat.ts";
import type { LayerGrid } from "./source/layer-grid.ts";
import type { Windows } from "./source/windowed.ts";

/** What a page about an image carries as JSON beside its packed weights; the page's script reads it. */
export interface ImagePageData extends Required<ImageGrid> {
  readonly name: string;
  /** The line under the name. */
  readonly model: string;
  readonly layers: number;
  readonly heads: number;
  /** Tokens before the patches, by name. */
  readonly leading: readonly string[];
  /** The image as a data: address, and its size in pixels before it was made smaller. */
  readonly picture: string;
  readonly width: number;
  readonly height: number;
  /** Weights below this are 0. */
  readonly smallest: number;
  readonly start: ImageView;
  /** 256 colours of the weights over the image, as `rrggbbaa` one after another. */
  readonly colors: string;
  /** Of tokens that see their window alone: each layer's patches, heads and windows. */
  readonly windows?: readonly (LayerGrid & Windows & { readonly heads: number })[];
}

/** Id of the element that holds the packed weights. */
export const packedWeights = "packed-weights";

/** What is being looked at. */
export interface ImageView {
  /** The token that looks. */
  readonly token: number;
  readonly layer: number;
  readonly head: number;
}
