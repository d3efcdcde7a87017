import { TokenError } from "../../errors/errors.ts";
import { type Definition, mismatch, readBoolean, readList, readString } from "../definition.ts";
import { MinHeap } from "./min-heap.ts";
import { PairTable } from "./pair-table.ts";
import type { Model, WordPart } from "./subword-model.ts";
import { byteIds, readVocabulary, type Vocabulary } from "./vocabulary.ts";

interface Merges {
  /** The rank of the merge of two ids: lower ones go first. */
  readonly ranks: PairTable;
  /** For each rank the id of what is made. */
  readonly made: Int32Array;
  /** For each rank the two ids that are joined. */
  readonly pairs: Int32Array;
}

interface Alphabet {
  readonly vocabulary: Vocabulary;
  readonly prefix: string;
  readonly suffix: string;
  readonly unknownId: number | undefined;
  readonly fusesUnknown: boolean;
  readonly fallsBackToBytes: boolean;
}

/** Symbols of a word, to be merged: ids, and the units of the word that each covers. */
interface Symbols {
  readonly ids: number[];
  readonly starts: number[];
  readonly ends: number[];
}

/** Byte-pair encoding (Sennrich et al. 2016), with what byte-level and byte-fallback files ask for. */
export function readBpe(from: Definition, place: string): Model {
  const vocabulary = readVocabulary(from.vocab, `${place}.vocab`);
  if (typeof from.dropout === "number" && from.dropout > 0) {
    throw mismatch(
      `${place}.dropout`,
      "null or 0 (with dropout no two encodings are alike)",
      from.dropout,
    );
  }
  const unknown = readString(from, "unk_token", place, "") || undefined;
  const prefix = readString(from, "continuing_subword_prefix", place, "");
  const alphabet: Alphabet = {
    vocabulary,
    prefix,
    suffix: readString(from, "end_of_word_suffix", place, ""),
    unknownId: unknown === undefined ? undefined : vocabulary.ids.get(unknown),
    fusesUnknown: readBoolean(from, "fuse_unk", place, false),
    fallsBackToBytes: readBoolean(from, "byte_fallback", place, false),
  };
  if (unknown !== undefined && alphabet.unknownId === undefined) {
    throw mismatch(`${place}.unk_token`, "a token of the vocabulary", unknown);
  }
  const ignoresMerges = readBoolean(from, "ignore_merges", place, false);
  const merges = readMerges(readList(from, "merges", place), vocabulary, prefix, `${place}.merges`);
  if (readBoolean(from, "equal_ranks", place, false)) equalRanks(merges);
  const split = (word: string): WordPart[] => {
    const id = ignoresMerges ? vocabulary.ids.get(word) : undefined;
    if (id !== undefined) return [{ id, text: word, start: 0, end: word.length }];
    const symbols = spell(word, alphabet);
    return mergeSymbols(symbols, merges).map((symbol) => {
      const part = symbols.ids[symbol]!;
      const start = symbols.starts[symbol]!;
      return { id: part, text: vocabulary.texts[part] ?? "", start, end: symbols.ends[symbol]! };
    });
  };
  return { vocabulary, unknown, continuingPrefix: prefix || undefined, split };
}

/** Gives all merges in a row that make one token the rank of the first: of them the leftmost goes first. */
function equalRanks({ ranks, made, pairs }: Merges): void {
  for (let rank = 1, first = 0; rank < made.length; rank++) {
    if (made[rank] !== made[first]) first = rank;
    else ranks.set(pairs[2 * rank]!, pairs[2 * rank + 1]!, first);
  }
}

