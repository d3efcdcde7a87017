import {
  asDefinition,
  checkNesting,
  type Definition,
  mismatch,
  readBoolean,
  readerOf,
  readInteger,
  readList,
  readString,
} from "./definition.ts";
import { readPrependScheme } from "./pre-tokenizers.ts";
import { characterBytes } from "./text/byte-level.ts";
import { Growth } from "./text/growth.ts";
import { readPattern } from "./text/pattern.ts";

/** A step from token texts back to the text; the texts of the last step are joined. */
export type Decoder = (texts: readonly string[]) => readonly string[];

type Step = (texts: readonly string[], growth: Growth) => readonly string[];

const readers: Readonly<Record<string, (from: Definition, place: string) => Step>> = {
  WordPiece: readWordPiece,
  ByteLevel: () => decodeByteLevel,
  ByteFallback: () => decodeByteFallback,
  Metaspace(from, place) {
    const sign = readString(from, "replacement", place, "▁");
    const dropsFirst = readPrependScheme(from, place) !== "never";
    return (texts) =>
      texts.map((text, i) => text.replaceAll(sign, i === 0 && dropsFirst ? "" : " "));
  },
  BPEDecoder(from, place) {
    const suffix = readString(from, "suffix", place, "</w>");
    return (texts) =>
      texts.map((text, i) => text.replaceAll(suffix, i === texts.length - 1 ? "" : " "));
  },
  Replace(from, place) {
    const pattern = readPattern(from.pattern, `${place}.pattern`);
    const content = readString(from, "content", place);
    return (texts, growth) => {
      const before = lengthOf(texts);
      let after = 0;
      return texts.map((text) => {
        let replaced = "";
        let copied = 0;
        for (const { start, end } of pattern(text)) {
          replaced += text.slice(copied, start) + content;
          copied = end;
          growth.check(after + replaced.length - before);
        }
        replaced += text.slice(copied);
        after += replaced.length;
        return replaced;
      });
    };
  },
  Fuse: () => (texts) => [texts.join("")],
  Trim: () => (texts) => [bare(texts.join(""))],
  Pieces: readPieces,
  Strip: readStrip,
  Sequence(from, place) {
    const steps = readList(from, "decoders", place).map((step, i) =>
      readStep(step, `${place}.decoders[${i}]`),
    );
    return (texts, growth) =>
      steps.reduce((now, step) => {
        const next = step(now, growth);
        growth.add(lengthOf(next) - lengthOf(now));
        return next;
      }, texts);
  },
};

/** A decoder of tokenizer.json; null puts a space between tokens. Throws TokenError for what does not fit. */
export function readDecoder(value: unknown, place: string): Decoder {
  if (value === undefined || value === null) return (texts) => [texts.join(" ")];
  checkNesting(value, "decoders", place);
  const decode = readStep(value, place);
  return (texts) => decode(texts, new Growth(lengthOf(texts)));
}

function readStep(value: unknown, place: string): Step {
  if (value === undefined || value === null) return (texts) => [texts.join(" ")];
  const from = asDefinition(value, place);
  const step = readerOf(readers, from.type, place)(from, place);
  return (texts, growth) => {
    growth.place = place;
    return step(texts, growth);
  };
}

function lengthOf(texts: readonly string[]): number {
  return texts.reduce((length, text) => length + text.length, 0);
}

/** English contractions and punctuation as BERT's decoder draws them together. */
const cleanUps: readonly (readonly [string, string])[] = [
  [" .", "."],
  [" ?", "?"],
  [" !", "!"],
  [" ,", ","],
  [" ' ", "'"],
  [" n't", "n't"],
  [" 'm", "'m"],
  [" do not", " don't"],
  [" 's", "'s"],
  [" 've", "'ve"],
  [" 're", "'re"],
];

/** A decoded text as `clean_up_tokenization_spaces` asks for: contractions and punctuation drawn together. */
export function cleanedUp(text: string): string {
  return cleanUps
    .filter(([old]) => old !== " do not")
    .reduce((now, [old, better]) => now.replaceAll(old, better), text);
}

function readWordPiece(from: Definition, place: string): Step {
  const prefix = readString(from, "prefix", place, "##");
  const cleansUp = readBoolean(from, "cleanup", place, true);
  const clean = (text: string) =>
    cleanUps.reduce((now, [old, better]) => now.replaceAll(old, better), text);
  return (texts) =>
    texts.map((text, i) => {
      const isContinued = text.startsWith(prefix);
      const joined = i === 0 ? text : isContinued ? text.slice(prefix.length) : ` ${text}`;
      return cleansUp ? clean(joined) : joined;
    });
}

