import { isolated } from "../../surface.ts";
import { notLooked, unpackNumbers, weightCodes } from "../packed-numbers.ts";
import { type PageData, packedIds } from "../page-data.ts";

/** The page's numbers, unpacked. */
export interface Numbers {
  /** (L, H, T, S) as 16-bit codes. */
  readonly weights: Uint16Array;
  readonly q?: Float32Array;
  readonly k?: Float32Array;
  readonly v?: Float32Array;
  readonly bias?: Float32Array;
}

/** Everything the page knows. */
export interface Model {
  readonly data: PageData;
  readonly numbers: Numbers;
  /** Words as sentences name them: the second "the" is the#2. */
  readonly queryNames: readonly string[];
  readonly keyNames: readonly string[];
  /** Of a piece, the name of its whole word; undefined for tokens that are whole. */
  readonly wholes: readonly (string | undefined)[];
  /** From one query to one key in one head; NaN where it cannot look. */
  weight(layer: number, head: number, query: number, key: number): number;
  /** Codes of one head, (T, S) row-major. */
  codes(layer: number, head: number): Uint16Array;
}

/** Reads what the document carries. */
export function readModel(): Model {
  const data = JSON.parse(document.getElementById("data")!.textContent!) as PageData;
  const weights = new Uint16Array(unpack(packedIds.weights, 2)!.buffer);
  const floats = (id: string): Float32Array | undefined => {
    const bytes = unpack(id, 4);
    return bytes && new Float32Array(bytes.buffer);
  };
  const numbers: Numbers = {
    weights,
    q: floats(packedIds.q),
    k: floats(packedIds.k),
    v: floats(packedIds.v),
    bias: floats(packedIds.bias),
  };
  const T = data.queries.length;
  const S = data.keys.length;
  const startOf = (layer: number, head: number): number => (layer * data.heads + head) * T * S;
  return {
    data,
    numbers,
    queryNames: namesOf(data.queries, data.words),
    keyNames: namesOf(data.keys, data.words),
    wholes: wholesOf(data.words ?? []),
    weight: (layer, head, query, key) => weightOf(weights[startOf(layer, head) + query * S + key]!),
    codes: (layer, head) => weights.subarray(startOf(layer, head), startOf(layer, head) + T * S),
  };
}

/** The weight of a code; NaN for a key that cannot be looked at. */
export function weightOf(code: number): number {
  return code === notLooked ? Number.NaN : code / weightCodes;
}

/** Each token's name: its whole word's, or, for pieces and where words are not known, its own text, counted. */
function namesOf(tokens: readonly string[], words: readonly string[] = []): string[] {
  const wholes = wholesOf(words);
  const fold = (text: string): string => text.normalize("NFKC").toLowerCase();
  const counts = new Map<string, number>();
  for (const token of tokens) counts.set(fold(token), (counts.get(fold(token)) ?? 0) + 1);
  const seen = new Map<string, number>();
  return tokens.map((token, index) => {
    const word = words[index];
    if (word !== undefined && wholes[index] === undefined) return isolated(word);
    const count = (seen.get(fold(token)) ?? 0) + 1;
    seen.set(fold(token), count);
    return isolated(counts.get(fold(token)) === 1 ? token : `${token}#${count}`);
  });
}

/** The names of the words that have several tokens, at each of these. */
function wholesOf(words: readonly string[]): (string | undefined)[] {
  const once = new Set<string>();
  const several = new Set<string>();
  for (const word of words) (once.has(word) ? several : once).add(word);
  return words.map((word) => (several.has(word) ? isolated(word) : undefined));
}

/** The bytes of packed numbers of `size` bytes each, taken out of the document; undefined where it carries none. */
export function unpack(id: string, size: number): Uint8Array<ArrayBuffer> | undefined {
  const element = document.getElementById(id);
  if (!element) return undefined;
  const binary = atob(element.textContent!.trim());
  const packed = new Uint8Array(binary.length);
  for (let index = 0; index < packed.length; index++) packed[index] = binary.charCodeAt(index);
  element.remove();
  return unpackNumbers(packed, size);
}
