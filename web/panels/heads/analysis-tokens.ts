import type { AttentionMaps } from "heed/analysis";
import type { SeenToken } from "heed/explore";

/** Tokens as analyses take them: those of the same text have the same number, which `ids` keeps. */
export function analysisTokens(
  tokens: readonly SeenToken[],
  ids = new Map<string, number>(),
): AttentionMaps["keys"] {
  return tokens.map(({ text, isSpecial, word, start, end }, place) => {
    const id = ids.get(text) ?? ids.size;
    ids.set(text, id);
    const startsWord = word === undefined || word !== tokens[place - 1]?.word;
    const number = isSpecial ? null : (word ?? null);
    const known = { id, text, start, end, word: number, special: isSpecial };
    return { ...known, surface: text, startsWord, sequence: 0, type: 0 };
  });
}
