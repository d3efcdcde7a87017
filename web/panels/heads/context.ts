import type { HeadsWords, LinesWords, TextSource, View } from "heed/elements";
import type { Words } from "../../words/words.ts";

/** What `<heed-heads>` says, in the page's language; `hidden` of a head without a number, where a mask is why it has none. */
export function headsWords(own: Words["heads"], hidden?: string): HeadsWords {
  return {
    label: own.label,
    pattern: own.thePattern,
    unknown: hidden === undefined ? own.unknown : `– (${hidden})`,
    rank: (rank, of) => own.rank(String(rank), String(of)),
  };
}

/** What `<heed-lines>` says, in the page's language. */
export function linesWords(own: Words["heads"]): LinesWords {
  return {
    ...own.linesSay,
    leftOut: (drawn, all) => own.linesSay.leftOut(String(drawn), String(all)),
  };
}

/** What the word that looks and the one looked at are called. */
export function namesIn(
  { queries, keys }: TextSource,
  { query, key }: View,
): readonly [string, string] {
  return [queries[query]!.name, keys[key ?? 0]!.name];
}