function readStrip(from: Definition, place: string): Step {
  const content = readString(from, "content", place, " ");
  const most = {
    start: readInteger(from, "start", place, 0),
    stop: readInteger(from, "stop", place, 0),
  };
  if (content.length !== 1) throw mismatch(`${place}.content`, "one character", content);
  return (texts) =>
    texts.map((text) => {
      let start = 0;
      let end = text.length;
      while (start < most.start && text[start] === content) start++;
      while (end > start && text.length - end < most.stop && text[end - 1] === content) end--;
      return text.slice(start, end);
    });
}

/** What SentencePiece's program writes for pieces between special tokens; the ends of the whole are bare. */
function readPieces(from: Definition): Step {
  const {
    known,
    silent,
    unknown,
    prefix,
    all,
    special,
    before = "",
    after = "",
    spells,
  } = from as unknown as PieceRules;
  const isSpecial = new Set(special);
  const written = (texts: readonly string[]): string => {
    let text = "";
    let isStart = prefix;
    // Bytes side by side are characters together.
    const fused = decodeByteFallback(texts.filter((piece) => !silent.has(piece)));
    for (const piece of fused) {
      if (piece === unknown) text += " \u2047 ";
      else if (!known.has(piece) && piece.includes("▁")) text += piece;
      else {
        const isCut = isStart && piece.startsWith("▁");
        text += (isCut ? piece.slice(1) : piece).replaceAll("▁", " ");
        if (isCut && !all) isStart = false;
      }
      if (text !== "") isStart = false;
    }
    return spells ? text.replaceAll("▁", " ") : text;
  };
  return (texts) => {
    let text = "";
    let pieces: string[] = [];
    let wasSpecial = false;
    for (const piece of texts) {
      if (!isSpecial.has(piece)) {
        pieces.push(piece);
        wasSpecial = false;
        continue;
      }
      text += (wasSpecial ? "" : before) + written(pieces) + piece + after;
      pieces = [];
      wasSpecial = true;
    }
    return [bare(text + written(pieces))];
  };
}

/** A text without white space at its ends, as Python strips it. */
function bare(text: string): string {
  const space =
    "[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]";
  return text
    .replace(new RegExp(`^${space}+`), "")
    .replace(new RegExp(`(?<!${space})${space}+$`), "");
}

interface PieceRules {
  readonly known: ReadonlySet<string>;
  readonly silent: ReadonlySet<string>;
  readonly unknown: string | undefined;
  readonly prefix: boolean;
  readonly all: boolean;
  readonly special: readonly string[];
  readonly before?: string;
  readonly after?: string;
  readonly spells?: boolean;
}

function decodeByteLevel(texts: readonly string[]): readonly string[] {
  const bytes: number[] = [];
  for (const text of texts) {
    const own = Array.from(text, (character) => characterBytes.get(character));
    // An added token may hold characters outside the alphabet: it stands for itself.
    for (const byte of own.includes(undefined) ? new TextEncoder().encode(text) : own)
      bytes.push(byte!);
  }
  return [new TextDecoder("utf-8", { ignoreBOM: true }).decode(Uint8Array.from(bytes))];
}

/** Runs of `<0xHH>` as the text they spell; a run that is not UTF-8 becomes one U+FFFD a byte. */
function decodeByteFallback(texts: readonly string[]): readonly string[] {
  const decoded: string[] = [];
  let bytes: number[] = [];
  const flush = () => {
    if (bytes.length > 0) decoded.push(decodeStrictly(bytes));
    bytes = [];
  };
  for (const text of texts) {
    if (/^<0x[0-9a-fA-F]{2}>$/.test(text)) {
      bytes.push(Number.parseInt(text.slice(3, 5), 16));
      continue;
    }
    flush();
    decoded.push(text);
  }
  flush();
  return decoded;
}

function decodeStrictly(bytes: readonly number[]): string {
  try {
    return new TextDecoder("utf-8", { ignoreBOM: true, fatal: true }).decode(
      Uint8Array.from(bytes),
    );
  } catch {
    return "\ufffd".repeat(bytes.length);
  }
}
