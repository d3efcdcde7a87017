import { asDefinition, isIndex, mismatch } from "../definition.ts";

/** The texts of a model's tokens and their ids, both ways. */
export interface Vocabulary {
  readonly ids: ReadonlyMap<string, number>;
  readonly texts: readonly (string | undefined)[];
}

/** A vocabulary from ids by text: an object, as tokenizer.json and vocab.json hold it, or a Map, as a large one is read. */
export function readVocabulary(value: unknown, place: string): Vocabulary {
  const isMap = value instanceof Map;
  const ids: ReadonlyMap<string, unknown> = isMap
    ? value
    : new Map(Object.entries(asDefinition(value, place)));
  if (ids.size === 0 && !isMap) throw mismatch(place, "an object with at least one token", value);
  const texts: (string | undefined)[] = [];
  // A loop would make a pair of each entry until it has been compiled: five times as slow.
  ids.forEach((id, text) => {
    if (!isIndex(id))
      throw mismatch(`${place}[${JSON.stringify(text)}]`, "an id (a whole number)", id);
    texts[id] = text;
  });
  return { ids: ids as ReadonlyMap<string, number>, texts };
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
