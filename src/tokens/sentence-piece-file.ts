import { TokenError } from "../errors/errors.ts";

/** A piece of a SentencePiece model: what it is for decides how it is found. */
export interface SentencePiece {
  readonly text: string;
  /** A log-probability, or for BPE minus the rank of its merge. */
  readonly score: number;
  readonly kind: "normal" | "unknown" | "control" | "user" | "unused" | "byte";
}

/** A SentencePiece model as its training wrote it. */
export interface SentencePieceModel {
  readonly pieces: readonly SentencePiece[];
  readonly model: "unigram" | "bpe" | "word" | "char";
  readonly fallsBackToBytes: boolean;
  readonly unknownId: number;
  /** Texts of the unknown token, the beginning and the end; undefined where the model has none. */
  readonly unknown: string | undefined;
  readonly beginning: string | undefined;
  readonly end: string | undefined;
  /** The character map as base64, where there is one. */
  readonly charsmap: string | undefined;
  readonly addsPrefix: boolean;
  readonly removesBlanks: boolean;
  readonly escapesBlanks: boolean;
}

const kinds = ["normal", "normal", "unknown", "control", "user", "unused", "byte"] as const;
const models = ["unigram", "unigram", "bpe", "word", "char"] as const;

/** Reads a `.model` file: a protocol buffer with pieces (1), the trainer's settings (2) and the normalizer's (3). */
export function readSentencePiece(bytes: Uint8Array, place: string): SentencePieceModel {
  const pieces: SentencePiece[] = [];
  let trainer: Message = new Map();
  let normalizer: Message = new Map();
  for (const [field, value] of fieldsOf(bytes, place)) {
    if (!(value instanceof Uint8Array)) continue;
    if (field === 1) pieces.push(readPiece(value, place));
    if (field === 2) trainer = new Map(fieldsOf(value, place));
    if (field === 3) normalizer = new Map(fieldsOf(value, place));
  }
  if (pieces.length === 0)
    throw new TokenError(`${place} holds no pieces. Is it a SentencePiece model, and complete?`);
  const charsmap = normalizer.get(2);
  return {
    pieces,
    model: models[numberOf(trainer, 3, 1)] ?? "unigram",
    fallsBackToBytes: numberOf(trainer, 35, 0) !== 0,
    unknownId: numberOf(trainer, 40, 0),
    unknown: numberOf(trainer, 40, 0) < 0 ? undefined : textOf(trainer, 45, "<unk>"),
    beginning: numberOf(trainer, 41, 1) < 0 ? undefined : textOf(trainer, 46, "<s>"),
    end: numberOf(trainer, 42, 2) < 0 ? undefined : textOf(trainer, 47, "</s>"),
    charsmap: charsmap instanceof Uint8Array && charsmap.length > 0 ? base64(charsmap) : undefined,
    addsPrefix: numberOf(normalizer, 3, 1) !== 0,
    removesBlanks: numberOf(normalizer, 4, 1) !== 0,
    escapesBlanks: numberOf(normalizer, 5, 1) !== 0,
  };
}

type Field = number | Uint8Array;
type Message = ReadonlyMap<number, Field>;

function readPiece(bytes: Uint8Array, place: string): SentencePiece {
  const fields: Message = new Map(fieldsOf(bytes, place));
  const score = fields.get(2);
  return {
    text: textOf(fields, 1, ""),
    score: score instanceof Uint8Array ? float(score, place) : 0,
    kind: kinds[numberOf(fields, 3, 1)] ?? "normal",
  };
}

/** The fields of a message: varints as numbers, everything else as bytes. */
function* fieldsOf(bytes: Uint8Array, place: string): Generator<readonly [number, Field]> {
  let at = 0;
  const varint = (): number => {
    let value = 0n;
    for (let shift = 0n; at < bytes.length && shift < 70n; shift += 7n) {
      const byte = bytes[at++]!;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return Number(BigInt.asIntN(64, value));
    }
    throw broken(place, at);
  };
  while (at < bytes.length) {
    const tag = varint();
    const kind = tag & 7;
    if (kind === 0) {
      yield [tag >>> 3, varint()];
      continue;
    }
    const length = kind === 5 ? 4 : kind === 1 ? 8 : kind === 2 ? varint() : -1;
    if (length < 0 || at + length > bytes.length) throw broken(place, at);
    yield [tag >>> 3, bytes.subarray(at, at + length)];
    at += length;
  }
}

function broken(place: string, at: number): TokenError {
  return new TokenError(
    `${place} is no SentencePiece model: byte ${at} of a message does not fit. Is the file complete?`,
  );
}

function numberOf(message: Message, field: number, fallback: number): number {
  const value = message.get(field);
  return typeof value === "number" ? value : fallback;
}

function textOf(message: Message, field: number, fallback: string): string {
  const value = message.get(field);
  return value instanceof Uint8Array ? new TextDecoder().decode(value) : fallback;
}

function float(bytes: Uint8Array, place: string): number {
  if (bytes.length !== 4) throw broken(place, 0);
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getFloat32(0, true);
}

function base64(bytes: Uint8Array): string {
  let binary = "";
  for (let start = 0; start < bytes.length; start += 0x8000)
    binary += String.fromCharCode(...bytes.subarray(start, start + 0x8000));
  return btoa(binary);
}
