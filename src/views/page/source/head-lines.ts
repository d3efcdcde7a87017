import type { AttentionSource, SourceToken } from "./source.ts";
import type { Link } from "./strongest-links.ts";

type Words = Pick<AttentionSource, "queries" | "keys">;

/** Tokens of a pair of sentences: which sentence each belongs to, 0 or 1; −1 for special tokens. */
export type Sentences = readonly (-1 | 0 | 1)[];

/** The two sentences of a pair, as special tokens between words part them; undefined for one sentence, and for more than two. */
export function sentencesOf(tokens: readonly SourceToken[]): Sentences | undefined {
  let part = -1;
  let isInWords = false;
  const parts = tokens.map(({ isSpecial }) => {
    if (!isSpecial && !isInWords) part += 1;
    isInWords = !isSpecial;
    return isSpecial ? -1 : part;
  });
  return part === 1 ? (parts as (-1 | 0 | 1)[]) : undefined;
}

/** Which links between the sentences of a pair are drawn: "A→B" are those from the first to the second. */
export const sentenceWays = ["all", "A→A", "A→B", "B→A", "B→B"] as const;
export type SentenceWay = (typeof sentenceWays)[number];

/** Whether a link goes that way. */
export function goes(
  way: SentenceWay,
  sentences: Sentences | undefined,
  { query, key }: Pick<Link, "query" | "key">,
): boolean {
  if (way === "all" || !sentences) return true;
  const [from, to] = [way[0] === "A" ? 0 : 1, way[2] === "A" ? 0 : 1];
  return sentences[query] === from && sentences[key] === to;
}

/** The links of one head (T, S) that are at least so heavy, heaviest first; what cannot be looked at is none. */
export function heavyLinks(weights: Float32Array, { queries, keys }: Words, least: number): Link[] {
  const S = keys.length;
  const links: Link[] = [];
  for (let place = 0; place < queries.length * S; place++) {
    const weight = weights[place]!;
    if (weight >= least) links.push({ query: Math.floor(place / S), key: place % S, weight });
  }
  return links.sort((a, b) => b.weight - a.weight);
}

/** What of a long picture is on screen, in rows. */
export interface RowsSeen {
  readonly first: number;
  readonly last: number;
}

/** Whether a line from a word to a word crosses what is seen. */
export function crosses({ query, key }: Link, { first, last }: RowsSeen): boolean {
  return Math.max(query, key) >= first && Math.min(query, key) <= last;
}

/** Of links in order, heaviest first, those that `isDrawn`, at most so many: the lightest first, so that heavy lines lie on top; and how many there are. */
export function heaviest(
  links: readonly Link[],
  most: number,
  isDrawn: (link: Link) => boolean,
): { readonly drawn: readonly Link[]; readonly count: number } {
  const drawn: Link[] = [];
  let count = 0;
  for (const link of links) {
    if (!isDrawn(link)) continue;
    count += 1;
    if (drawn.length < most) drawn.push(link);
  }
  return { drawn: drawn.reverse(), count };
}

/** How wide a line is, in CSS pixels, and how strong its colour: of a weight from 0 to 1. */
export function lineLook(weight: number): { readonly width: number; readonly alpha: number } {
  return { width: 0.75 + 5 * weight, alpha: Math.min(1, 0.12 + 0.88 * Math.sqrt(weight)) };
}
