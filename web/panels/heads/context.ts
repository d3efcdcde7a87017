import type { HeadsWords, LinesWords, TextSource, View } from "heed/elements";
import type { State } from "../../state/state.ts";
import type { Words } from "../../words/words.ts";

/** The state as pictures of a source take it; what is not there is brought to what is. */
export function viewOf({ layer, head, query, keys }: State, source: TextSource): View {
  const key = keys[0];
  const within = (value: number, count: number): number => Math.max(0, Math.min(value, count - 1));
  return {
    layer: within(layer, source.layers),
    head: within(head, source.heads),
    query: within(query, source.queries.length),
    key: key === undefined ? undefined : within(key, source.keys.length),
  };
}

/** What `<heed-heads>` says, in the page's language. */
export function headsWords(own: Words["heads"]): HeadsWords {
  return {
    label: own.label,
    pattern: own.thePattern,
    unknown: own.unknown,
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
