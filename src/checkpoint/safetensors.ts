import { CheckpointError } from "../errors/errors.ts";
import { short } from "../errors/visible.ts";
import { isObject, parseJsonBytes } from "./json/strict-json.ts";
import { BITS } from "./numbers.ts";
import type { FileSource } from "./source.ts";
import { elementCount, type PlacedTensor } from "./stored-checkpoint.ts";

/** What the Rust library accepts at most. */
const LARGEST_HEADER = 100_000_000;
const LENGTH_BYTES = 8;

/** One tensor of a safetensors file. */
export interface SafetensorsEntry {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly number[];
  /** Its bytes in the file: [start, end). */
  readonly start: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  readonly metadata: Readonly<Record<string, string>>;
  readonly entries: readonly SafetensorsEntry[];
}

/**
 * The checked header of a safetensors file (github.com/huggingface/safetensors, "Format"): 8 bytes of length, JSON, data.
 * Nothing but the header is read. Throws CheckpointError for whatever the Rust library refuses, and for repeated names.
 */
export async function readHeader(source: FileSource, file: string): Promise<SafetensorsHeader> {
  const place = `${source.label}: ${file}`;
  const size = await source.size(file);
  if (size === undefined) throw new CheckpointError(`${source.label}: there is no ${file}`);
  if (size < LENGTH_BYTES)
    throw new CheckpointError(`${place} has ${size} bytes, too few for safetensors`);
  const length = headerLength(await source.read(file, 0, LENGTH_BYTES), size, place);
  const json = await source.read(file, LENGTH_BYTES, LENGTH_BYTES + length);
  return parseHeader(json, size, place);
}

/** The tensors of one safetensors file, with their places. */
export async function safetensorsTable(
  source: FileSource,
  file: string,
): Promise<Map<string, PlacedTensor>> {
  const { entries } = await readHeader(source, file);
  return new Map(
    entries.map(({ name, type, shape, start, end }) => [
      name,
      { name, type, shape, file, span: [start, end], locate: async () => start },
    ]),
  );
}

/** The same for a file in memory; `bytes.subarray(entry.start, entry.end)` are an entry's elements. */
export function parseSafetensors(bytes: Uint8Array, place: string): SafetensorsHeader {
  if (bytes.length < LENGTH_BYTES)
    throw new CheckpointError(`${place} has ${bytes.length} bytes, too few for safetensors`);
  const length = headerLength(bytes.subarray(0, LENGTH_BYTES), bytes.length, place);
  return parseHeader(bytes.subarray(LENGTH_BYTES, LENGTH_BYTES + length), bytes.length, place);
}

/**
 * How many bytes a safetensors file has by its first ones: its header says it. Undefined where more of them are needed, NaN where
 * they are of no such file.
 */
export function declaredSize(first: Uint8Array): number | undefined {
  if (first.length < LENGTH_BYTES) return undefined;
  try {
    const length = headerLength(first.subarray(0, LENGTH_BYTES), Number.POSITIVE_INFINITY, "");
    if (first.length < LENGTH_BYTES + length) return undefined;
    const header: unknown = parseJsonBytes(first.subarray(LENGTH_BYTES, LENGTH_BYTES + length), "");
    const ends = Object.values(isObject(header) ? header : {}).map((entry) => {
      const offsets = isObject(entry) ? entry.data_offsets : undefined;
      return isSizes(offsets) ? (offsets[1] ?? 0) : 0;
    });
    return LENGTH_BYTES + length + ends.reduce((most, end) => Math.max(most, end), 0);
  } catch {
    return Number.NaN; // whoever reads the file says what is wrong with it
  }
}

function headerLength(bytes: Uint8Array, fileSize: number, place: string): number {
  const notThis = otherContent(bytes);
  if (notThis !== undefined) throw new CheckpointError(`${place} is not safetensors: ${notThis}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, LENGTH_BYTES);
  const length = view.getUint32(4, true) * 2 ** 32 + view.getUint32(0, true);
  if (length > LARGEST_HEADER)
    throw new CheckpointError(
      `${place}: the header's length is ${length} bytes, ${LARGEST_HEADER} are allowed. Is this a safetensors file?`,
    );
  if (length > fileSize - LENGTH_BYTES)
    throw new CheckpointError(
      `${place}: the header should have ${length} bytes, the file has ${fileSize}. Is the download complete?`,
    );
  return length;
}

/** What a file that is often found under a weight file's name really is. */
export function otherContent(first: Uint8Array): string | undefined {
  const text = String.fromCharCode(...first.subarray(0, 8));
  if (text === "version ")
    return "it is a Git LFS pointer; fetch the real file with `git lfs pull`, or download it again";
  if (/^\s*<(!DOC|!doc|html|\?xml|HTML)/.test(text))
    return "it is a web page; the address or the download was wrong";
  return undefined;
}

function parseHeader(json: Uint8Array, fileSize: number, place: string): SafetensorsHeader {
  if (json[0] !== 0x7b)
    throw new CheckpointError(
      `${place}: the header must be a JSON object and begin with "{". Is this a safetensors file?`,
    );
  const header = parseJsonBytes(json, `${place}, header`);
  if (!isObject(header)) throw new CheckpointError(`${place}: the header is not a JSON object`);
  const dataStart = LENGTH_BYTES + json.length;
  const entries: SafetensorsEntry[] = [];
  for (const [name, description] of Object.entries(header))
    if (name !== "__metadata__") entries.push(parseEntry(name, description, dataStart, place));
  checkCoverage(entries, dataStart, fileSize, place);
  return { metadata: parseMetadata(header.__metadata__, place), entries };
}

