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
import { splitBert } from "./text/bert-text.ts";
import { splitByteLevel } from "./text/byte-level.ts";
import { linearPattern, literalPattern, readPattern } from "./text/pattern.ts";
import {
  type Piece,
  pieceStart,
  prependPiece,
  type SplitBehavior,
  slicePiece,
  splitPiece,
} from "./text/pieces.ts";
import { characterClass } from "./text/unicode.ts";

/** A step that cuts a piece of text into smaller ones, the last of which are the words that the model sees. */
export type PreTokenizer = (piece: Piece) => readonly Piece[];

const behaviors = ["Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"];

const readers: Readonly<Record<string, (from: Definition, place: string) => PreTokenizer>> = {
  BertPreTokenizer: () => splitBert,
  ByteLevel(from, place) {
    const steps = {
      addsPrefixSpace: readBoolean(from, "add_prefix_space", place, true),
      splitsWords: readBoolean(from, "use_regex", place, true),
    };
    return (piece) => splitByteLevel(piece, steps);
  },
  Whitespace() {
    const word = characterClass("word");
    const pattern = linearPattern(`[${word}]+|[^${word}${characterClass("whiteSpace")}]+`);
    return (piece) => splitPiece(piece, pattern, "Removed", true);
  },
  WhitespaceSplit() {
    const pattern = linearPattern(`[${characterClass("whiteSpace")}]+`);
    return (piece) => splitPiece(piece, pattern, "Removed");
  },
  Metaspace: readMetaspace,
  Punctuation(from, place) {
    const pattern = linearPattern(`[${characterClass("bertPunctuation")}]`);
    const behavior = readBehavior(from, place, "Isolated");
    return (piece) => splitPiece(piece, pattern, behavior);
  },
  Digits(from, place) {
    const isEach = readBoolean(from, "individual_digits", place, false);
    const pattern = linearPattern(`[${characterClass("numeric")}]`);
    return (piece) => splitPiece(piece, pattern, isEach ? "Isolated" : "Contiguous");
  },
  Split(from, place) {
    const pattern = readPattern(from.pattern, `${place}.pattern`);
    const behavior = readBehavior(from, place);
    const invert = readBoolean(from, "invert", place, false);
    return (piece) => splitPiece(piece, pattern, behavior, invert);
  },
  CharDelimiterSplit(from, place) {
    const delimiter = readString(from, "delimiter", place);
    if (delimiter === "") throw mismatch(`${place}.delimiter`, "a character", delimiter);
    const pattern = literalPattern([delimiter]);
    return (piece) => splitPiece(piece, pattern, "Removed");
  },
  FixedLength(from, place) {
    const length = readInteger(from, "length", place, 5);
    if (length < 1) throw mismatch(`${place}.length`, "a whole number from 1", length);
    const pattern = linearPattern(`[^]{1,${length}}`);
    return (piece) => splitPiece(piece, pattern, "Isolated");
  },
  Sequence(from, place) {
    const steps = readList(from, "pretokenizers", place).flatMap((step, i) =>
      step === null ? [] : [readStep(step, `${place}.pretokenizers[${i}]`)],
    );
    return (piece) =>
      steps.reduce<readonly Piece[]>((pieces, step) => pieces.flatMap(step), [piece]);
  },
};

/** A pre-tokenizer of tokenizer.json; null leaves each piece whole. Throws TokenError for what does not fit. */
export function readPreTokenizer(value: unknown, place: string): PreTokenizer {
  if (value === undefined || value === null) return (piece) => [piece];
  checkNesting(value, "pretokenizers", place);
  return readStep(value, place);
}

function readStep(value: unknown, place: string): PreTokenizer {
  const from = asDefinition(value, place);
  const step = readerOf(readers, from.type, place)(from, place);
  return (piece) => {
    piece.source.growth.place = place;
    return step(piece);
  };
}

function readBehavior(from: Definition, place: string, fallback?: string): SplitBehavior {
  const behavior = readString(from, "behavior", place, fallback);
  if (!behaviors.includes(behavior)) {
    throw mismatch(`${place}.behavior`, `one of ${behaviors.join(", ")}`, behavior);
  }
  return behavior as SplitBehavior;
}

/** When Metaspace puts its sign in front: before every piece, before the text's first one, or never. */
export type PrependScheme = "always" | "first" | "never";

/** Metaspace's `prepend_scheme`, or what the older key `add_prefix_space` stood for. */
export function readPrependScheme(from: Definition, place: string): PrependScheme {
  const isAdded = readBoolean(from, "add_prefix_space", place, true);
  const scheme = readString(from, "prepend_scheme", place, isAdded ? "always" : "never");
  if (scheme !== "always" && scheme !== "first" && scheme !== "never") {
    throw mismatch(`${place}.prepend_scheme`, '"always", "first" or "never"', scheme);
  }
  return scheme;
}

function readMetaspace(from: Definition, place: string): PreTokenizer {
  const sign = readString(from, "replacement", place, "▁");
  const scheme = readPrependScheme(from, place);
  const splits = readBoolean(from, "split", place, true);
  if (sign.length !== 1) throw mismatch(`${place}.replacement`, "one character", sign);
  return (piece) => {
    const replaced = { ...piece, text: piece.text.replaceAll(" ", sign) };
    const isPrepended =
      !replaced.text.startsWith(sign) &&
      (scheme === "always" || (scheme === "first" && pieceStart(piece, 0) === 0));
    const signed = isPrepended ? prependPiece(replaced, sign) : replaced;
    return splits ? splitBeforeEach(signed, sign) : [signed];
  };
}

function splitBeforeEach(piece: Piece, sign: string): readonly Piece[] {
  const pieces: Piece[] = [];
  for (let start = 0; start < piece.text.length; ) {
    const found = piece.text.indexOf(sign, start + 1);
    const end = found < 0 ? piece.text.length : found;
    pieces.push(start === 0 && end === piece.text.length ? piece : slicePiece(piece, start, end));
    start = end;
  }
  return pieces;
}
