/**
 * Values as bytes: JSON, and behind it the numbers of typed arrays as they lie in memory. NaN, infinities, −0, undefined, errors, and what
 * stands in several places come back as they were.
 */

import { InputError } from "../errors/errors.ts";
import { fromWire, put, toWire } from "../worker/wire.ts";

/** Marks objects that stand for what JSON has no word for. */
const KIND = "heed:packed";

const arrays = {
  Float32Array,
  Float64Array,
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
} as const;
type ArrayName = keyof typeof arrays;
type NumberArray = InstanceType<(typeof arrays)[ArrayName]>;

const isLittle = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
const align = (bytes: number) => Math.ceil(bytes / 8) * 8;

/** A value as bytes. Throws InputError for functions, symbols, and objects of classes that would come back without them. */
export function pack(value: unknown): Uint8Array<ArrayBuffer> {
  const parts: { readonly at: number; readonly bytes: Uint8Array }[] = [];
  const known = new Map<object, number>();
  let end = 0;
  const visit = (value: unknown): unknown => {
    if (value === undefined) return { [KIND]: "undefined" };
    if (typeof value === "bigint") throw new InputError("pack: a bigint cannot be packed");
    if (typeof value === "number")
      return Number.isFinite(value) && !Object.is(value, -0)
        ? value
        : { [KIND]: "number", number: Object.is(value, -0) ? "-0" : String(value) };
    if (typeof value !== "object" || value === null) return value;
    const before = known.get(value);
    if (before !== undefined) return { [KIND]: "same", as: before };
    known.set(value, known.size);
    if (ArrayBuffer.isView(value)) return visitArray(value as NumberArray);
    if (Array.isArray(value)) return value.map(visit);
    if (value instanceof Map)
      return { [KIND]: "map", entries: [...value].map((one) => one.map(visit)) };
    const entries = Object.entries(value).map(([key, part]) => [key, visit(part)] as const);
    // A key like the mark would be taken for one.
    if (KIND in value) return { [KIND]: "object", entries };
    return Object.fromEntries(entries);
  };
  const visitArray = (value: NumberArray): unknown => {
    const name = value.constructor.name;
    if (!Object.hasOwn(arrays, name))
      throw new InputError(`pack: a ${name} cannot be packed. Give a Float32Array`);
    const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    const size = value.BYTES_PER_ELEMENT;
    parts.push({ at: end, bytes: isLittle ? bytes : swapped(bytes, size) });
    const at = end;
    end = align(end + bytes.length);
    return { [KIND]: "array", name, at, length: value.length };
  };
  // Errors and heed's own classes become plain, and what cannot cross is refused.
  const json = new TextEncoder().encode(JSON.stringify(visit(toWire(value).wire)));
  const start = align(4 + json.length);
  const packed = new Uint8Array(start + end);
  new DataView(packed.buffer).setUint32(0, json.length, true);
  packed.set(json, 4);
  for (const { at, bytes } of parts) packed.set(bytes, start + at);
  return packed;
}

/** The value that was packed; its arrays are copies. Throws InputError for bytes that `pack` did not make. */
export function unpack(packed: Uint8Array): unknown {
  const broken = (why: string) =>
    new InputError(
      `unpack: ${packed.length} bytes, but ${why}. Send them whole, as pack made them`,
    );
  if (packed.length < 4) throw broken("there are at least 4");
  const length = new DataView(packed.buffer, packed.byteOffset).getUint32(0, true);
  if (4 + length > packed.length) throw broken(`${4 + length} are announced`);
  const start = align(4 + length);
  const known: unknown[] = [];
  const visit = (value: unknown): unknown => {
    if (typeof value !== "object" || value === null) return value;
    const kind = (value as Record<string, unknown>)[KIND];
    if (kind === "undefined") return undefined;
    const { number, as } = value as { number?: unknown; as?: unknown };
    if (kind === "number") return number === "-0" ? -0 : Number(number);
    if (kind === "same") {
      if (!Object.hasOwn(known, as as number)) throw broken("one value stands for none before it");
      return known[as as number];
    }
    const place = known.push(undefined) - 1;
    const made = <T>(value: T): T => {
      known[place] = value;
      return value;
    };
    if (Array.isArray(value)) {
      const list: unknown[] = made([]);
      for (const part of value) list.push(visit(part));
      return list;
    }
    if (kind === "array") return made(arrayOf(value as PackedArray));
    const { entries } = value as { entries?: unknown };
    if (kind === "map") {
      const map = made(new Map());
      for (const [key, part] of pairsOf(entries)) map.set(visit(key), visit(part));
      return map;
    }
    const object: Record<string, unknown> = made({});
    for (const [key, part] of kind === "object" ? pairsOf(entries) : Object.entries(value))
      put(object, String(key), visit(part));
    return object;
  };
  const pairsOf = (entries: unknown): [unknown, unknown][] => {
    if (Array.isArray(entries) && entries.every((pair) => Array.isArray(pair)))
      return entries as [unknown, unknown][];
    throw broken("a map's entries are no pairs");
  };
  const arrayOf = ({ name, at, length: count }: PackedArray): NumberArray => {
    if (!Object.hasOwn(arrays, name)) throw broken(`there is no kind of array "${name}"`);
    const Numbers = arrays[name];
    const size = Numbers.BYTES_PER_ELEMENT;
    const isInside = Number.isInteger(at) && Number.isInteger(count) && at >= 0 && count >= 0;
    if (!isInside || start + at + count * size > packed.length)
      throw broken("an array lies behind their end");
    // A copy in a buffer of its own: Node's Buffer would slice into one that others share.
    const bytes = new Uint8Array(packed.subarray(start + at, start + at + count * size));
    return new Numbers((isLittle ? bytes : swapped(bytes, size)).buffer);
  };
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(packed.subarray(4, 4 + length)));
  } catch (error) {
    throw broken(`what stands in them is no JSON (${(error as Error).message})`);
  }
  try {
    return fromWire(visit(json));
  } catch (error) {
    if (error instanceof RangeError) throw broken("its values lie too deep in one another");
    throw error;
  }
}

interface PackedArray {
  readonly name: ArrayName;
  readonly at: number;
  readonly length: number;
}

/** Numbers with their bytes in the other order. */
function swapped(bytes: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const turned = new Uint8Array(bytes);
  for (let start = 0; start < turned.length; start += size)
    turned.subarray(start, start + size).reverse();
  return turned;
}
