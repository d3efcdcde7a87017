import { CheckpointError } from "../../errors/errors.ts";
import { short } from "../../errors/visible.ts";
import { otherContent } from "../safetensors.ts";
import type { FileSource } from "../source.ts";
import { blockTypes } from "./blocks.ts";

export type GgufValue = number | boolean | string | readonly GgufValue[];

/** One tensor of a GGUF file. */
export interface GgufTensor {
  readonly name: string;
  /** As ggml names it: F32, Q4_K. */
  readonly type: string;
  /** Slowest axis first, as everywhere else (the file has it the other way round). */
  readonly shape: readonly number[];
  /** Its bytes in the file: [start, end). */
  readonly start: number;
  readonly end: number;
}

export interface GgufHeader {
  readonly metadata: ReadonlyMap<string, GgufValue>;
  readonly tensors: readonly GgufTensor[];
}

/** What is read at first; a header that is longer is read again with twice as much. */
const FIRST_BYTES = 1 << 20;
const LARGEST_HEADER = 512 * 1024 * 1024;

class Short extends Error {}

/** A tensor as the header describes it; offsets count from where the data begins. */
interface Described {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: number;
  readonly offset: number;
}

/**
 * The checked header of a GGUF file (github.com/ggml-org/ggml, docs/gguf.md), versions 2 and 3. Nothing but the header is read.
 * Throws CheckpointError for what is none, sizes that the file does not have, and types that are not known.
 */
export async function readGgufHeader(source: FileSource, file: string): Promise<GgufHeader> {
  const place = `${source.label}: ${file}`;
  const size = await source.size(file);
  if (size === undefined) throw new CheckpointError(`${source.label}: there is no ${file}`);
  const most = Math.min(size, LARGEST_HEADER);
  for (let length = Math.min(FIRST_BYTES, most); ; length = Math.min(2 * length, most)) {
    const bytes = await source.read(file, 0, length);
    try {
      return new Cursor(bytes, place).header(size);
    } catch (error) {
      if (!(error instanceof Short)) throw error;
      if (length === most)
        throw new CheckpointError(
          `${place}: the header does not end within ${length} bytes, the file has ${size}. Is the download complete?`,
        );
    }
  }
}

/** Reads through the first bytes of a file; throws Short where they end. */
class Cursor {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #place: string;
  readonly #text = new TextDecoder("utf-8");
  #at = 0;

  constructor(bytes: Uint8Array, place: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#place = place;
  }

