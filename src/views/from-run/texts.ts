import { expectKeys } from "../../errors/options.ts";
import { formatHead, type HeadAddress } from "../../probe/head-address.ts";
import { tokensNamed, type Which } from "../../probe/words.ts";
import { isolated, quote, surface } from "../surface.ts";
import { type GridPicture, gridSvg } from "../svg/grid.ts";
import { headSvg } from "../svg/head.ts";
import { type SentencePicture, sentenceSvg } from "../svg/sentence.ts";
import { gridText, type HeadGrid } from "../text/grid.ts";
import { type HeadPicture, headText } from "../text/head.ts";
import { wrap } from "../text/layout.ts";
import { paint, type Terminal } from "../text/terminal.ts";
import { tokenRowLines } from "../text/token-rows.ts";
import {
  attentionOf,
  headNamed,
  type PicturedRun,
  type RunAttention,
  type RunPictureOptions,
  runPictureOptions,
} from "./run.ts";
import { type ShownPicture, shown } from "./shown.ts";

/** One head of a run, every query over every key: `headPicture(run, "L5H11").svg()`. Its layer's weights must have been read. */
export function headPicture(
  run: PicturedRun,
  head: string | HeadAddress,
  options: RunPictureOptions & { readonly word?: Which } = {},
): HeadPicture & ShownPicture {
  expectKeys(options, { ...runPictureOptions, word: true }, "headPicture");
  const { word, ...rest } = options;
  const attention = attentionOf(run, "headPicture", rest);
  const address = headNamed(head, attention, "headPicture");
  const { queries, keys } = attention;
  const focus =
    word === undefined
      ? undefined
      : tokensNamed(word, attention.queryTokens, "headPicture, word")[0];
  const picture = { ...address, queries, keys, weights: attention.weights(address), focus };
  return shown<HeadPicture>(picture, headSvg, headText);
}

/** What a word of a run looks at in one head: `sentencePicture(run, "it", "L5H11").svg()`. Rows of a word's pieces are averaged. */
export function sentencePicture(
  run: PicturedRun,
  word: Which,
  head: string | HeadAddress,
  options: RunPictureOptions = {},
): SentencePicture & ShownPicture {
  expectKeys(options, runPictureOptions, "sentencePicture");
  const attention = attentionOf(run, "sentencePicture", options);
  const address = headNamed(head, attention, "sentencePicture");
  const { queryTokens, queries, keys } = attention;
  const focus = [...new Set(tokensNamed(word, queryTokens, "sentencePicture, word"))];
  const picture: SentencePicture = {
    ...address,
    tokens: keys,
    weights: attention.row(address, focus),
    // Who looks is marked where it stands among those that are looked at.
    focus: keys === queries ? focus : [],
    word: nameOf(word, attention, focus),
  };
  return shown(picture, sentenceSvg, sentenceText);
}

/** All heads of a run as small maps: `gridPicture(run).svg()`; as text, each head's largest weight. Weights of all layers must have been read. */
export function gridPicture(
  run: PicturedRun,
  options: RunPictureOptions & {
    readonly focus?: string | HeadAddress;
    readonly title?: string;
  } = {},
): GridPicture & ShownPicture {
  expectKeys(options, { ...runPictureOptions, focus: true, title: true }, "gridPicture");
  const { focus, title = "All heads", ...rest } = options;
  const attention = attentionOf(run, "gridPicture", rest);
  const { layers, heads, queries, keys, weights } = attention;
  const picture: GridPicture = {
    title,
    layers,
    heads,
    queries,
    keys,
    weightsOf: weights,
    focus: focus === undefined ? undefined : headNamed(focus, attention, "gridPicture"),
  };
  return shown(picture, gridSvg, (own, terminal) =>
    gridText(
      {
        ...own,
        title: `${own.title}: the largest weight of each`,
        values: eachHead(own, (head) => largest(weights(head))),
      },
      terminal,
    ),
  );
}

/** How much a word of a run looks at another in every head, and in which most: `linkGrid(run, "it", "cat").text()`. */
export function linkGrid(
  run: PicturedRun,
  query: Which,
  key: Which,
  options: RunPictureOptions = {},
): HeadGrid & ShownPicture {
  expectKeys(options, runPictureOptions, "linkGrid");
  const attention = attentionOf(run, "linkGrid", options);
  const { layers, heads, queryTokens, keyTokens } = attention;
  const from = [...new Set(tokensNamed(query, queryTokens, "linkGrid, query"))];
  const to = [...new Set(tokensNamed(key, keyTokens, "linkGrid, key"))];
  const title = `${quote(nameOf(query, attention, from))} looks at ${quote(surface(to.map((token) => keyTokens[token]!.surface).join(" ")))}`;
  const values = eachHead(attention, (head) => {
    const row = attention.row(head, from);
    return to.reduce((sum, token) => sum + row[token]!, 0);
  });
  const picture: HeadGrid = { title, layers, heads, values };
  const map = { ...picture, queries: [{ text: "" }], keys: [{ text: "" }] };
  return shown(
    picture,
    (own, svg) =>
      gridSvg({ ...map, weightsOf: ({ layer, head }) => [own.values[layer * heads + head]!] }, svg),
    gridText,
  );
}

/** One number a head, layer by layer. */
function eachHead(
  { layers, heads }: { readonly layers: number; readonly heads: number },
  value: (head: HeadAddress) => number,
): Float32Array {
  return Float32Array.from({ length: layers * heads }, (_, index) =>
    value({ layer: Math.floor(index / heads), head: index % heads }),
  );
}

function largest(weights: Float32Array): number {
  let most = Number.NaN;
  for (const weight of weights) if (!(weight <= most) && !Number.isNaN(weight)) most = weight;
  return most;
}

/** A word as a heading names it: as it was asked for, or as its tokens stand in the text. */
function nameOf(word: Which, { queryTokens }: RunAttention, tokens: readonly number[]): string {
  if (typeof word === "string" && !/^\d+(\.\.\d+)?$/.test(word)) return word;
  return tokens.map((token) => queryTokens[token]!.surface).join(" ");
}

function sentenceText(picture: SentencePicture, terminal: Terminal): string {
  const { word, tokens, weights, focus } = picture;
  const title = `What ${quote(isolated(word))} looks at in ${formatHead(picture)} (layer ${picture.layer}, head ${picture.head})`;
  return [
    ...wrap(title, terminal.width).map((line) => paint(line, { strong: true }, terminal)),
    ...tokenRowLines({ tokens, weights, focus }, terminal),
    "",
  ].join("\n");
}
