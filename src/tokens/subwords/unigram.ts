import { TokenError } from "../../errors/errors.ts";
import {
  type Definition,
  isIndex,
  mismatch,
  readBoolean,
  readList,
  readString,
} from "../definition.ts";
import { Automaton } from "../text/automaton.ts";
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
  const unknownScore =
    scores.reduce((least, score) => Math.min(least, score), Infinity) - unknownPenalty;
  const isSingle = readBoolean(from, "single_precision", place, false);
  const pathOf = makePathFinder(vocabulary, scores, {
    id: unknownId,
    score: unknownScore,
    round: isSingle ? Math.fround : (score) => score,
  });

  const split = (word: string): WordPart[] => {
    return pathOf(word).flatMap(({ start, end }) => {
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

/** Tokens with their log-probabilities, by id. Throws TokenError where an entry is no such pair. */
export function readScores(
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
  /** What a sum of scores is rounded to. */
  readonly round: (score: number) => number;
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/** The best way to each unit of a word: its score, where its last part begins, and whether that part is unknown. */
class Ways {
  private readonly best: Float64Array;
  private readonly from: Int32Array;
  private readonly isUnknown: Uint8Array;

  private readonly round: (score: number) => number;

  constructor(length: number, round: (score: number) => number) {
    this.round = round;
    this.best = new Float64Array(length + 1);
    this.from = new Int32Array(length + 1).fill(-1);
    this.isUnknown = new Uint8Array(length + 1);
  }

  /** Of two ways with one score the first that was offered stays. */
  offer(start: number, end: number, own: number, isUnknown: boolean): void {
    const score = this.round(this.best[start]! + own);
    if (this.from[end]! >= 0 && score <= this.best[end]!) return;
    this.best[end] = score;
    this.from[end] = start;
    this.isUnknown[end] = isUnknown ? 1 : 0;
  }

  /** The parts of the best way to the end; unknown ones side by side are one. */
  spans(): Span[] {
    const { from, isUnknown } = this;
    const spans: Span[] = [];
    for (let end = from.length - 1; end > 0; ) {
      let start = from[end]!;
      if (isUnknown[end]) while (start > 0 && isUnknown[start]) start = from[start]!;
      spans.push({ start, end });
      end = start;
    }
    return spans.reverse();
  }
}

/** Gives the parts of a word along its best path. */
type PathFinder = (word: string) => Span[];

/** Tokens longer than this, in UTF-16 units, are found by their ends: to walk along them from each unit takes too long. */
const longToken = 256;

function makePathFinder(
  vocabulary: Vocabulary,
  scores: Float64Array,
  unknown: Unknown,
): PathFinder {
  let longest = 0;
  for (const text of vocabulary.ids.keys()) longest = Math.max(longest, text.length);
  return longest > longToken
    ? byEnds(vocabulary, scores, unknown)
    : byStarts(buildTrie(vocabulary), scores, unknown);
}

function byStarts({ edges, ids }: Trie, scores: Float64Array, unknown: Unknown): PathFinder {
  return (word) => {
    const { length } = word;
    const ways = new Ways(length, unknown.round);
    for (let start = 0; start < length; ) {
      const next = start + (word.codePointAt(start)! > 0xffff ? 2 : 1);
      let isCovered = false;
      for (let node = 0, unit = start; unit < length; unit++) {
        node = edges.get(node, word.charCodeAt(unit));
        if (node < 0) break;
        const id = ids[node]!;
        if (id < 0) continue;
        ways.offer(start, unit + 1, scores[id]!, id === unknown.id);
        if (unit + 1 === next) isCovered = true;
      }
      if (!isCovered) ways.offer(start, next, unknown.score, true);
      start = next;
    }
    return ways.spans();
  };
}

/** The same path: all tokens that end at a unit, the longest first, are those that begin before it in their order. */
function byEnds({ ids, texts }: Vocabulary, scores: Float64Array, unknown: Unknown): PathFinder {
  const automaton = new Automaton(ids);
  return (word) => {
    const ways = new Ways(word.length, unknown.round);
    for (let start = 0, state = 0; start < word.length; ) {
      const next = start + (word.codePointAt(start)! > 0xffff ? 2 : 1);
      let isCovered = false;
      for (let unit = start; unit < next; unit++) {
        state = automaton.step(state, word.charCodeAt(unit));
        for (let id = automaton.longest[state]!; id >= 0; id = automaton.within[id]!) {
          const from = unit + 1 - texts[id]!.length;
          if (isInsideCharacter(word, from)) continue;
          ways.offer(from, unit + 1, scores[id]!, id === unknown.id);
          if (from === start && unit + 1 === next) isCovered = true;
        }
      }
      if (!isCovered) ways.offer(start, next, unknown.score, true);
      start = next;
    }
    return ways.spans();
  };
}

function isInsideCharacter(text: string, unit: number): boolean {
  return unit > 0 && text.codePointAt(unit - 1)! > 0xffff;
}
