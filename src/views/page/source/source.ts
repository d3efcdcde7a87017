import type { HeadAddress } from "../../../probe/head-address.ts";
import type { Answer } from "./answer.ts";
import type { ImageTokens } from "./layer-grid.ts";

/**
 * What pictures of attention are drawn from: the numbers of a file, or a model that runs. An answer may come at once or later, and
 * its arrays belong to the source. Another run is another source. L layers, H heads, T queries, S keys, D head width.
 */
export interface AttentionSource {
  /** What was read, one line a text; the file's name for an image. */
  readonly texts: readonly string[];
  /** One line about the model. */
  readonly model: string;
  readonly layers: number;
  /** Of a layer, or of the one that has most. */
  readonly heads: number;
  /** Heads of each layer, where they are not as many in all. */
  readonly headsOf?: readonly number[];
  /** The heads whose numbers are there, where some are left out: no other can be chosen, and their weights are NaN. */
  readonly only?: readonly HeadAddress[];
  /** Tokens that look, T of them. */
  readonly queries: readonly SourceToken[];
  /** Tokens that are looked at, S of them: the same array where a text looks at itself. */
  readonly keys: readonly SourceToken[];
  /** Keys that heads rest on whoever looks: a word is followed to one of them only where it is asked for. None by default. */
  readonly rest?: readonly number[];
  /** Weights below this are kept as 0; none by default. */
  readonly smallest?: number;
  /** Decimals of a weight that are right; 4 by default. */
  readonly decimals?: number;
  /** Why there are no vectors. */
  readonly vectorsNote?: string;
  /** All weights of one head, (T, S) row-major; NaN where a query cannot look. */
  weights(head: HeadAddress): Answer<Float32Array>;
  /** What one query looks at in one head, (S). */
  row(head: HeadAddress, query: number): Answer<Float32Array>;
  /** What one query looks at in every head, (L, H, S). */
  rows(query: number): Answer<Float32Array>;
  /** Every head of a layer made small, (H, rows, columns): the largest weight under each place, NaN where none can be looked at. */
  thumbnails(layer: number, size: ThumbnailSize): Answer<Float32Array>;
  /** What the weights of one query in one head are made of; left out where a source has no vectors. */
  vectors?(head: HeadAddress, query: number): Answer<HeadVectors>;
}

/** A source whose tokens are those of texts. */
export interface TextSource extends AttentionSource {
  readonly colors: ScaleColors;
}

/**
 * A source whose tokens are patches of an image. Where layers have patches of their own (`image.ofLayers`), a query is always a token of the
 * first grid; what it looks at in a layer, `row` and the beginning of each part of `rows`, is counted in that layer's own (the rest is NaN),
 * and so are both sides of `weights`.
 */
export interface ImageSource extends AttentionSource {
  readonly image: SourceImage;
}

/** A token as pictures label and name it. */
export interface SourceToken {
  /** As it is shown: "cat", "##ing", "[CLS]". */
  readonly text: string;
  /** As sentences name it: the second "the" is the#2. */
  readonly name: string;
  /** Of a piece: the name of its whole word. */
  readonly whole?: string;
  /** A special token such as [CLS]. */
  readonly isSpecial?: boolean;
}

/** 256 colours of the scale by its position, as `rrggbb` one after another. */
export interface ScaleColors {
  readonly light: string;
  readonly dark: string;
}

/** Places of a thumbnail; never more than there are queries and keys. */
export interface ThumbnailSize {
  readonly rows: number;
  readonly columns: number;
}

/** One query among the keys of one head, as they enter the dot product: score = scale · q·k + bias. */
export interface HeadVectors {
  /** (D) */
  readonly q: Float32Array;
  /** (S, D) */
  readonly k: Float32Array;
  /** (S, D) */
  readonly v: Float32Array;
  readonly scale: number;
  /** (S): what is added to the scaled products. */
  readonly bias?: Float32Array;
}

/** An image whose patches are tokens. */
export interface SourceImage extends ImageTokens {
  /** Where the image is: a data: or blob: address. */
  readonly address: string;
  readonly width: number;
  readonly height: number;
  /** 256 colours of the weights over the image, as `rrggbbaa` one after another. */
  readonly colors: string;
}
