import { TokenError } from "../../errors/errors.ts";
import { type Definition, readInteger, readString } from "../definition.ts";
import type { Model, WordPart } from "./subword-model.ts";
import { readVocabulary } from "./vocabulary.ts";

/** WordPiece: the longest known start of a word, then of the rest, and so on (Wu et al. 2016, section 4.1). */
export function readWordPiece(from: Definition, place: string): Model {
  const vocabulary = readVocabulary(from.vocab, `${place}.vocab`);
  const unknown = readString(from, "unk_token", place, "[UNK]");
  const prefix = readString(from, "continuing_subword_prefix", place, "##");
  const longestWord = readInteger(from, "max_input_chars_per_word", place, 100);
  const unknownId = vocabulary.ids.get(unknown);
  if (unknownId === undefined) {
    throw new TokenError(
      `${place}: unk_token is ${JSON.stringify(unknown)}, but the vocabulary of ${vocabulary.ids.size} tokens lacks it.`,
    );
  }
  let longestToken = 0;
  for (const text of vocabulary.ids.keys()) longestToken = Math.max(longestToken, text.length);

  const split = (word: string): WordPart[] => {
    const whole = { id: unknownId, text: unknown, start: 0, end: word.length };
    if (word.length > longestWord && [...word].length > longestWord) return [whole];
    const parts: WordPart[] = [];
    for (let start = 0; start < word.length; ) {
      const lead = start === 0 ? "" : prefix;
      let end = Math.min(word.length, start + longestToken - lead.length);
      let part: WordPart | undefined;
      for (; end > start && !part; end--) {
        const text = lead + word.slice(start, end);
        const id = vocabulary.ids.get(text);
        if (id !== undefined) part = { id, text, start, end };
      }
      if (!part) return [whole];
      parts.push(part);
      start = part.end;
    }
    return parts;
  };
  return { vocabulary, unknown, continuingPrefix: prefix || undefined, split };
}
