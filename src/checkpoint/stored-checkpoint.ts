import { closest } from "fastest-levenshtein";
import { CheckpointError, InputError } from "../errors/errors.ts";
import { short } from "../errors/visible.ts";
import type { ByteTarget, Checkpoint, StoredTensor, StoredType, TensorRead } from "./checkpoint.ts";
import { decodeUtf8 } from "./json/strict-json.ts";
import {
  BITS,
  bytesPerElement,
  isStoredType,
  storedTypes,
  swapBytes,
  toFloat32,
} from "./numbers.ts";
import type { FileSource } from "./source.ts";
import { gather, isContiguous } from "./strided.ts";

/** A tensor with the place of its elements in its file. */
export interface PlacedTensor extends StoredTensor {
  /** The byte in the file where its first element lies; a small header may have to be read for it. */
  locate(): Promise<number>;
  /** Where it lies, as far as is known without reading: exactly, or a little more. */
  readonly span: readonly [start: number, end: number];
  /** Steps between elements, per axis; row-major and contiguous without. */
  readonly strides?: readonly number[];
  readonly isBigEndian?: boolean;
}

/** What a weight file holds, its sizes already checked against the file. */
export type TensorTable = ReadonlyMap<string, PlacedTensor>;

/** Raw bytes read at a time, so that a large tensor is never in memory twice. */
const CHUNK_BYTES = 16 * 1024 * 1024;
const LARGEST_TEXT = 256 * 1024 * 1024;

/** The number of elements of a shape. */
export function elementCount(shape: readonly number[]): number {
  return shape.includes(0) ? 0 : shape.reduce((product, size) => product * size, 1);
}

/** A checkpoint over tables of tensors whose bytes stay in `source` until asked for. */
export function storedCheckpoint(
  source: FileSource,
  config: Readonly<Record<string, unknown>>,
  tensors: TensorTable,
): Checkpoint {
  const { label } = source;

  function find(name: string): PlacedTensor & { readonly type: StoredType } {
    const tensor = tensors.get(name);
    if (tensor === undefined) throw unknownTensor(label, name, tensors);
    const { type } = tensor;
    if (!isStoredType(type))
      throw new CheckpointError(
        `${label}: ${name} in ${tensor.file} is stored as ${type}, which heed does not read. ` +
          `It reads ${storedTypes.join(", ")}; convert the checkpoint to one of them.`,
      );
    return { ...tensor, type };
  }

  async function readBytes(
    name: string,
    start: number,
    end: number,
    given?: ByteTarget,
  ): Promise<Uint8Array> {
    const tensor = find(name);
    const { strides, shape, file, isBigEndian } = tensor;
    checkRange(`${label}: ${name}`, start, end, elementCount(shape));
    const width = bytesPerElement(tensor.type);
    if (typeof given === "function") {
      expectLength(`${label}: ${name}`, given(), (end - start) * width);
      const isAsStored = !isBigEndian && (strides === undefined || isContiguous(shape, strides));
      if (!source.pour || !isAsStored) {
        const bytes = await readBytes(name, start, end);
        given().set(bytes);
      } else if (start < end) {
        const first = await tensor.locate();
        await source.pour(file, first + start * width, first + end * width, given);
      }
      return given();
    }
    const target = given;
    expectLength(`${label}: ${name}`, target, (end - start) * width);
    if (start === end) return target ?? new Uint8Array(0);
    const first = await tensor.locate();
    const read = (from: number, to: number, into?: Uint8Array) =>
      source.read(file, first + from, first + to, into);
    const bytes =
      strides === undefined || isContiguous(shape, strides)
        ? await read(start * width, end * width, target)
        : await gather(shape, strides, width, start, end, read, CHUNK_BYTES);
    if (isBigEndian) swapBytes(bytes, width);
    if (target && bytes !== target) target.set(bytes);
    return target ?? bytes;
  }

  async function readRange(
    name: string,
    start: number,
    end: number,
    target?: Float32Array,
  ): Promise<Float32Array> {
    const { type, strides, shape } = find(name);
    checkRange(`${label}: ${name}`, start, end, elementCount(shape));
    expectLength(`${label}: ${name}`, target, end - start);
    if (target && type === "F32") {
      const bytes = new Uint8Array(target.buffer, target.byteOffset, target.byteLength);
      await readBytes(name, start, end, bytes);
      return target;
    }
    const whole = strides !== undefined && !isContiguous(shape, strides);
    const step = whole ? end - start : CHUNK_BYTES / bytesPerElement(type);
    if (end - start <= step) return toFloat32(type, await readBytes(name, start, end), target);
    const values = target ?? allocate(end - start, `${label}: ${name}`);
    for (let at = start; at < end; at += step) {
      const until = Math.min(end, at + step);
      toFloat32(type, await readBytes(name, at, until), values.subarray(at - start, until - start));
    }
    return values;
  }

  function expect<Reading extends TensorRead>(reads: readonly Reading[]): readonly Reading[] {
    const files = [...new Set([...tensors.values()].map(({ file }) => file))];
    const placed = reads.flatMap((reading) => {
      const tensor = tensors.get(reading.name);
      if (!tensor) return [];
      const { span, file, type, shape, strides } = tensor;
      const width = isStoredType(type) ? bytesPerElement(type) : 0;
      const isWhole = strides !== undefined && !isContiguous(shape, strides);
      const before = isWhole ? 0 : reading.start * width;
      const behind = isWhole ? 0 : (elementCount(shape) - reading.end) * width;
      const range = [span[0] + before, Math.max(span[0] + before, span[1] - behind)] as const;
      return [{ reading, file: files.indexOf(file), range }];
    });
    placed.sort((a, b) => a.file - b.file || a.range[0] - b.range[0]);
    for (const [place, file] of files.entries()) {
      const ranges = placed.filter((one) => one.file === place).map(({ range }) => range);
      if (ranges.length > 0) source.expectRanges?.(file, ranges);
    }
    return placed.map(({ reading }) => reading);
  }

  return {
    label,
    config,
    tensors,
    bytes: [...tensors.values()].reduce((sum, tensor) => sum + storedBytes(tensor), 0),
    read: async (name) => readRange(name, 0, elementCount(find(name).shape)),
    readRange,
    readBytes,
    pours: source.pour !== undefined,
    fillsShared: source.fillsShared,
    expect,
    text: (file) => readText(source, file),
    data: (file) => readSmall(source, file),
    close: () => source.close(),
  };
}

