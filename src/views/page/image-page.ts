import type { HeadAddress } from "../../probe/address.ts";
import { toBase64 } from "../base64.ts";
import { escapeMarkup, scriptJson } from "../escape.ts";
import { expectCount } from "../expect-count.ts";
import { heatColor, type ImageGrid, type ImagePixels, scaled } from "../image-heat.ts";
import { pngAddress } from "../png/png.ts";
import { oneLine, surface } from "../surface.ts";
import { type ModelSummary, modelLine } from "../text/focus.ts";
import { pageScript, pageStyle } from "./image-page.generated.ts";
import { type ImagePageData, packedWeights } from "./image-page-data.ts";
import { encodeLogarithms, packNumbers } from "./packed-numbers.ts";
import type { PageOptions } from "./page.ts";

/** All that a page about an image shows. L layers, H heads, T tokens: `leading`, then one a patch. */
export interface ImagePage extends ImageGrid {
  /** The image's file name. */
  readonly name: string;
  readonly model: ModelSummary;
  readonly image: ImagePixels;
  /** Tokens before the patches: "[CLS]". */
  readonly leading: readonly string[];
  /** One array a layer, each (H, T, T) row-major, 0 to 1. */
  readonly weights: readonly ArrayLike<number>[];
  /** What the page opens with, unless its address says otherwise. */
  readonly start?: { readonly token?: number } & Partial<HeadAddress>;
}

/** A larger image is carried with its longer side made this many pixels. */
const longestSide = 720;
/** Weights are kept down to this share of what each token would get if all got alike. */
const smallestShare = 1 / 64;

/**
 * One HTML file with everything inside: the image under the weights of one head from one token, every head small, and the
 * numbers. Weights are kept within 1 %, those under 1/64 of an even share as 0: about 7 MB for 144 heads at 197 tokens.
 */
export function imagePage(picture: ImagePage, { theme = "auto" }: PageOptions = {}): string {
  const { image, leading, rows, columns, model, weights } = picture;
  const tokens = leading.length + rows * columns;
  expectCount(
    "imagePage",
    "rgb (height × width × 3)",
    image.rgb.length,
    image.width * image.height * 3,
  );
  for (const [layer, { length }] of weights.entries())
    expectCount(
      "imagePage",
      `weights (heads × tokens × tokens) of layer ${layer}`,
      length,
      model.heads * tokens * tokens,
    );
  const smallest = smallestShare / tokens;
  const packed = toBase64(packNumbers(encodeLogarithms(weights, smallest)));
  const name = escapeMarkup(oneLine(picture.name));
  const policy =
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";
  return `<!doctype html>
<html lang="en" data-theme="${theme}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${name} - attention</title>
<style>${pageStyle}</style>
</head>
<body>
<noscript><p>${name}</p><p>This page draws with a script; allow scripts to see it.</p></noscript>
<main id="app"></main>
<script type="application/json" id="data">${scriptJson(pageData(picture, smallest))}</script>
<script type="text/plain" id="${packedWeights}">${packed}</script>
<script>${pageScript}</script>
</body>
</html>
`;
}

function pageData(
  { name, model, image, leading, rows, columns, covered, weights, start = {} }: ImagePage,
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