  header(size: number): GgufHeader {
    this.#start();
    const [tensorCount, valueCount] = [this.#long(), this.#long()];
    // A tensor's description takes 24 bytes at least, a value's 13.
    if (tensorCount * 24 + valueCount * 13 > size)
      throw this.#error(
        `says that it holds ${tensorCount} tensors and ${valueCount} values, more than ${size} bytes can`,
      );
    const metadata = new Map<string, GgufValue>();
    for (let n = 0; n < valueCount; n++) {
      const key = this.#string();
      const kind = this.#u32();
      if (metadata.has(key)) throw this.#error(`has "${short(key)}" twice`);
      metadata.set(key, this.#value(kind, key, 0));
    }
    const described = Array.from({ length: tensorCount }, () => this.#tensor());
    return { metadata, tensors: this.#placed(described, metadata, size) };
  }

  #start(): void {
    const reason = otherContent(this.#bytes.subarray(0, 8));
    if (reason) throw this.#error(`is no GGUF file: ${reason}`);
    if (String.fromCharCode(...this.#take(4)) !== "GGUF")
      throw this.#error('is no GGUF file: it does not begin with "GGUF"');
    const version = this.#u32();
    if (version === 2 || version === 3) return;
    const isBig = (version & 0xffff) === 0 && version !== 0;
    throw this.#error(
      isBig
        ? "is a GGUF file of a big-endian machine; convert it with gguf-py (gguf-convert-endian FILE little)"
        : `is of GGUF's version ${version}; heed reads 2 and 3. Convert it again with a newer llama.cpp`,
    );
  }

  #value(kind: number, key: string, depth: number): GgufValue {
    const view = this.#view;
    const scalar = (width: number) => {
      this.#need(width);
      const at = this.#at;
      this.#at += width;
      return at;
    };
    if (kind === 0) return view.getUint8(scalar(1));
    if (kind === 1) return view.getInt8(scalar(1));
    if (kind === 2) return view.getUint16(scalar(2), true);
    if (kind === 3) return view.getInt16(scalar(2), true);
    if (kind === 4) return view.getUint32(scalar(4), true);
    if (kind === 5) return view.getInt32(scalar(4), true);
    if (kind === 6) return view.getFloat32(scalar(4), true);
    if (kind === 7) return view.getUint8(scalar(1)) !== 0;
    if (kind === 8) return this.#string();
    if (kind === 10) return Number(view.getBigUint64(scalar(8), true));
    if (kind === 11) return Number(view.getBigInt64(scalar(8), true));
    if (kind === 12) return view.getFloat64(scalar(8), true);
    if (kind !== 9 || depth > 3)
      throw this.#error(`gives "${short(key)}" a value of kind ${kind}, which GGUF has not`);
    const inner = this.#u32();
    const count = this.#long();
    // Every value takes a byte at least, so that no claim alone takes memory.
    this.#need(count);
    const list: GgufValue[] = [];
    for (let n = 0; n < count; n++) list.push(this.#value(inner, key, depth + 1));
    return list;
  }

  #tensor(): Described {
    const name = this.#string();
    const axes = this.#u32();
    if (axes > 4) throw this.#error(`gives "${short(name)}" ${axes} axes, 4 are the most`);
    const shape = Array.from({ length: axes }, () => this.#long()).reverse();
    return { name, shape, type: this.#u32(), offset: this.#long() };
  }

  #placed(
    described: readonly Described[],
    metadata: ReadonlyMap<string, GgufValue>,
    size: number,
  ): GgufTensor[] {
    const alignment = metadata.get("general.alignment") ?? 32;
    if (typeof alignment !== "number" || !(alignment > 0) || alignment > 65536 || alignment % 8)
      throw this.#error(
        `says general.alignment ${short(String(alignment))}, a multiple of 8 is due`,
      );
    const dataStart = Math.ceil(this.#at / alignment) * alignment;
    const seen = new Set<string>();
    return described.map(({ name, shape, type: id, offset }) => {
      const where = `tensor "${short(name)}"`;
      if (seen.has(name)) throw this.#error(`has ${where} twice`);
      seen.add(name);
      const type = blockTypes.get(id);
      if (!type)
        throw this.#error(
          `stores ${where} as ggml's type ${unread[id] ?? id}, which heed does not read. It reads ${[...blockTypes.values()].map((one) => one.name).join(", ")}: take a file of one of these`,
        );
      const count = shape.reduce((product, axis) => product * axis, 1);
      const width = shape.at(-1) ?? 1;
      if (!Number.isSafeInteger(count * 8)) throw this.#error(`${where} has too many elements`);
      if (width % type.elements !== 0)
        throw this.#error(
          `${where} has rows of ${width} numbers, ${type.name} needs a multiple of ${type.elements}`,
        );
      if (offset % alignment !== 0)
        throw this.#error(`${where} starts at ${offset}, no multiple of ${alignment}`);
      const start = dataStart + offset;
      const end = start + (count / type.elements) * type.bytes;
      if (end > size)
        throw this.#error(
          `${where} ends at byte ${end}, the file has ${size}. Is the download complete?`,
        );
      return { name, type: type.name, shape, start, end };
    });
  }

  #string(): string {
    return this.#text.decode(this.#take(this.#long()));
  }

  #u32(): number {
    this.#need(4);
    this.#at += 4;
    return this.#view.getUint32(this.#at - 4, true);
  }

  #long(): number {
    this.#need(8);
    this.#at += 8;
    const value = Number(this.#view.getBigUint64(this.#at - 8, true));
    if (Number.isSafeInteger(value)) return value;
    throw this.#error(`says ${value} where a size is due (byte ${this.#at - 8})`);
  }

  #take(length: number): Uint8Array {
    this.#need(length);
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  #need(length: number): void {
    if (this.#at + length > this.#bytes.length) throw new Short();
  }

  #error(what: string): CheckpointError {
    return new CheckpointError(`${this.#place} ${what}`);
  }
}

/** Types that ggml has and heed does not read. */
const unread: Readonly<Record<number, string>> = {
  9: "Q8_1",
  15: "Q8_K",
  16: "IQ2_XXS",
  17: "IQ2_XS",
  18: "IQ3_XXS",
  19: "IQ1_S",
  20: "IQ4_NL",
  21: "IQ3_S",
  22: "IQ2_S",
  23: "IQ4_XS",
  29: "IQ1_M",
  34: "TQ1_0",
  35: "TQ2_0",
  39: "MXFP4",
};
