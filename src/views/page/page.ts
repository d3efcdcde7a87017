import { toBase64 } from "../base64.ts";
import { escapeMarkup, scriptJson } from "../escape.ts";
import type { Theme } from "../scale.ts";
import { oneLine } from "../surface.ts";
import { encodeFloats, encodeWeights, packNumbers } from "./packed-numbers.ts";
import { pageScript, pageStyle } from "./page.generated.ts";
import { packedIds } from "./page-data.ts";
import { checkCounts, type PagePicture, pageData } from "./page-picture.ts";

export type { PagePicture, VectorPicture } from "./page-picture.ts";

/** How a page meets its reader. */
export interface PageOptions {
  /** "auto" (the default) follows the reader's system; the page has a switch either way. */
  readonly theme?: Theme | "auto";
}

/** Above this many numbers vectors are kept to 11 bits of mantissa (as float16 does), below it exactly. */
const mostExact = 400_000;

/** One HTML file with everything inside: opens without a network, its address keeps word, head and key. */
export function pageHtml(picture: PagePicture, { theme = "auto" }: PageOptions = {}): string {
  checkCounts("pageHtml", picture);
  const title = oneLine(picture.texts.join(" ")).slice(0, 120);
  const policy =
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";
  const sentence = picture.texts.map((text) => escapeMarkup(oneLine(text))).join(" / ");
  return `<!doctype html>
<html lang="en" data-theme="${theme}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${escapeMarkup(title)} - attention</title>
<style>${pageStyle}</style>
</head>
<body>
<noscript><p>${sentence}</p><p>This page draws with a script; allow scripts to see it.</p></noscript>
<main id="app"></main>
<script type="application/json" id="data">${scriptJson(pageData(picture))}</script>
${packedElements(picture).join("\n")}
<script>${pageScript}</script>
</body>
</html>
`;
}

function packedElements({ weights, vectors }: PagePicture): string[] {
  const element = (id: string, packed: Uint8Array): string =>
    `<script type="text/plain" id="${id}">${toBase64(packed)}</script>`;
  const elements = [element(packedIds.weights, packNumbers(encodeWeights(weights)))];
  if (!vectors) return elements;
  const { q, k, v, bias } = vectors;
  const count = [...q, ...k, ...v, ...(bias ?? [])].reduce((sum, { length }) => sum + length, 0);
  const floats = (id: string, layers: readonly ArrayLike<number>[]): string =>
    element(id, packNumbers(encodeFloats(layers, count > mostExact ? 11 : 23)));
  elements.push(floats(packedIds.q, q), floats(packedIds.k, k), floats(packedIds.v, v));
  if (bias) elements.push(floats(packedIds.bias, bias));
  return elements;
}
