import { namesOf, strongestKey } from "../analysis/explain/question.ts";
import { chooseFocus, lastPronoun, strongestLook } from "../analysis/words/focus.ts";
import { allHeads, type WordWeights, wordWeights } from "../analysis/words/word-weights.ts";
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

/** What is worth looking at first: of a text its last pronoun, or the word that looks most at another; of others the first or last token. */
export function startOf(held: Held): Seen["start"] {
  const { run, isSelf, stack, queryTokens } = held;
  const isText = isSelf && stack === "encoder" && !run.inputs.grid;
  const found = isText ? startOfText(held) : undefined;
  if (found) return found;
  return startAt(held, run.inputs.grid ? 0 : queryTokens.length - 1);
}

function startOfText(held: Held): Seen["start"] | undefined {
  const weights = wordWeights(held.kept, held.queryTokens, { isCausal: held.isCausal });
  if (weights.words.length === 0) return undefined;
  const focus = focusOf(held, weights);
  const others = withoutRest(held, weights);
  const look =
    strongestLook(others, focus, 2) ??
    strongestLook(others, focus, 0) ??
    strongestLook(weights, focus, 0);
  const [query] = weights.units[focus]!.tokens;
  if (!look) return startAt(held, query!);
  const { layer, head, unit } = look;
  const row = held.row({ layer, head }, query!);
  const key = weights.units[unit]!.tokens.reduce((a, b) => (row[b]! > row[a]! ? b : a));
  return { query: query!, key, layer, head };
}

/** Most heads of a decoder rest on its first token, whatever it is: a look at that word says little. */
function withoutRest({ isCausal }: Held, weights: WordWeights): WordWeights {
  if (!isCausal) return weights;
  return { ...weights, canLook: (query, key) => key > 0 && weights.canLook(query, key) };
}

/** Of long texts not every word's looks are made to choose one. */
function focusOf({ isWhole }: Held, weights: WordWeights): number {
  return isWhole ? chooseFocus(weights) : (lastPronoun(weights) ?? weights.words.at(-1)!);
}

/** The head that looks most from a token at another word. */
function startAt(held: Held, query: number): Seen["start"] {
  const names = namesOf(held.keyTokens);
  const own = held.isSelf ? query : undefined;
  let best: (HeadAddress & { readonly key: number; readonly weight: number }) | undefined;
  for (const address of allHeads(held)) {
    const row = held.row(address, query);
    const key = strongestKey(row, names, { own })?.token ?? query;
    const weight = row[key]!;
    if (!best || weight > best.weight) best = { ...address, key, weight };
  }
  const { layer, head, key } = best!;
  return { query, key, layer, head };
}