/** A whole text file, or undefined when there is none; throws CheckpointError for what is not UTF-8. */
export async function readText(source: FileSource, file: string): Promise<string | undefined> {
  const bytes = await readSmall(source, file);
  return bytes && decodeUtf8(bytes, `${source.label}: ${file}`);
}

/** A whole file, or undefined when there is none; throws CheckpointError when it is too large to be one that lies beside tensors. */
export async function readSmall(source: FileSource, file: string): Promise<Uint8Array | undefined> {
  const size = await source.size(file);
  if (size === undefined) return undefined;
  if (size > LARGEST_TEXT)
    throw new CheckpointError(
      `${source.label}: ${file} has ${size} bytes, too many for a file beside the tensors`,
    );
  const bytes = await source.read(file, 0, size);
  const start = String.fromCharCode(...bytes.subarray(0, 24));
  if (start === "version https://git-lfs.")
    throw new CheckpointError(
      `${source.label}: ${file} is a Git LFS pointer; fetch the real file with \`git lfs pull\`, or download it again`,
    );
  return bytes;
}

function storedBytes(tensor: StoredTensor): number {
  return Math.ceil((elementCount(tensor.shape) * (BITS.get(tensor.type) ?? 0)) / 8);
}

function checkRange(place: string, start: number, end: number, count: number): void {
  const fits =
    Number.isInteger(start) && Number.isInteger(end) && 0 <= start && start <= end && end <= count;
  if (!fits)
    throw new InputError(`${place} has elements 0 to ${count}, asked for ${start} to ${end}`);
}

function expectLength(
  place: string,
  target: { readonly length: number } | undefined,
  length: number,
) {
  if (target && target.length !== length)
    throw new InputError(`${place}: ${length} places are needed, there are ${target.length}`);
}

function allocate(count: number, place: string): Float32Array {
  try {
    return new Float32Array(count);
  } catch (error) {
    throw new CheckpointError(
      `${place}: no memory for ${count} values (${count * 4} bytes). Read it in ranges.`,
      { cause: error },
    );
  }
}

function unknownTensor(label: string, name: string, tensors: TensorTable): CheckpointError {
  const names = [...tensors.keys()];
  const nearest = names.length === 0 ? "" : `; nearest: ${short(closest(name, names))}`;
  return new CheckpointError(
    `${label}: no tensor "${short(name)}" among its ${names.length}${nearest}`,
  );
}
