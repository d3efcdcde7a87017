import { CheckpointError } from "../errors/errors.ts";
import type { StoredType } from "./checkpoint.ts";

/** Bits of one element of every type that safetensors names. */
export const BITS: ReadonlyMap<string, number> = new Map([
  ...(["F64", "I64", "U64", "C64"] as const).map((type) => [type, 64] as const),
  ...(["F32", "I32", "U32"] as const).map((type) => [type, 32] as const),
  ...(["F16", "BF16", "I16", "U16"] as const).map((type) => [type, 16] as const),
  ...(["I8", "U8", "BOOL"] as const).map((type) => [type, 8] as const),
  ...(["F8_E4M3", "F8_E5M2", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ"] as const).map(
    (type) => [type, 8] as const,
  ),
  ...(["F6_E2M3", "F6_E3M2"] as const).map((type) => [type, 6] as const),
  ["F4", 4],
]);

const readers: Readonly<Record<StoredType, (bytes: Uint8Array, target: Float32Array) => void>> = {
  F64: (bytes, target) => target.set(view(bytes, Float64Array)),
  F32: (bytes, target) => words(target).set(view(bytes, Uint32Array)),
  F16: widenHalf,
  BF16: widenBrain,
  F8_E4M3: (bytes, target) => widenBytes(bytes, target, smallBits()),
  F8_E5M2: (bytes, target) => widenBytes(bytes, target, quarterBits()),
  I64: narrowLong,
  I32: (bytes, target) => target.set(view(bytes, Int32Array)),
  I16: (bytes, target) => target.set(view(bytes, Int16Array)),
  I8: (bytes, target) => target.set(view(bytes, Int8Array)),
  U8: (bytes, target) => target.set(bytes),
  BOOL: (bytes, target) => {
    for (let i = 0; i < bytes.length; i++) target[i] = bytes[i] === 0 ? 0 : 1;
  },
};

/** The types whose values heed reads. */
export const storedTypes = Object.keys(readers) as readonly StoredType[];

export function isStoredType(type: string): type is StoredType {
  return Object.hasOwn(readers, type);
}

/** Bytes of one element. */
export function bytesPerElement(type: StoredType): number {
  return BITS.get(type)! / 8;
}

/**
 * Little-endian elements of `type` as float32, into `target` when given (as many elements as the bytes hold).
 * F64 and integers round to the nearest float32, ties to even; F64 beyond its range becomes ±Infinity. I64 beyond ±2^53
 * rounds to float64 on the way. Without a target, aligned F32 bytes are not copied: the result shares their memory.
 */
export function toFloat32(
  type: StoredType,
  bytes: Uint8Array,
  target?: Float32Array,
): Float32Array {
  if (target === undefined && type === "F32") return view(bytes, Float32Array);
  const values = target ?? new Float32Array(bytes.length / bytesPerElement(type));
  readers[type](bytes, values);
  return values;
}

/** Elements of an integer type or BOOL as int32; throws CheckpointError, naming `place`, for other types and for I64 beyond int32. */
export function toInt32(type: StoredType, bytes: Uint8Array, place: string): Int32Array {
  if (type === "I32") return view(bytes, Int32Array);
  if (type === "I64") return longsToInt32(bytes, place);
  if (type === "I16") return Int32Array.from(view(bytes, Int16Array));
  if (type === "I8") return Int32Array.from(view(bytes, Int8Array));
  if (type === "U8") return Int32Array.from(bytes);
  if (type === "BOOL") return Int32Array.from(bytes, (byte) => (byte === 0 ? 0 : 1));
  throw new CheckpointError(`${place}: integers are needed here, it is stored as ${type}`);
}

/** Turns big-endian elements of `width` bytes into little-endian ones, in place. */
export function swapBytes(bytes: Uint8Array, width: number): void {
  for (let start = 0; start + width <= bytes.length; start += width)
    bytes.subarray(start, start + width).reverse();
}

interface ViewType<View> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): View;
}

