import { deflateSync } from "fflate";

/** Largest code of a weight; `notLooked` is kept for keys that cannot be looked at. */
export const weightCodes = 65534;

/** The code of a weight that does not exist (NaN). */
export const notLooked = 65535;

/** Weights from 0 to 1 as 16-bit fixed point (to 1.5e-5): half the size of floats, and packs better. */
export function encodeWeights(layers: readonly ArrayLike<number>[]): Uint16Array<ArrayBuffer> {
  const codes = new Uint16Array(layers.reduce((sum, { length }) => sum + length, 0));
  let start = 0;
  for (const weights of layers) {
    for (let index = 0; index < weights.length; index++) {
      const weight = weights[index]!;
      codes[start + index] = Number.isNaN(weight)
        ? notLooked
        : Math.round(Math.min(1, Math.max(0, weight)) * weightCodes);
    }
    start += weights.length;
  }
  return codes;
}

/** Floats whose mantissa keeps `bits` of its 23 bits: the zeros after them cost nothing once packed. */
export function encodeFloats(
  layers: readonly ArrayLike<number>[],
  bits: number,
): Float32Array<ArrayBuffer> {
  const values = new Float32Array(layers.reduce((sum, { length }) => sum + length, 0));
  let start = 0;
  for (const layer of layers) {
    values.set(layer, start);
    start += layer.length;
  }
  const words = new Uint32Array(values.buffer);
  const dropped = 23 - bits;
  if (dropped <= 0) return values;
  const half = 2 ** (dropped - 1);
  const mask = ~(2 ** dropped - 1);
  for (let index = 0; index < words.length; index++) {
    const hasValue = (words[index]! & 0x7f800000) !== 0x7f800000;
    if (hasValue) words[index] = (words[index]! + half) & mask;
  }
  return values;
}

/** Numbers as compressed bytes, the first bytes of all of them together, then the second, and so on. */
export function packNumbers(numbers: Uint16Array | Float32Array): Uint8Array<ArrayBuffer> {
  const size = numbers.BYTES_PER_ELEMENT;
  const bytes = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
  const planes = new Uint8Array(bytes.length);
  for (let part = 0; part < size; part++)
    for (let index = 0; index < numbers.length; index++)
      planes[part * numbers.length + index] = bytes[index * size + part]!;
  return deflateSync(planes, { level: 6 });
}

/** Several runs of bytes, compressed as one: before them, how long each is. */
export function packParts(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const head = 4 * (parts.length + 1);
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, head));
  const lengths = new DataView(bytes.buffer);
  lengths.setUint32(0, parts.length, true);
  let start = head;
  for (const [index, part] of parts.entries()) {
    lengths.setUint32(4 * (index + 1), part.length, true);
    bytes.set(part, start);
    start += part.length;
  }
  // More effort makes such numbers 3 % smaller, and takes twice as long.
  return deflateSync(bytes, { level: 1 });
}

/** What packParts packed. */
export async function inflateParts(packed: Uint8Array<ArrayBuffer>): Promise<Uint8Array[]> {
  const bytes = await inflate(packed);
  const lengths = new DataView(bytes.buffer);
  const count = lengths.getUint32(0, true);
  let start = 4 * (count + 1);
  return Array.from({ length: count }, (_, index) => {
    const length = lengths.getUint32(4 * (index + 1), true);
    start += length;
    return bytes.subarray(start - length, start);
  });
}

/** What packNumbers packed, as bytes of numbers with `size` bytes each. */
export async function unpackNumbers(
  packed: Uint8Array<ArrayBuffer>,
  size: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const planes = await inflate(packed);
  const count = planes.length / size;
  const bytes = new Uint8Array(planes.length);
  for (let part = 0; part < size; part++)
    for (let index = 0; index < count; index++)
      bytes[index * size + part] = planes[part * count + index]!;
  return bytes;
}

async function inflate(packed: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const inflated = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(inflated).arrayBuffer());
}

/** Steps between neighbouring codes of logarithms: 2 %, so that a weight is off by 1 % at most. */
const logarithmStep = 0.02;

function logarithmCodes(smallest: number): number {
  return Math.ceil(-Math.log(smallest) / logarithmStep) + 1;
}

/** Weights from `smallest` to 1 as codes of their logarithms, each within 1 %; 0 below: weights over many keys pack better so. NaN stays NaN. */
export function encodeLogarithms(
  layers: readonly ArrayLike<number>[],
  smallest: number,
): Uint16Array<ArrayBuffer> {
  const top = logarithmCodes(smallest);
  const codes = new Uint16Array(layers.reduce((sum, { length }) => sum + length, 0));
  let start = 0;
  for (const weights of layers) {
    for (let index = 0; index < weights.length; index++) {
      const weight = weights[index]!;
      if (Number.isNaN(weight)) codes[start + index] = notLooked;
      else if (weight >= smallest)
        codes[start + index] = Math.min(top, Math.round(top + Math.log(weight) / logarithmStep));
    }
    start += weights.length;
  }
  return codes;
}

/** The weight of each code that encodeLogarithms made. */
export function decodeLogarithms(smallest: number): Float32Array {
  const top = logarithmCodes(smallest);
  const weights = new Float32Array(notLooked + 1).fill(Number.NaN);
  for (let code = 0; code <= top; code++)
    weights[code] = code === 0 ? 0 : Math.exp((code - top) * logarithmStep);
  return weights;
}
