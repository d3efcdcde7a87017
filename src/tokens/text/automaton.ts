import { PairTable } from "../subwords/pair-table.ts";

/**
 * All of some texts found in one pass over another, unit by unit, however many and long they are (Aho and Corasick
 * 1975). A state is the longest end of what was read with which one of the texts begins; state 0 is none.
 */
export class Automaton {
  /** For each state the value of the longest text that what was read ends with, or -1. */
  readonly longest: Int32Array;
  /** For each value the value of the next longest text that its text ends with, or -1. */
  readonly within: readonly number[];
  private readonly edges: PairTable;
  private readonly fallbacks: Int32Array;
  /** Whether a text begins with a unit: most units of most texts need no more than this. */
  private readonly begins = new Uint8Array(0x10000);

  /** Of texts and their values (from 0 up); of two equal texts the later value is kept. */
  constructor(texts: Iterable<readonly [string, number]>) {
    const edges = new PairTable(1024);
    const parents = [0];
    const codes = [0];
    const depths = [0];
    const values = [-1];
    const within: number[] = [];
    for (const [text, value] of texts) {
      let state = 0;
      for (let unit = 0; unit < text.length; unit++) {
        const code = text.charCodeAt(unit);
        let next = edges.get(state, code);
        if (next < 0) {
          next = parents.push(state) - 1;
          codes.push(code);
          depths.push(unit + 1);
          values.push(-1);
          edges.set(state, code, next);
        }
        state = next;
      }
      if (text !== "") {
        this.begins[text.charCodeAt(0)] = 1;
        values[state] = value;
      }
    }
    this.edges = edges;
    this.longest = Int32Array.from(values);
    this.fallbacks = new Int32Array(values.length);
    for (const state of byDepth(depths)) {
      if (depths[state]! > 1) {
        this.fallbacks[state] = this.step(this.fallbacks[parents[state]!]!, codes[state]!);
      }
      const own = this.longest[state]!;
      const shorter = this.longest[this.fallbacks[state]!]!;
      if (own === -1) this.longest[state] = shorter;
      else within[own] = shorter;
    }
    this.within = within;
  }

  /** The state after one more unit. */
  step(state: number, code: number): number {
    for (let from = state; ; from = this.fallbacks[from]!) {
      if (from === 0 && this.begins[code] === 0) return 0;
      const next = this.edges.get(from, code);
      if (next >= 0) return next;
      if (from === 0) return 0;
    }
  }
}

/** All states but the first, those of less depth first. */
function byDepth(depths: readonly number[]): Int32Array {
  let deepest = 0;
  for (const depth of depths) deepest = Math.max(deepest, depth);
  const ends = new Int32Array(deepest + 2);
  for (const depth of depths) ends[depth + 1]!++;
  for (let depth = 1; depth < ends.length; depth++) ends[depth]! += ends[depth - 1]!;
  const states = new Int32Array(depths.length);
  for (const [state, depth] of depths.entries()) states[ends[depth]!++] = state;
  return states.subarray(1);
}

/** A text of a list that begins somewhere in another: which one, and at what unit. */
export interface Occurrence {
  readonly index: number;
  readonly start: number;
}

/** Texts looked for in others: where several begin at one place the longest counts, and none begins inside another. */
export class TextFinder {
  private readonly backwards: Automaton;
  private readonly lengths: readonly number[];

  constructor(texts: readonly string[]) {
    this.lengths = texts.map((text) => text.length);
    this.backwards = new Automaton(backwards(texts));
  }

  /** For each unit the index of the longest text that begins there, or -1. */
  longestFrom(text: string): Int32Array {
    const found = new Int32Array(text.length);
    const { backwards } = this;
    for (let unit = text.length - 1, state = 0; unit >= 0; unit--) {
      state = backwards.step(state, text.charCodeAt(unit));
      found[unit] = backwards.longest[state]!;
    }
    return found;
  }

  /** The occurrences, from left to right. */
  find(text: string): Occurrence[] {
    const longest = this.longestFrom(text);
    const found: Occurrence[] = [];
    for (let start = 0; start < text.length; ) {
      const index = longest[start]!;
      if (index >= 0) found.push({ index, start });
      start += index >= 0 ? this.lengths[index]! : 1;
    }
    return found;
  }
}

/** Half a character at an end of a text: it is not found in whole ones. */
const half = /^[\udc00-\udfff]|[\ud800-\udbff]$/;

/** Each text from its end to its start, with its index. */
function* backwards(texts: readonly string[]): Generator<readonly [string, number]> {
  for (const [index, text] of texts.entries()) {
    if (half.test(text)) continue;
    let reversed = "";
    for (let unit = text.length - 1; unit >= 0; unit--) reversed += text[unit];
    yield [reversed, index];
  }
}
