import type { TextToken } from "../probe/words.ts";
import type { Token, Tokenizer } from "../tokens/tokenizer.ts";

/** A token that stands for no characters: padding, or what a decoder begins with. */
export function blankToken(id: number, text: string): Token {
  return { id, text, start: 0, end: 0, word: null, sequence: null, special: true, type: 0 };
}

/** A token that was given as an id, at its place: a word of its own, of no known text. */
export function tokenOfId(id: number, place: number, tokenizer: Tokenizer | undefined): TextToken {
  const text = tokenizer?.idToToken(id) ?? `#${id}`;
  return {
    ...blankToken(id, text),
    ...{ word: place, sequence: 0, special: false },
    ...{ surface: text, startsWord: true },
  };
}
