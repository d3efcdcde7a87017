import { namesOf, strongestKey, tellingPieces } from "../analysis/explain/question.ts";
import { chooseFocus, lastPronoun, openEnd, strongestLook } from "../analysis/words/focus.ts";
import { rarenessIn, standingOut } from "../analysis/words/standing-out.ts";
import { type WordWeights, wordWeights } from "../analysis/words/word-weights.ts";
import type { HeadAddress } from "../probe/head-address.ts";
import { type TextToken, wordsOf } from "../probe/words.ts";
import { labelOf } from "../views/from-run/run.ts";
import type { Held } from "./held-run.ts";
import type { Seen, SeenToken } from "./questions.ts";

/** Tokens as pages are told them. */
export function seenTokens(tokens: readonly TextToken[]): SeenToken[] {
  const wordAt = new Map(
    wordsOf(tokens).flatMap(({ tokens: own }, word) => own.map((token) => [token, word] as const)),
  );
  return tokens.map((token, index) => {
    const word = wordAt.get(index);
    return {
      text: labelOf(token).text,
      isSpecial: token.special,
      ...(word !== undefined && { word }),
      start: token.start,
      end: token.end,
    };
  });
}

/** What is worth looking at first, and the word that heads rest on, where there is one. */
export function placesOf(held: Held): Pick<Seen, "start" | "rest"> {
  const { isSelf, stack, isCausal } = held;
  const isText = isSelf && stack === "encoder" && !held.picture && !held.sound;
  if (!isText && !(isSelf && isCausal)) return { start: startOf(held) };
  const weights = wordWeights(held.kept, held.queryTokens, { isCausal });
  const rest = weights.rest === undefined ? undefined : weights.units[weights.rest]!.tokens;
  const start = (isText && startOfText(held, weights)) || startOf(held, rest);
  return { start, ...(rest && { rest }) };
}

/** Of pictures, sounds and texts without words: the head that looks most from the first or last token, or from the middle. */
function startOf(held: Held, rest?: readonly number[]): Seen["start"] {
  const { stack, queryTokens } = held;
  // Of a sound that looks at itself, its middle: behind its end is silence.
  if (held.sound && stack === "encoder") return startAt(held, Math.floor(held.sound.heard / 4));
  if (!held.picture) return startAt(held, queryTokens.length - 1, rest);
  const { rows, columns, leading } = held.picture;
  // Where no token stands for the whole picture, its middle says more than a corner.
  return startAt(held, leading > 0 ? 0 : Math.floor(rows / 2) * columns + (columns >> 1));
}

/** Of a text its last pronoun, or the word that looks most at another; of one that does not end, the word behind which a model writes on. */
function startOfText(held: Held, weights: WordWeights): Seen["start"] | undefined {
  if (weights.words.length === 0) return undefined;
  const focus = focusOf(held, weights);
  const look =
    (held.isCausal
      ? standingOut(weights, focus, rarenessIn(weights, held.keyTokens))
      : undefined) ??
    strongestLook(weights, focus, 2) ??
    strongestLook(weights, focus, 0);
  const pieces = weights.units[focus]!.tokens;
  const [query] = tellingPieces(pieces, held.queryTokens);
  const rest = weights.rest === undefined ? [] : weights.units[weights.rest]!.tokens;
  // What a blank before the word looks at says nothing of the piece behind it.
  if (!look || query !== pieces[0]) return startAt(held, query!, rest);
  const { layer, head, unit } = look;
  const row = held.row({ layer, head }, query!);
  const key = weights.units[unit]!.tokens.reduce((a, b) => (row[b]! > row[a]! ? b : a));
  return { query: query!, key, layer, head };
}

/** Of long texts not every word's looks are made to choose one. */
function focusOf({ isWhole }: Held, weights: WordWeights): number {
  if (isWhole) return chooseFocus(weights);
  return openEnd(weights) ?? lastPronoun(weights) ?? weights.words.at(-1)!;
}

/** The head that looks most from a token at another word, none that heads rest on. */
function startAt(held: Held, query: number, rest: readonly number[] = []): Seen["start"] {
  let best: (HeadAddress & { readonly key: number; readonly weight: number }) | undefined;
  for (const [layer, heads] of held.headsOf.entries()) {
    const names = namesOf(held.tokensIn(layer).keys).filter(({ token }) => !rest.includes(token));
    const place = held.placeIn(layer, query);
    const own = held.isSelf ? place : undefined;
    for (let head = 0; head < heads; head++) {
      const row = held.row({ layer, head }, query);
      const key = strongestKey(row, names, { own })?.token ?? place;
      const weight = row[key]!;
      if (!best || weight > best.weight)
        best = { layer, head, key: held.firstOf(layer, key), weight };
    }
  }
  const { layer, head, key } = best!;
  return { query, key, layer, head };
}
