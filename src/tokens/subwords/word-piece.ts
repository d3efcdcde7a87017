import { TokenError } from "../../errors/errors.ts";
import { type Definition, readInteger, readString } from "../definition.ts";
import { TextFinder } from "../text/automaton.ts";
import type { Model, WordPart } from "./subword-model.ts";
import { readVocabulary, type Vocabulary } from "./vocabulary.ts";

/** Words longer than this, in UTF-16 units, are looked through in one pass: to try all starts of all rests takes too long. */
const longWord = 256;

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
  vocabulary.ids.forEach((_, text) => {
    longestToken = Math.max(longestToken, text.length);
  });

  let long: ((word: string) => WordPart[] | undefined) | undefined;
  const split = (word: string): WordPart[] => {
    const whole = { id: unknownId, text: unknown, start: 0, end: word.length };
    if (word.length > longestWord && [...word].length > longestWord) return [whole];
    if (word.length > longWord) {
      long ??= splitterOfLong(vocabulary, prefix);
      return long(word) ?? [whole];
    }
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

/** The same parts in time that grows with the word alone; undefined where the vocabulary cannot spell it. */
function splitterOfLong({ ids }: Vocabulary, prefix: string) {
  const texts = [...ids.keys()];
  const starts = new TextFinder(texts);
  const later = texts.filter((text) => text.startsWith(prefix) && text.length > prefix.length);
  const rests = new TextFinder(later.map((text) => text.slice(prefix.length)));
  return (word: string): WordPart[] | undefined => {
    const first = texts[starts.longestFrom(word)[0]!];
    if (first === undefined) return undefined;
    const parts = [{ id: ids.get(first)!, text: first, start: 0, end: first.length }];
    const longest = rests.longestFrom(word);
    for (let start = first.length; start < word.length; ) {
      const text = later[longest[start]!];
      if (text === undefined) return undefined;
      const end = start + text.length - prefix.length;
      parts.push({ id: ids.get(text)!, text, start, end });
      start = end;
    }
    return parts;
  };
}
