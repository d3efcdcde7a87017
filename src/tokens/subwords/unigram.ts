import { TokenError } from "../../errors/errors.ts";
import {
  type Definition,
  isIndex,
  mismatch,
  readBoolean,
  readList,
  readString,
} from "../definition.ts";
import { PairTable } from "./pair-table.ts";
import type { Model, WordPart } from "./subword-model.ts";
import { byteIds, type Vocabulary } from "./vocabulary.ts";

/** How much worse an unknown character scores than the worst token (SentencePiece's kUnkPenalty). */
const unknownPenalty = 10;

/** Unigram language model (Kudo 2018): the parts whose log-probabilities add up to the most (Viterbi). */
export function readUnigram(from: Definition, place: string): Model {
  const { vocabulary, scores } = readScores(readList(from, "vocab", place), `${place}.vocab`);
  const unknownId = findUnknown(from, vocabulary, place);
  const fallsBackToBytes = readBoolean(from, "byte_fallback", place, false);
  const tokens = buildTrie(vocabulary);
  const unknownScore =
    scores.reduce((least, score) => Math.min(least, score), Infinity) - unknownPenalty;

  const split = (word: string): WordPart[] => {
    const path = bestPath(word, tokens, scores, { id: unknownId, score: unknownScore });
    return path.flatMap(({ start, end }) => {
      const text = word.slice(start, end);
      const id = vocabulary.ids.get(text);
      if (id !== undefined) return [{ id, text, start, end }];
      const bytes = fallsBackToBytes ? byteIds(text, vocabulary) : undefined;
      if (bytes)
        return bytes.map((byte) => ({ id: byte, text: vocabulary.texts[byte] ?? "", start, end }));
      if (unknownId === undefined) {
        throw new TokenError(
          `${place} has no unk_id, and the vocabulary of ${vocabulary.ids.size} tokens cannot spell ${JSON.stringify(text)}.`,
        );
      }
      return [{ id: unknownId, text, start, end }];
    });
  };
  const unknown = unknownId === undefined ? undefined : vocabulary.texts[unknownId];
  return { vocabulary, unknown, split };
}

function readScores(
  list: readonly unknown[],
  place: string,
): { vocabulary: Vocabulary; scores: Float64Array } {
  const ids = new Map<string, number>();
  const scores = new Float64Array(list.length);
  const texts = list.map((entry, id) => {
    const [text, score] = Array.isArray(entry) ? entry : [];
    if (typeof text !== "string" || typeof score !== "number") {
      throw mismatch(`${place}[${id}]`, "a token and its score", entry);
    }
    ids.set(text, id);
    scores[id] = score;
    return text;
  });
  if (texts.length === 0) throw mismatch(place, "a list with at least one token", list);
  return { vocabulary: { ids, texts }, scores };
}

/** `unk_id`, or where an old file lacks it, the id of its unknown token. */
function findUnknown(
  from: Definition,
  { ids, texts }: Vocabulary,
  place: string,
): number | undefined {
  const given = from.unk_id;
  if (given === undefined || given === null)
    return ids.get(readString(from, "unk_token", place, "<unk>"));
  if (!isIndex(given) || given >= texts.length) {
    throw mismatch(`${place}.unk_id`, `an id below ${texts.length}`, given);
  }
  return given;
}

/** All tokens by their UTF-16 units: edges from (node, unit) to node, and the token that ends at a node. */
interface Trie {
  readonly edges: PairTable;
  readonly ids: readonly number[];
}

function buildTrie(vocabulary: Vocabulary): Trie {
  const edges = new PairTable(vocabulary.ids.size * 4);
  const ids = [-1];
  for (const [text, id] of vocabulary.ids) {
    let node = 0;
    for (let unit = 0; unit < text.length; unit++) {
      const code = text.charCodeAt(unit);
      let child = edges.get(node, code);
      if (child < 0) {
        child = ids.push(-1) - 1;
        edges.set(node, code, child);
      }
      node = child;
    }
    if (node > 0) ids[node] = id;
  }
  return { edges, ids };
}

interface Unknown {
  readonly id: number | undefined;
  readonly score: number;
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/** The spans of the best path; unknown characters side by side are one span. */
function bestPath(
  word: string,
  { edges, ids }: Trie,
  scores: Float64Array,
  unknown: Unknown,
): Span[] {
  const { length } = word;
  const best = new Float64Array(length + 1);
  const from = new Int32Array(length + 1).fill(-1);
  const isUnknown = new Uint8Array(length + 1);
  const offer = (start: number, end: number, score: number, isFused: number) => {
    if (from[end]! >= 0 && score <= best[end]!) return;
    best[end] = score;
    from[end] = start;
    isUnknown[end] = isFused;
  };
  for (let start = 0; start < length; ) {
    const next = start + (word.codePointAt(start)! > 0xffff ? 2 : 1);
    const sofar = best[start]!;
    let isCovered = false;
    for (let node = 0, unit = start; unit < length; unit++) {
      node = edges.get(node, word.charCodeAt(unit));
      if (node < 0) break;
      const id = ids[node]!;
      if (id < 0) continue;
      offer(start, unit + 1, sofar + scores[id]!, id === unknown.id ? 1 : 0);
      if (unit + 1 === next) isCovered = true;
    }
    if (!isCovered) offer(start, next, sofar + unknown.score, 1);
    start = next;
  }
  const spans: Span[] = [];
  for (let end = length; end > 0; ) {
    let start = from[end]!;
    if (isUnknown[end]) while (start > 0 && isUnknown[start]) start = from[start]!;
    spans.push({ start, end });
    end = start;
  }
  return spans.reverse();
}