/** The bytes as a typed array: shared where they are aligned, copied where they are not. */
function view<View>(bytes: Uint8Array, Type: ViewType<View>): View {
  const aligned = bytes.byteOffset % Type.BYTES_PER_ELEMENT === 0 ? bytes : new Uint8Array(bytes);
  return new Type(aligned.buffer, aligned.byteOffset, bytes.length / Type.BYTES_PER_ELEMENT);
}

/** The same memory as 32-bit words, so that a NaN keeps its bits. */
function words(values: Float32Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length);
}

let halfTable: Uint32Array | undefined;

/** The float32 bits of all 65536 float16 values (IEEE 754 binary16). */
function halfBits(): Uint32Array {
  if (halfTable !== undefined) return halfTable;
  const bits = new Uint32Array(65536);
  const subnormal = new Float32Array(1024).map((_, fraction) => fraction * 2 ** -24);
  for (let half = 0; half < 65536; half++) {
    const sign = (half & 0x8000) << 16;
    const exponent = (half >> 10) & 31;
    const fraction = half & 1023;
    if (exponent === 0) bits[half] = sign | words(subnormal)[fraction]!;
    else bits[half] = sign | ((exponent === 31 ? 255 : exponent + 112) << 23) | (fraction << 13);
  }
  halfTable = bits;
  return bits;
}

let halfValues: Float32Array | undefined;

/** All 65536 float16 numbers, by their bits. */
export function halfNumbers(): Float32Array {
  halfValues ??= new Float32Array(halfBits().buffer);
  return halfValues;
}

function widenHalf(bytes: Uint8Array, target: Float32Array): void {
  const bits = halfBits();
  const halves = view(bytes, Uint16Array);
  const wide = words(target);
  for (let i = 0; i < halves.length; i++) wide[i] = bits[halves[i]!]!;
}

function widenBrain(bytes: Uint8Array, target: Float32Array): void {
  const halves = view(bytes, Uint16Array);
  const wide = words(target);
  for (let i = 0; i < halves.length; i++) wide[i] = halves[i]! << 16;
}

function widenBytes(bytes: Uint8Array, target: Float32Array, bits: Uint32Array): void {
  const wide = words(target);
  for (let i = 0; i < bytes.length; i++) wide[i] = bits[bytes[i]!]!;
}

let quarterTable: Uint32Array | undefined;

/** The float32 bits of all F8_E5M2 values: the upper halves of float16's. */
function quarterBits(): Uint32Array {
  quarterTable ??= Uint32Array.from({ length: 256 }, (_, byte) => halfBits()[byte << 8]!);
  return quarterTable;
}

let smallTable: Uint32Array | undefined;

/** The float32 bits of all F8_E4M3 values (OCP's E4M3FN: no infinities, one NaN a sign). */
function smallBits(): Uint32Array {
  if (smallTable !== undefined) return smallTable;
  const values = Float32Array.from({ length: 256 }, (_, byte) => {
    const [exponent, fraction] = [(byte >> 3) & 15, byte & 7];
    if (exponent === 15 && fraction === 7) return Number.NaN;
    const size = exponent === 0 ? fraction * 2 ** -9 : (1 + fraction / 8) * 2 ** (exponent - 7);
    return byte < 128 ? size : -size;
  });
  smallTable = words(values);
  return smallTable;
}

function narrowLong(bytes: Uint8Array, target: Float32Array): void {
  const pairs = view(bytes, Int32Array);
  for (let i = 0; 2 * i < pairs.length; i++)
    target[i] = pairs[2 * i + 1]! * 2 ** 32 + (pairs[2 * i]! >>> 0);
}

function longsToInt32(bytes: Uint8Array, place: string): Int32Array {
  const pairs = view(bytes, Int32Array);
  const values = new Int32Array(pairs.length / 2);
  for (let i = 0; i < values.length; i++) {
    const low = pairs[2 * i]!;
    const high = pairs[2 * i + 1]!;
    if (high !== low >> 31)
      throw new CheckpointError(
        `${place}: element ${i} is ${high * 2 ** 32 + (low >>> 0)}, more than 32 bits hold`,
      );
    values[i] = low;
  }
  return values;
}
