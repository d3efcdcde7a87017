import { asDefinition, type Definition, mismatch, readerOf, readString } from "../definition.ts";
import { readBpe } from "./bpe.ts";
import type { Model, WordPart } from "./subword-model.ts";
import { readUnigram } from "./unigram.ts";
import { readVocabulary } from "./vocabulary.ts";
import { readWordLevel } from "./word-level.ts";
import { readWordPiece } from "./word-piece.ts";

const readers: Readonly<Record<string, (from: Definition, place: string) => Model>> = {
  WordPiece: readWordPiece,
  WordLevel: readWordLevel,
  BPE: readBpe,
  Unigram: readUnigram,
  Numbered: readNumbered,
};

/** Words longer than this, in UTF-16 units, are not worth remembering. */
const longestRemembered = 64;
const mostRemembered = 20_000;

/** The model of a tokenizer.json; files before 2021 carry no type, so it is told by the keys. */
export function readModel(value: unknown, place: string): Model {
  const from = asDefinition(value, place);
  const reader = readerOf(readers, from.type ?? guessType(from), place);
  return remembering(reader(from, place));
}

function guessType(from: Definition): string {
  if (Array.isArray(from.vocab)) return "Unigram";
  return from.merges === undefined ? "WordPiece" : "BPE";
}

/** A model whose parts have the ids of another table; a part that the table lacks is unknown. */
function readNumbered(from: Definition, place: string): Model {
  const inner = readModel(from.model, `${place}.model`);
  const vocabulary = readVocabulary(from.vocab, `${place}.vocab`);
  const unknown = readString(from, "unk_token", place);
  const unknownId = vocabulary.ids.get(unknown);
  if (unknownId === undefined)
    throw mismatch(`${place}.unk_token`, "a token of the vocabulary", unknown);
  return {
    vocabulary,
    unknown,
    split: (word) =>
      inner.split(word).map(({ text, start, end }) => {
        const spelt = text === inner.unknown ? word.slice(start, end) : text;
        return { id: vocabulary.ids.get(spelt) ?? unknownId, text: spelt, start, end };
      }),
  };
}

/** The same model with the parts of the words it met lately at hand. */
function remembering(model: Model): Model {
  let remembered = new Map<string, readonly WordPart[]>();
  return {
    ...model,
    split(word) {
      const known = remembered.get(word);
      if (known) return known;
      const parts = model.split(word);
      if (word.length > longestRemembered) return parts;
      if (remembered.size >= mostRemembered) remembered = new Map();
      remembered.set(word, parts);
      return parts;
    },
  };
}