function readMerges(
  list: readonly unknown[],
  vocabulary: Vocabulary,
  prefix: string,
  place: string,
): Merges {
  const ranks = new PairTable(list.length);
  const made = new Int32Array(list.length);
  const pairs = new Int32Array(2 * list.length);
  for (let rank = 0; rank < list.length; rank++) {
    const merge = list[rank];
    const [left, right] = typeof merge === "string" ? halves(merge) : pairOf(merge);
    if (typeof left !== "string" || typeof right !== "string") {
      throw mismatch(
        `${place}[${rank}]`,
        "two tokens, as one text with a space or as a list",
        merge,
      );
    }
    const leftId = vocabulary.ids.get(left);
    const rightId = vocabulary.ids.get(right);
    const id = vocabulary.ids.get(left + (prefix === "" ? right : right.slice(prefix.length)));
    if (leftId === undefined || rightId === undefined || id === undefined) {
      throw new TokenError(
        `${place}[${rank}] joins ${JSON.stringify(left)} and ${JSON.stringify(right)}, but the vocabulary lacks one of them or what they make. Do the two belong together?`,
      );
    }
    ranks.set(leftId, rightId, rank);
    made[rank] = id;
    pairs.set([leftId, rightId], 2 * rank);
  }
  return { ranks, made, pairs };
}

/** A merge as one text: two tokens with one space between them. */
function halves(merge: string): readonly string[] {
  const space = merge.indexOf(" ");
  if (space < 0 || merge.indexOf(" ", space + 1) >= 0) return [];
  return [merge.slice(0, space), merge.slice(space + 1)];
}

function pairOf(merge: unknown): readonly unknown[] {
  return Array.isArray(merge) && merge.length === 2 ? merge : [];
}

/** A word's characters as ids; a character without one becomes its bytes, or the unknown token, or nothing. */
function spell(word: string, alphabet: Alphabet): Symbols {
  const { vocabulary, prefix, suffix, unknownId } = alphabet;
  const symbols: Symbols = { ids: [], starts: [], ends: [] };
  const push = (id: number, start: number, end: number) => {
    symbols.ids.push(id);
    symbols.starts.push(start);
    symbols.ends.push(end);
  };
  let wasUnknown = false;
  for (let start = 0; start < word.length; ) {
    const end = start + (word.codePointAt(start)! > 0xffff ? 2 : 1);
    const character = word.slice(start, end);
    const text = (start > 0 ? prefix : "") + character + (end === word.length ? suffix : "");
    const id = vocabulary.ids.get(text);
    const bytes =
      id === undefined && alphabet.fallsBackToBytes ? byteIds(text, vocabulary) : undefined;
    if (id !== undefined) push(id, start, end);
    else if (bytes) for (const byte of bytes) push(byte, start, end);
    else if (wasUnknown && alphabet.fusesUnknown) symbols.ends[symbols.ends.length - 1] = end;
    else if (unknownId !== undefined) push(unknownId, start, end);
    wasUnknown = id === undefined && !bytes && unknownId !== undefined;
    start = end;
  }
  return symbols;
}

const rankStep = 2 ** 32;

/** Merges neighbours in place, lowest rank first and leftmost among equals; gives the symbols that are left. */
function mergeSymbols({ ids, ends }: Symbols, { ranks, made }: Merges): number[] {
  const length = ids.length;
  const next = Int32Array.from({ length }, (_, i) => i + 1);
  const previous = Int32Array.from({ length }, (_, i) => i - 1);
  const isGone = new Uint8Array(length);
  const queue = new MinHeap();
  const offer = (left: number) => {
    const right = left < 0 ? length : next[left]!;
    if (right >= length) return;
    const rank = ranks.get(ids[left]!, ids[right]!);
    if (rank >= 0) queue.push(rank * rankStep + left);
  };
  for (let i = 0; i + 1 < length; i++) offer(i);
  while (queue.size > 0) {
    const entry = queue.pop();
    const rank = Math.floor(entry / rankStep);
    const left = entry - rank * rankStep;
    const right = next[left]!;
    if (isGone[left] || right >= length) continue;
    // An entry is stale when what stands there now would make something else.
    const current = ranks.get(ids[left]!, ids[right]!);
    if (current < 0 || made[current] !== made[rank]) continue;
    ids[left] = made[rank]!;
    ends[left] = ends[right]!;
    isGone[right] = 1;
    next[left] = next[right]!;
    if (next[left]! < length) previous[next[left]!] = left;
    offer(previous[left]!);
    offer(left);
  }
  const left: number[] = [];
  for (let i = 0; i < length; i = next[i]!) left.push(i);
  return left;
}