function parseMetadata(metadata: unknown, place: string): Record<string, string> {
  if (metadata === undefined) return {};
  if (!isObject(metadata)) throw new CheckpointError(`${place}: __metadata__ is not an object`);
  for (const [key, value] of Object.entries(metadata))
    if (typeof value !== "string")
      throw new CheckpointError(
        `${place}: __metadata__ holds strings only, "${short(key)}" is ${typeof value}`,
      );
  return metadata as Record<string, string>;
}

function parseEntry(
  name: string,
  description: unknown,
  dataStart: number,
  place: string,
): SafetensorsEntry {
  const where = `${place}: tensor "${short(name)}"`;
  if (!isObject(description)) throw new CheckpointError(`${where} is not described by an object`);
  const { dtype, shape, data_offsets: offsets } = description;
  if (typeof dtype !== "string") throw new CheckpointError(`${where} has no dtype`);
  if (!isSizes(shape))
    throw new CheckpointError(`${where} needs a shape of whole numbers, got ${shown(shape)}`);
  if (!isSizes(offsets) || offsets.length !== 2)
    throw new CheckpointError(
      `${where} needs two whole numbers as data_offsets, got ${shown(offsets)}`,
    );
  const [start, end] = offsets as [number, number];
  checkSize(where, dtype, shape, end - start);
  return { name, type: short(dtype, 20), shape, start: dataStart + start, end: dataStart + end };
}

function checkSize(where: string, dtype: string, shape: readonly number[], bytes: number): void {
  if (bytes < 0) throw new CheckpointError(`${where} ends before it starts`);
  let count = 1;
  for (const size of shape) {
    count *= size;
    if (!Number.isSafeInteger(count * 8))
      throw new CheckpointError(`${where} has a shape of too many elements: [${shape.join(", ")}]`);
  }
  const bits = BITS.get(dtype);
  if (bits !== undefined && count * bits !== bytes * 8)
    throw new CheckpointError(
      `${where}: ${dtype} of shape [${shape.join(", ")}] takes ${(count * bits) / 8} bytes, its data_offsets span ${bytes}`,
    );
}

function isSizes(value: unknown): value is number[] {
  return (
    Array.isArray(value) &&
    value.length <= 64 &&
    value.every((size) => Number.isSafeInteger(size) && size >= 0)
  );
}

function shown(value: unknown): string {
  return short(JSON.stringify(value) ?? "nothing");
}

/** The format wants the data filled from its first byte to the file's last, without holes or overlaps. */
function checkCoverage(
  entries: readonly SafetensorsEntry[],
  dataStart: number,
  fileSize: number,
  place: string,
): void {
  const ordered = [...entries].sort((a, b) => a.start - b.start || a.end - b.end);
  let covered = dataStart;
  for (const { name, start, end } of ordered) {
    if (end > fileSize)
      throw new CheckpointError(
        `${place}: tensor "${short(name)}" ends at byte ${end}, the file has ${fileSize}. Is the download complete?`,
      );
    if (start !== covered)
      throw new CheckpointError(
        `${place}: tensor "${short(name)}" starts at byte ${start}, ${start < covered ? "inside the tensor before it" : "after a hole"} (byte ${covered} was due)`,
      );
    covered = end;
  }
  if (covered !== fileSize)
    throw new CheckpointError(
      `${place}: the tensors end at byte ${covered}, the file has ${fileSize}`,
    );
}

/** A tensor to be written. */
export interface NamedBytes {
  readonly type: string;
  readonly shape: readonly number[];
  /** Its elements, little-endian, row-major. */
  readonly bytes: Uint8Array;
}

/** A safetensors file; data is aligned to 8 bytes, tensors lie in the order given. Throws CheckpointError for wrong sizes. */
export function encodeSafetensors(
  tensors: Readonly<Record<string, NamedBytes>>,
  metadata?: Readonly<Record<string, string>>,
): Uint8Array {
  const header: [string, unknown][] = metadata === undefined ? [] : [["__metadata__", metadata]];
  let dataBytes = 0;
  for (const [name, { type, shape, bytes }] of Object.entries(tensors)) {
    checkSize(`safetensors: tensor "${short(name)}"`, type, shape, bytes.length);
    header.push([
      name,
      { dtype: type, shape, data_offsets: [dataBytes, dataBytes + bytes.length] },
    ]);
    dataBytes += bytes.length;
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const length = Math.ceil(json.length / 8) * 8;
  const file = new Uint8Array(LENGTH_BYTES + length + dataBytes);
  new DataView(file.buffer).setUint32(0, length, true);
  file.fill(0x20, LENGTH_BYTES, LENGTH_BYTES + length);
  file.set(json, LENGTH_BYTES);
  let at = LENGTH_BYTES + length;
  for (const { bytes } of Object.values(tensors)) {
    file.set(bytes, at);
    at += bytes.length;
  }
  return file;
}

/** Elements as bytes to be written: float32 as F32, int32 as I32. */
export function namedBytes(shape: readonly number[], data: Float32Array | Int32Array): NamedBytes {
  if (elementCount(shape) !== data.length)
    throw new CheckpointError(
      `safetensors: shape [${shape.join(", ")}] has ${elementCount(shape)} elements, the data ${data.length}`,
    );
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { type: data instanceof Float32Array ? "F32" : "I32", shape, bytes };
}
