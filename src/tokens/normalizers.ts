import {
  asDefinition,
  checkNesting,
  type Definition,
  readBoolean,
  readerOf,
  readList,
  readString,
} from "./definition.ts";
import {
  type Aligned,
  prepend,
  replaceMatches,
  rewrite,
  sliceAligned,
  sourceStart,
} from "./text/aligned.ts";
import { lowerCased, normalizeBert } from "./text/bert-text.ts";
import { toByteCharacters } from "./text/byte-level.ts";
import { type NormalizationForm, normalizeForm } from "./text/canonical.ts";
import { applyCharsmap, applyLongest, readCharsmap } from "./text/charsmap.ts";
import { readPattern } from "./text/pattern.ts";
import { codePointSet } from "./text/unicode.ts";

/** A step that changes the text itself and keeps track of where everything came from. */
export type Normalizer = (source: Aligned) => Aligned;

const form = (name: NormalizationForm) => (): Normalizer => (source) => normalizeForm(source, name);

const readers: Readonly<Record<string, (from: Definition, place: string) => Normalizer>> = {
  NFC: form("NFC"),
  NFD: form("NFD"),
  NFKC: form("NFKC"),
  NFKD: form("NFKD"),
  BertNormalizer: readBert,
  Lowercase: () => (source) => rewrite(source, lowerCased),
  StripAccents: () => stripAccents,
  Strip: readStrip,
  Nmt: () => (source) => rewrite(source, nmt),
  Replace(from, place) {
    const pattern = readPattern(from.pattern, `${place}.pattern`);
    const content = readString(from, "content", place);
    return (source) => replaceMatches(source, pattern, content);
  },
  Prepend(from, place) {
    const characters = readString(from, "prepend", place);
    const isFirstOnly = readBoolean(from, "first", place, false);
    return (source) =>
      isFirstOnly && sourceStart(source, 0) > 0 ? source : prepend(source, characters);
  },
  Precompiled(from, place) {
    const charsmap = readCharsmap(
      readString(from, "precompiled_charsmap", place),
      `${place}.precompiled_charsmap`,
    );
    const isPlain = isSilentOnAscii(charsmap);
    const apply = readBoolean(from, "longest", place, false) ? applyLongest : applyCharsmap;
    return (source) => (isPlain && /^[ -~]*$/.test(source.text) ? source : apply(source, charsmap));
  },
  ByteLevel: () => (source) => rewrite(source, (c) => toByteCharacters(String.fromCodePoint(c))),
  Sequence(from, place) {
    const steps = readList(from, "normalizers", place).flatMap((step, i) =>
      step === null ? [] : [readStep(step, `${place}.normalizers[${i}]`)],
    );
    return (source) => steps.reduce((text, step) => step(text), source);
  },
};

/** A normalizer of tokenizer.json; undefined for null. Throws TokenError for a type or a key that does not fit. */
export function readNormalizer(value: unknown, place: string): Normalizer | undefined {
  if (value === undefined || value === null) return undefined;
  checkNesting(value, "normalizers", place);
  return readStep(value, place);
}

function readStep(value: unknown, place: string): Normalizer {
  const from = asDefinition(value, place);
  const step = readerOf(readers, from.type, place)(from, place);
  return (source) => {
    source.growth.place = place;
    return step(source);
  };
}

function readBert(from: Definition, place: string): Normalizer {
  const isLowerCased = readBoolean(from, "lowercase", place, true);
  const steps = {
    isCleaned: readBoolean(from, "clean_text", place, true),
    isHanApart: readBoolean(from, "handle_chinese_chars", place, true),
    isStripped: readBoolean(from, "strip_accents", place, isLowerCased),
    isLowerCased,
  };
  return (source) => normalizeBert(source, steps);
}

function stripAccents(source: Aligned): Aligned {
  const accents = codePointSet("accents");
  return rewrite(source, (c) => (c > 0x7f && accents.has(c) ? "" : undefined));
}

/** What SentencePiece's rules for translation drop (controls), and what is a blank to them. */
function nmt(codePoint: number): string | undefined {
  const character = String.fromCodePoint(codePoint);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: controls are what it is about
  if (/[\x01-\x08\x0b\x0e-\x1f\x7f\x8f\x9f]/.test(character)) return "";
  return /[\t\n\f\r\u1680\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd]/.test(character)
    ? " "
    : undefined;
}

function readStrip(from: Definition, place: string): Normalizer {
  const atStart = readBoolean(from, "strip_left", place, true);
  const atEnd = readBoolean(from, "strip_right", place, true);
  const whiteSpace = codePointSet("whiteSpace");
  return (source) => {
    const { text } = source;
    let start = 0;
    let end = text.length;
    while (atStart && start < end && whiteSpace.has(text.charCodeAt(start))) start++;
    while (atEnd && end > start && whiteSpace.has(text.charCodeAt(end - 1))) end--;
    return sliceAligned(source, start, end);
  };
}

function isSilentOnAscii(charsmap: { find(text: string): string | undefined }): boolean {
  for (let c = 0x20; c < 0x7f; c++) {
    if (charsmap.find(String.fromCharCode(c)) !== undefined) return false;
  }
  return true;
}
