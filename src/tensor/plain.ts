import { Tensor } from "./tensor.ts";

/** A tensor without its class: what structured clones, IndexedDB and JSON can carry. */
export interface PlainTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** The tensor as a plain object over the same numbers. */
export function plainTensor({ shape, data }: Tensor): PlainTensor {
  return { shape, data };
}

/** Every tensor among a record's values, and those of records within it, as a plain object. */
export function plainRecord(record: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(record)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => {
        if (value instanceof Tensor) return [name, plainTensor(value)];
        return [name, isRecord(value) ? plainRecord(value) : value];
      }),
  );
}

/** What `plainRecord` was given, with its tensors. */
export function revivedRecord(record: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(record).map(([name, value]) => {
      const { shape, data } = (value ?? {}) as Partial<PlainTensor>;
      const isTensor = Array.isArray(shape) && data instanceof Float32Array;
      if (isTensor) return [name, new Tensor(shape, data)];
      return [name, isRecord(value) ? revivedRecord(value) : value];
    }),
  );
}

function isRecord(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  // Objects of another realm have a prototype of their own.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** The buffers of a plain object's numbers, each once: what `postMessage` may transfer. Whoever transfers them gives their tensors away. */
export function buffersOf(plain: unknown): ArrayBuffer[] {
  const found = new Set<ArrayBuffer>();
  const walk = (value: unknown): void => {
    if (ArrayBuffer.isView(value)) {
      if (value.buffer instanceof ArrayBuffer) found.add(value.buffer);
    } else if (typeof value === "object" && value !== null) Object.values(value).forEach(walk);
  };
  walk(plain);
  return [...found];
}
