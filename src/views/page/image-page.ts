import { toBase64 } from "../base64.ts";
import { escapeMarkup, scriptJson } from "../escape.ts";
import { oneLine } from "../surface.ts";
import { pageScript, pageStyle } from "./image-page.generated.ts";
import { packedWeights } from "./image-page-data.ts";
import { checkImageCounts, type ImagePage, imagePageData } from "./image-picture.ts";
import { encodeLogarithms, packNumbers } from "./packed-numbers.ts";
import type { PageOptions } from "./page.ts";

export type { ImagePage } from "./image-picture.ts";

/** Weights are kept down to this share of what each token would get if all got alike. */
const smallestShare = 1 / 64;

/**
 * One HTML file with everything inside: the image under the weights of one head from one token, every head small, and the
 * numbers. Weights are kept within 1 %, those under 1/64 of an even share as 0: about 7 MB for 144 heads at 197 tokens.
 */
export function imagePage(picture: ImagePage, { theme = "auto" }: PageOptions = {}): string {
  const { leading, rows, columns, weights } = picture;
  checkImageCounts("imagePage", picture);
  const smallest = smallestShare / (leading.length + rows * columns);
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
<script type="application/json" id="data">${scriptJson(imagePageData(picture, smallest))}</script>
<script type="text/plain" id="${packedWeights}">${packed}</script>
<script>${pageScript}</script>
</body>
</html>
`;
}
