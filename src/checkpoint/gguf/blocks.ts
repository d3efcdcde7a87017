import { halfNumbers } from "../numbers.ts";

/** How ggml stores numbers: blocks of as many elements in as many bytes (ggml-common.h). */
export interface BlockType {
  readonly name: string;
  readonly elements: number;
  readonly bytes: number;
  /** Writes one block's numbers; without it the numbers stand in the file as they are. */
  readonly unpack?: (bytes: Uint8Array, at: number, target: Float32Array, to: number) => void;
}

/** The types that heed reads, by ggml's ids. */
export const blockTypes: ReadonlyMap<number, BlockType> = new Map([
  [0, { name: "F32", elements: 1, bytes: 4 }],
  [1, { name: "F16", elements: 1, bytes: 2 }],
  [2, { name: "Q4_0", elements: 32, bytes: 18, unpack: q4_0 }],
  [3, { name: "Q4_1", elements: 32, bytes: 20, unpack: q4_1 }],
  [6, { name: "Q5_0", elements: 32, bytes: 22, unpack: q5_0 }],
  [7, { name: "Q5_1", elements: 32, bytes: 24, unpack: q5_1 }],
  [8, { name: "Q8_0", elements: 32, bytes: 34, unpack: q8_0 }],
  [10, { name: "Q2_K", elements: 256, bytes: 84, unpack: q2_K }],
  [11, { name: "Q3_K", elements: 256, bytes: 110, unpack: q3_K }],
  [12, { name: "Q4_K", elements: 256, bytes: 144, unpack: q4_K }],
  [13, { name: "Q5_K", elements: 256, bytes: 176, unpack: q5_K }],
  [14, { name: "Q6_K", elements: 256, bytes: 210, unpack: q6_K }],
  [28, { name: "F64", elements: 1, bytes: 8 }],
  [30, { name: "BF16", elements: 1, bytes: 2 }],
]);

const byName = new Map([...blockTypes.values()].map((type) => [type.name, type]));

/** The type of that name. */
export function blockType(name: string): BlockType {
  return byName.get(name)!;
}

/** Numbers of whole blocks. Products and sums are rounded as float32 arithmetic rounds them, so that they are gguf-py's to the bit. */
export function unpackBlocks(type: BlockType, bytes: Uint8Array, target: Float32Array): void {
  const count = bytes.length / type.bytes;
  for (let block = 0; block < count; block++)
    type.unpack!(bytes, block * type.bytes, target, block * type.elements);
}

function half(bytes: Uint8Array, at: number): number {
  return halfNumbers()[bytes[at]! | (bytes[at + 1]! << 8)]!;
}

function signed(byte: number): number {
  return (byte << 24) >> 24;
}

function q4_0(bytes: Uint8Array, at: number, target: Float32Array, to: number): void {
  const d = half(bytes, at);
  for (let j = 0; j < 16; j++) {
    const pair = bytes[at + 2 + j]!;
    target[to + j] = d * ((pair & 15) - 8);
    target[to + 16 + j] = d * ((pair >> 4) - 8);
  }
}

function q4_1(bytes: Uint8Array, at: number, target: Float32Array, to: number): void {
  const d = half(bytes, at);
  const m = half(bytes, at + 2);
  for (let j = 0; j < 16; j++) {
    const pair = bytes[at + 4 + j]!;
    target[to + j] = d * (pair & 15) + m;
    target[to + 16 + j] = d * (pair >> 4) + m;
  }
}

function q5_0(bytes: Uint8Array, at: number, target: Float32Array, to: number): void {
  const d = half(bytes, at);
  for (let j = 0; j < 16; j++) {
    const pair = bytes[at + 6 + j]!;
    target[to + j] = d * (((pair & 15) | (bit(bytes, at + 2, j) << 4)) - 16);
    target[to + 16 + j] = d * (((pair >> 4) | (bit(bytes, at + 2, j + 16) << 4)) - 16);
  }
}

function q5_1(bytes: Uint8Array, at: number, target: Float32Array, to: number): void {
  const d = half(bytes, at);
  const m = half(bytes, at + 2);
  for (let j = 0; j < 16; j++) {
    const pair = bytes[at + 8 + j]!;
    target[to + j] = d * ((pair & 15) | (bit(bytes, at + 4, j) << 4)) + m;
    target[to + 16 + j] = d * ((pair >> 4) | (bit(bytes, at + 4, j + 16) << 4)) + m;
  }
}

