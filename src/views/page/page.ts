import type { HeadAddress } from "../../probe/address.ts";
import { toBase64 } from "../base64.ts";
import { escapeMarkup, scriptJson } from "../escape.ts";
import { expectCount } from "../expect-count.ts";
import { colorAt, hex, type Theme } from "../scale.ts";
import { oneLine, surface, type Word } from "../surface.ts";
import { type ModelSummary, modelLine } from "../text/focus.ts";
import { encodeFloats, encodeWeights, packNumbers } from "./packed-numbers.ts";
import { pageScript, pageStyle } from "./page.generated.ts";
import { type PageData, packedIds } from "./page-data.ts";

/** All that a page shows. L layers, H heads, T queries, S keys, D head width. */
export interface PagePicture {
  readonly texts: readonly string[];
  readonly model: ModelSummary;
  readonly queries: readonly Word[];
  /** The words that are looked at; the queries again when left out. */
  readonly keys?: readonly Word[];
  /** For every query its whole word's name, each word's its own ("the#2"); pieces of a word share it. Only without `keys`. */
  readonly words?: readonly string[];
  /** One array a layer, each (H, T, S) row-major, 0 to 1; NaN where a query cannot look. */
  readonly weights: readonly ArrayLike<number>[];
  /** What the page opens with, unless its address says otherwise. */
  readonly start?: { readonly query?: number } & Partial<HeadAddress>;
  /** With these the page shows every number on the way to a weight. */
  readonly vectors?: VectorPicture;
  /** Why the page has no vectors; shown where they would stand. */
  readonly vectorsNote?: string;
}

/** The queries, keys and values of all heads, as they enter the dot product. */
export interface VectorPicture {
  readonly headWidth: number;
  /** Heads of k and v, where several heads of q share them; all heads by default. */
  readonly keyHeads?: number;
  /** What q · k is multiplied by. */
  readonly scale: number;
  /** One array a layer: q is (H, T, D), k and v are (keyHeads, S, D). */
  readonly q: readonly ArrayLike<number>[];
  readonly k: readonly ArrayLike<number>[];
  readonly v: readonly ArrayLike<number>[];
  /** One array a layer, (H, T, S): what is added to the scaled products. */
  readonly bias?: readonly ArrayLike<number>[];
}

/** How a page meets its reader. */
export interface PageOptions {
  /** "auto" (the default) follows the reader's system; the page has a switch either way. */
  readonly theme?: Theme | "auto";
}

/** Above this many numbers vectors are kept to 11 bits of mantissa (as float16 does), below it exactly. */
const mostExact = 400_000;

/** One HTML file with everything inside: opens without a network, its address keeps word, head and key. */
export function pageHtml(picture: PagePicture, { theme = "auto" }: PageOptions = {}): string {
  checkCounts(picture);
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

function pageData({
  texts,
  model,
  queries,
  keys = queries,
  words,
  start = {},
  vectors,
  vectorsNote,
  ...rest
}: PagePicture): PageData {
  const special = (words: readonly Word[]): number[] =>
    words.flatMap(({ special }, index) => (special ? [index] : []));
  const scale = (theme: Theme): string =>
    Array.from({ length: 256 }, (_, step) => hex(colorAt(step / 255, theme)).slice(1)).join("");
  return {
    texts: texts.map(oneLine),
    model: modelLine(model, true),
    layers: rest.weights.length,
    heads: model.heads,
    queries: queries.map(({ text }) => surface(text)),
    keys: keys.map(({ text }) => surface(text)),
    words: keys === queries ? words?.map(surface) : undefined,
    isSelf: keys === queries,
    specialKeys: special(keys),
    specialQueries: special(queries),
    start: { query: start.query ?? 0, layer: start.layer ?? 0, head: start.head ?? 0 },
    colors: { light: scale("light"), dark: scale("dark") },
    vectors: vectors && {
      headWidth: vectors.headWidth,
      keyHeads: vectors.keyHeads ?? model.heads,
      scale: vectors.scale,
      hasBias: vectors.bias !== undefined,
    },
    vectorsNote: vectorsNote === undefined ? undefined : oneLine(vectorsNote),
  };
}

function checkCounts({
  model,
  queries,
  keys = queries,
  words = [],
  weights,
  vectors,
}: PagePicture): void {
  if (words.length > 0)
    expectCount("pageHtml", "words (one a query)", words.length, queries.length);
  const check = (
    what: string,
    layers: readonly ArrayLike<number>[] | undefined,
    wanted: number,
  ): void => {
    for (const [layer, { length }] of (layers ?? []).entries())
      expectCount("pageHtml", `${what} of layer ${layer}`, length, wanted);
  };
  const cells = model.heads * queries.length * keys.length;
  check("weights (heads × queries × keys)", weights, cells);
  if (!vectors) return;
  const { headWidth, keyHeads = model.heads, q, k, v, bias } = vectors;
  check("q (heads × queries × head width)", q, model.heads * queries.length * headWidth);
  check("k (key heads × keys × head width)", k, keyHeads * keys.length * headWidth);
  check("v (key heads × keys × head width)", v, keyHeads * keys.length * headWidth);
  check("bias (heads × queries × keys)", bias, cells);
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
