import type { Token } from "../tokens/tokenizer.ts";

/** A token that stands for no characters: padding, or what a decoder begins with. */
export function blankToken(id: number, text: string): Token {
  return { id, text, start: 0, end: 0, word: null, sequence: null, special: true, type: 0 };
}
