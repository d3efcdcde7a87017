import { InputError } from "../../errors/errors.ts";
import type { HeadAddress } from "../../probe/head-address.ts";
import type { TextToken } from "../../probe/words.ts";
import type { AttentionMaps } from "./attention-maps.ts";

/**
 * The same attention without special tokens: their rows and columns left out, what is left of each row divided by its sum. What heads do
 * among words shows so, where most of their weight lies on [CLS]; of a head that gives words nearly nothing it shows noise. A row that gives
 * words nothing stays 0. Throws InputError where no other tokens are left.
 */
export function withoutSpecial(
  maps: AttentionMaps,
  isSpecial: (token: TextToken) => boolean = ({ special }) => special,
): AttentionMaps {
  const [queryPlaces, keyPlaces] = [maps.queries, maps.keys].map((tokens) =>
    [...tokens.keys()].filter((place) => !isSpecial(tokens[place]!)),
  ) as [number[], number[]];
  if (queryPlaces.length === 0 || keyPlaces.length === 0)
    throw new InputError("withoutSpecial: the text has special tokens only. Give one with words");
  const S = maps.keys.length;
  const width = keyPlaces.length;
  const matrix = (head: HeadAddress) => {
    const whole = maps.matrix(head);
    const part = new Float32Array(queryPlaces.length * width);
    for (const [row, query] of queryPlaces.entries()) {
      let sum = 0;
      for (const key of keyPlaces) sum += whole[query * S + key]!;
      for (const [column, key] of keyPlaces.entries())
        part[row * width + column] = sum > 0 ? whole[query * S + key]! / sum : 0;
    }
    return part;
  };
  const canLook = (layer: number, query: number, key: number) =>
    maps.canLook(layer, queryPlaces[query]!, keyPlaces[key]!);
  return {
    layers: maps.layers,
    firstLayer: maps.firstLayer,
    heads: maps.heads,
    queries: queryPlaces.map((place) => maps.queries[place]!),
    keys: keyPlaces.map((place) => maps.keys[place]!),
    isSelf: maps.isSelf,
    get isCausal() {
      return maps.isCausal;
    },
    matrix,
    canLook,
    visible: (layer, query) => keyPlaces.filter((_, key) => canLook(layer, query, key)).length,
  };
}
