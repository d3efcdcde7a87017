import { TokenError } from "../../errors/errors.ts";
import { type Aligned, rewriteRuns, transform } from "./aligned.ts";
import { graphemeEnd } from "./graphemes.ts";

/** A SentencePiece character map: what a text's first known character, or short sequence of them, is replaced by. */
export interface Charsmap {
  /** The replacement for the shortest key that the text begins with. */
  find(text: string): string | undefined;
  /** The replacement for the longest key that stands at a place of the text, and where that key ends. */
  findLongest(
    text: string,
    start: number,
  ): { readonly end: number; readonly content: string } | undefined;
}

/** Graphemes of this many UTF-8 bytes are looked up character by character (the rule of the Rust library). */
const longGrapheme = 6;

/**
 * Reads a `precompiled_charsmap`: base64 of a u32 with the byte length of a Darts double array, the array's u32 units,
 * then replacements as UTF-8 that end in NUL; all little-endian.
 */
export function readCharsmap(base64: string, place: string): Charsmap {
  const bytes = decodeBase64(base64, place);
  const view = new DataView(bytes.buffer);
  const arrayBytes = bytes.length >= 4 ? view.getUint32(0, true) : 0;
  if (arrayBytes === 0 || arrayBytes % 4 !== 0 || 4 + arrayBytes > bytes.length) {
    throw new TokenError(
      `${place} must hold a double array and its replacements, got ${bytes.length} bytes that announce ${arrayBytes}. Is the file cut?`,
    );
  }
  const units = new Uint32Array(arrayBytes / 4);
  for (let i = 0; i < units.length; i++) units[i] = view.getUint32(4 + 4 * i, true);
  const blob = bytes.subarray(4 + arrayBytes);
  const replacements = new Map<number, string>();
  const replacementAt = (start: number) => {
    const known = replacements.get(start);
    if (known !== undefined) return known;
    const end = blob.indexOf(0, start);
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    const replacement = decoder.decode(blob.subarray(start, end < 0 ? blob.length : end));
    replacements.set(start, replacement);
    return replacement;
  };
  /** Every key that stands at a place of a text, shortest first: its end and its replacement. */
  function* keysAt(text: string, start: number): Generator<Replaced> {
    let node = offset(units[0]!);
    for (let at = start; at < text.length; ) {
      const codePoint = text.codePointAt(at)!;
      at += codePoint > 0xffff ? 2 : 1;
      for (const byte of utf8Bytes(codePoint)) {
        node ^= byte;
        const unit = units[node] ?? 0;
        if ((unit & 0x800000ff) !== byte) return;
        node ^= offset(unit);
        if (unit & 0x100)
          yield { end: at, content: replacementAt((units[node] ?? 0) & 0x7fffffff) };
      }
    }
  }
  return {
    find(text) {
      for (const { content } of keysAt(text, 0)) return content;
      return undefined;
    },
    findLongest(text, start) {
      let longest: Replaced | undefined;
      for (const found of keysAt(text, start)) longest = found;
      return longest;
    },
  };
}

interface Replaced {
  readonly end: number;
  readonly content: string;
}

/** A text through a charsmap as SentencePiece's own program does it: at each place the longest key. */
export function applyLongest(source: Aligned, charsmap: Charsmap): Aligned {
  return rewriteRuns(source, (unit) => charsmap.findLongest(source.text, unit));
}

/** A text through a charsmap: grapheme by grapheme while they are short, else character by character. */
export function applyCharsmap(source: Aligned, charsmap: Charsmap): Aligned {
  const { text } = source;
  const characters: string[] = [];
  const changes: number[] = [];
  let isModified = false;
  const replace = (old: string): boolean => {
    const replacement = charsmap.find(old);
    if (replacement === undefined) return false;
    isModified = true;
    source.growth.check(characters.length + replacement.length - text.length);
    const before = countOf(old);
    let added = 0;
    for (const character of replacement) {
      characters.push(character);
      changes.push(++added > before ? 1 : 0);
    }
    if (added < before && changes.length > 0) changes[changes.length - 1]! += added - before;
    return true;
  };
  for (let start = 0; start < text.length; ) {
    const end = graphemeEnd(text, start);
    const grapheme = text.slice(start, end);
    start = end;
    if (byteLength(grapheme) < longGrapheme && replace(grapheme)) continue;
    for (const character of grapheme) {
      if (replace(character)) continue;
      characters.push(character);
      changes.push(0);
    }
  }
  return isModified ? transform(source, characters, changes) : source;
}

function decodeBase64(base64: string, place: string): Uint8Array<ArrayBuffer> {
  let characters: string;
  try {
    characters = atob(base64);
  } catch (cause) {
    const shown = base64.slice(0, 20);
    throw new TokenError(`${place} must be base64, got "${shown}…". Is the file damaged?`, {
      cause,
    });
  }
  const bytes = new Uint8Array(characters.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = characters.charCodeAt(i);
  return bytes;
}

/** Darts' jump out of a unit (Yata's darts-clone). */
function offset(unit: number): number {
  return (unit >>> 10) << ((unit & 0x200) >>> 6);
}

function utf8Bytes(c: number): number[] {
  if (c < 0x80) return [c];
  if (c < 0x800) return [0xc0 | (c >> 6), 0x80 | (c & 63)];
  if (c < 0x10000) return [0xe0 | (c >> 12), 0x80 | ((c >> 6) & 63), 0x80 | (c & 63)];
  return [0xf0 | (c >> 18), 0x80 | ((c >> 12) & 63), 0x80 | ((c >> 6) & 63), 0x80 | (c & 63)];
}

function byteLength(text: string): number {
  let bytes = 0;
  for (let unit = 0; unit < text.length; unit++) {
    const code = text.charCodeAt(unit);
    bytes += code < 0x80 ? 1 : code < 0x800 || (code & 0xf800) === 0xd800 ? 2 : 3;
  }
  return bytes;
}

function countOf(text: string): number {
  return text.length === 1 ? 1 : [...text].length;
}
