import { asDefinition, isIndex, mismatch } from "../definition.ts";

/** The texts of a model's tokens and their ids, both ways. */
export interface Vocabulary {
  readonly ids: ReadonlyMap<string, number>;
  readonly texts: readonly (string | undefined)[];
}

/** A vocabulary from an object of ids by text, as tokenizer.json and vocab.json hold it, or from the ids of one that was read already. */
export function readVocabulary(value: unknown, place: string): Vocabulary {
  if (value instanceof Map) return { ids: value, texts: textsOf(value) };
  const ids = new Map<string, number>();
  const texts: (string | undefined)[] = [];
  const from = asDefinition(value, place);
  for (const text of Object.keys(from)) {
    const id = from[text];
    if (!isIndex(id))
      throw mismatch(`${place}[${JSON.stringify(text)}]`, "an id (a whole number)", id);
    ids.set(text, id);
    texts[id] = text;
  }
  if (ids.size === 0) throw mismatch(place, "an object with at least one token", value);
  return { ids, texts };
}

function textsOf(ids: ReadonlyMap<string, number>): string[] {
  const texts: string[] = [];
  for (const [text, id] of ids) texts[id] = text;
  return texts;
}

/** The ids of the tokens `<0x00>` … `<0xFF>` for a text's UTF-8 bytes, if the vocabulary has them all. */
export function byteIds(text: string, { ids }: Vocabulary): number[] | undefined {
  const found: number[] = [];
  for (const byte of new TextEncoder().encode(text)) {
    const id = ids.get(`<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`);
    if (id === undefined) return undefined;
    found.push(id);
  }
  return found;
}
