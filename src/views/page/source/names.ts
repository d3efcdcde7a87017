import { isolated } from "../../surface.ts";
import type { SourceToken } from "./source.ts";

/** What is known of tokens before they have names. */
export interface Unnamed {
  readonly texts: readonly string[];
  /** For every token its whole word's name; pieces of a word share it. */
  readonly words?: readonly string[];
  /** Indices of special tokens. */
  readonly special?: readonly number[];
}

/** Tokens with names: a whole word's own, or, for pieces and where words are not known, the token's text, counted. */
export function namedTokens({ texts, words = [], special = [] }: Unnamed): SourceToken[] {
  const wholes = wholesOf(words);
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(fold(text), (counts.get(fold(text)) ?? 0) + 1);
  const seen = new Map<string, number>();
  return texts.map((text, index) => {
    const word = words[index];
    const whole = wholes[index];
    const isSpecial = special.includes(index);
    if (word !== undefined && whole === undefined) return { text, name: isolated(word), isSpecial };
    const count = (seen.get(fold(text)) ?? 0) + 1;
    seen.set(fold(text), count);
    const name = isolated(counts.get(fold(text)) === 1 ? text : `${text}#${count}`);
    return { text, name, whole, isSpecial };
  });
}

function fold(text: string): string {
  return text.normalize("NFKC").toLowerCase();
}

/** The names of the words that have several tokens, at each of these. */
function wholesOf(words: readonly string[]): (string | undefined)[] {
  const once = new Set<string>();
  const several = new Set<string>();
  for (const word of words) (once.has(word) ? several : once).add(word);
  return words.map((word) => (several.has(word) ? isolated(word) : undefined));
}
