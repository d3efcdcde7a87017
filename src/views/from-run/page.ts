import { expectKeys } from "../../errors/options.ts";
import type { HeadAddress } from "../../probe/head-address.ts";
import { tokensNamed, type Which, wordsOf } from "../../probe/words.ts";
import { type PageOptions, type PagePicture, pageHtml } from "../page/page.ts";
import {
  attentionOf,
  headNamed,
  type PicturedRun,
  type RunPictureOptions,
  runPictureOptions,
} from "./run.ts";
import { type ShownPage, shownPage } from "./shown.ts";

/** What a page of a run opens with, and what it says. */
export interface RunPageOptions extends RunPictureOptions, PageOptions {
  /** What was read; the words of the run when left out. */
  readonly title?: string;
  readonly word?: Which;
  readonly head?: string | HeadAddress;
}

/** A run as one page of all heads: `pagePicture(run).html()`, or `textSource(pagePicture(run))` for elements. Weights of all layers must have been read. */
export function pagePicture(
  run: PicturedRun,
  options: RunPageOptions = {},
): PagePicture & ShownPage {
  expectKeys(
    options,
    { ...runPictureOptions, title: true, word: true, head: true, theme: true },
    "pagePicture",
  );
  const { title, word, head, theme, ...rest } = options;
  const attention = attentionOf(run, "pagePicture", rest);
  const { layers, heads, queries, keys, queryTokens, keyTokens, weights } = attention;
  const [query] =
    word === undefined ? [undefined] : tokensNamed(word, queryTokens, "pagePicture, word");
  const isSelf = keys === queries;
  const picture: PagePicture = {
    texts: [title ?? textOf(isSelf ? queryTokens : keyTokens)],
    model: { name: run.madeBy?.label ?? "a run", layers, heads, tokens: queries.length },
    queries,
    keys: isSelf ? undefined : keys,
    weights: Array.from(
      { length: layers },
      (_, layer) => (own: number) => weights({ layer, head: own }),
    ),
    start: {
      query,
      ...(head === undefined ? {} : headNamed(head, attention, "pagePicture")),
    },
  };
  return shownPage(picture, (own) => pageHtml(own, { theme }));
}

function textOf(tokens: Parameters<typeof wordsOf>[0]): string {
  return wordsOf(tokens)
    .map(({ text }) => text)
    .join(" ");
}
