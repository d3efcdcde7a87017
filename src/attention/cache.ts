import { ShapeError } from "../errors/errors.ts";
import type { Backend } from "../tensor/backend.ts";
import { cacheAppend } from "../tensor/cache-operations.ts";
import { LazyTensor } from "../tensor/lazy-tensor.ts";
import { part } from "../tensor/part-operations.ts";
import type { Program } from "../tensor/program.ts";

/** Keys and values, (B, Hkv, S, D) each. */
export interface KeyValue {
  readonly k: LazyTensor;
  readonly v: LazyTensor;
}

/** What one attention remembers of the passes before. */
export interface Memory {
  /** Adds the new tokens' keys and values (B, Hkv, T, D); gives those of all tokens so far, without a copy. */
  append(k: LazyTensor, v: LazyTensor): KeyValue;
  /** Keys and values of what does not grow (a decoder looking at its encoder): made in the first pass, found again in the others. */
  once(make: () => KeyValue): KeyValue;
}

/**
 * The keys and values of a generation, layer by layer: each layer's memory (B, Hkv, capacity, D) is allocated once, on the
 * first pass, and written in place. What a patch made of a k or v is what stays here.
 */
export class Cache {
  /** Tokens whose keys and values are here: those of all passes that were carried out. */
  length = 0;
  readonly #backend: Backend;
  readonly #capacity: number;
  readonly #memories = new Map<string, KeyValue>();
  /** Names of the memories that grow from pass to pass. */
  readonly #growing = new Set<string>();

  constructor(backend: Backend, capacity: number) {
    this.#backend = backend;
    this.#capacity = capacity;
  }

  /** The memory of one attention, by its name within the model: "layers.3", "layers.3.cross". */
  memory(name: string): Memory {
    return {
      append: (k, v) => {
        const own = this.#memory(name, k, v, this.#capacity);
        this.#growing.add(name);
        return { k: cacheAppend(own.k, k, this.length), v: cacheAppend(own.v, v, this.length) };
      },
      once: (make) => {
        const known = this.#memories.get(name);
        if (known) return known;
        const { k, v } = make();
        const own = this.#memory(name, k, v, k.shape[2]!);
        return { k: cacheAppend(own.k, k, 0), v: cacheAppend(own.v, v, 0) };
      },
    };
  }

  /**
   * Has every row of the batch go on from what another one remembers: row b from row `rows[b]`. What does not grow stays: rows go on
   * only from such as have the same.
   */
  reorder(rows: readonly number[], program: Program): void {
    for (const [name, { k, v }] of this.#memories) {
      if (!this.#growing.has(name)) continue;
      program.stage(`${name}, reordered`, () => {
        for (const own of [k, v]) {
          const before = program.firstRows(own, this.length);
          cacheAppend(own, part(before, [rows], program), 0);
        }
        return [];
      });
    }
  }

  /** Bytes of all keys and values. */
  get bytes(): number {
    let numbers = 0;
    for (const { k, v } of this.#memories.values())
      for (const { shape } of [k, v]) numbers += shape.reduce((size, length) => size * length, 1);
    return 4 * numbers;
  }

  /** Frees the memory; the cache is of no use afterwards. */
  release(): void {
    for (const { k, v } of this.#memories.values())
      for (const value of [k, v]) {
        if (value.storage) this.#backend.release(value.storage);
        value.storage = undefined;
      }
    this.#memories.clear();
  }

  #memory(name: string, k: LazyTensor, v: LazyTensor, capacity: number): KeyValue {
    const known = this.#memories.get(name);
    if (known) return known;
    if (this.length > 0)
      throw new ShapeError(`cache: ${name} was not there in the first pass, now it is`);
    const allocate = ({ shape }: LazyTensor, what: string) => {
      const whole = shape.with(2, capacity);
      const label = `${name}, ${what} of earlier tokens`;
      return new LazyTensor(whole, "f32", label, {
        storage: this.#backend.allocate("f32", whole, label),
      });
    };
    const made = { k: allocate(k, "keys"), v: allocate(v, "values") };
    this.#memories.set(name, made);
    return made;
  }
}