function bit(bytes: Uint8Array, at: number, place: number): number {
  return (bytes[at + (place >> 3)]! >> (place & 7)) & 1;
}

function q8_0(bytes: Uint8Array, at: number, target: Float32Array, to: number): void {
  const d = half(bytes, at);
  for (let j = 0; j < 32; j++) target[to + j] = d * signed(bytes[at + 2 + j]!);
}

function q2_K(bytes: Uint8Array, at: number, target: Float32Array, to: number): void {
  const d = half(bytes, at + 80);
  const least = half(bytes, at + 82);
  for (let e = 0; e < 256; e++) {
    const pair = bytes[at + (e >> 4)]!;
    const q = (bytes[at + 16 + (e >> 7) * 32 + (e & 31)]! >> (2 * ((e >> 5) & 3))) & 3;
    target[to + e] = Math.fround(d * (pair & 15) * q) - least * (pair >> 4);
  }
}

function q3_K(bytes: Uint8Array, at: number, target: Float32Array, to: number): void {
  const d = half(bytes, at + 108);
  const scales = at + 96;
  for (let e = 0; e < 256; e++) {
    const s = e >> 4;
    const low = s < 8 ? bytes[scales + s]! & 15 : bytes[scales + s - 8]! >> 4;
    const high = (bytes[scales + 8 + (s & 3)]! >> (2 * (s >> 2))) & 3;
    const q = (bytes[at + 32 + (e >> 7) * 32 + (e & 31)]! >> (2 * ((e >> 5) & 3))) & 3;
    const borrow = (bytes[at + (e & 31)]! >> (e >> 5)) & 1 ? 0 : 4;
    target[to + e] = Math.fround(d * ((low | (high << 4)) - 32)) * (q - borrow);
  }
}

/** The 6-bit scale and minimum of one of eight groups (ggml's get_scale_min_k4). */
function scaleOf(bytes: Uint8Array, at: number, j: number): number {
  return j < 4 ? bytes[at + j]! & 63 : (bytes[at + j + 4]! & 15) | ((bytes[at + j - 4]! >> 6) << 4);
}

function leastOf(bytes: Uint8Array, at: number, j: number): number {
  return j < 4 ? bytes[at + j + 4]! & 63 : (bytes[at + j + 4]! >> 4) | ((bytes[at + j]! >> 6) << 4);
}

function q4_K(bytes: Uint8Array, at: number, target: Float32Array, to: number): void {
  const d = half(bytes, at);
  const least = half(bytes, at + 2);
  for (let j = 0; j < 8; j++) {
    const scale = d * scaleOf(bytes, at + 4, j);
    const minimum = least * leastOf(bytes, at + 4, j);
    const from = at + 16 + (j >> 1) * 32;
    const shift = 4 * (j & 1);
    for (let l = 0; l < 32; l++)
      target[to + 32 * j + l] = Math.fround(scale * ((bytes[from + l]! >> shift) & 15)) - minimum;
  }
}

function q5_K(bytes: Uint8Array, at: number, target: Float32Array, to: number): void {
  const d = half(bytes, at);
  const least = half(bytes, at + 2);
  for (let j = 0; j < 8; j++) {
    const scale = d * scaleOf(bytes, at + 4, j);
    const minimum = least * leastOf(bytes, at + 4, j);
    const from = at + 48 + (j >> 1) * 32;
    const shift = 4 * (j & 1);
    for (let l = 0; l < 32; l++) {
      const high = (bytes[at + 16 + l]! >> j) & 1;
      const q = ((bytes[from + l]! >> shift) & 15) | (high << 4);
      target[to + 32 * j + l] = Math.fround(scale * q) - minimum;
    }
  }
}

function q6_K(bytes: Uint8Array, at: number, target: Float32Array, to: number): void {
  const d = half(bytes, at + 208);
  for (let e = 0; e < 256; e++) {
    const n = e >> 7;
    const low = (bytes[at + n * 64 + (e & 63)]! >> (4 * ((e >> 6) & 1))) & 15;
    const high = (bytes[at + 128 + n * 32 + (e & 31)]! >> (2 * ((e >> 5) & 3))) & 3;
    const scale = d * signed(bytes[at + 192 + (e >> 4)]!);
    target[to + e] = Math.fround(scale) * ((low | (high << 4)) - 32);
  }
}
