import { asDefinition, type Definition, readerOf } from "../definition.ts";
import { readBpe } from "./bpe.ts";
import type { Model, WordPart } from "./subword-model.ts";
import { readUnigram } from "./unigram.ts";
import { readWordPiece } from "./word-piece.ts";

const readers: Readonly<Record<string, (from: Definition, place: string) => Model>> = {
  WordPiece: readWordPiece,
  BPE: readBpe,
  Unigram: readUnigram,
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
