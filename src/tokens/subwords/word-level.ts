import { TokenError } from "../../errors/errors.ts";
import { type Definition, readString } from "../definition.ts";
import type { Model } from "./subword-model.ts";
import { readVocabulary } from "./vocabulary.ts";

/** WordLevel: a word is in the vocabulary whole, or unknown. */
export function readWordLevel(from: Definition, place: string): Model {
  const vocabulary = readVocabulary(from.vocab, `${place}.vocab`);
  const unknown = readString(from, "unk_token", place, "<unk>");
  const unknownId = vocabulary.ids.get(unknown);
  return {
    vocabulary,
    unknown: unknownId === undefined ? undefined : unknown,
    split(word) {
      const known = vocabulary.ids.get(word);
      const id = known ?? unknownId;
      if (id === undefined)
        throw new TokenError(
          `${place}: the vocabulary has neither the word ${JSON.stringify(word.slice(0, 60))} nor ${JSON.stringify(unknown)}, which stands for unknown words.`,
        );
      return [{ id, text: known === undefined ? unknown : word, start: 0, end: word.length }];
    },
  };
}
