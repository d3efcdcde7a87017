import { layouts } from "./generated/layouts.generated.ts";
import { addressOf, type Block, integersOf } from "./heap.ts";
import { LIST_ENTRIES, LIST_ENTRY_BYTES, LIST_STOP } from "./kernels/run-list.ts";
import { ARGUMENT_BYTES, ARGUMENTS_START, TASKS_DONE, TASKS_TAKEN } from "./language/layout.ts";
import type { KernelName, Machine } from "./machine.ts";

/** A kernel's arguments by name: counts, bytes, addresses, and f32 where its layout says so. */
export type Arguments<N extends KernelName> = {
  readonly [field in (typeof layouts)[N]["fields"][number]]: number;
};

interface Entry {
  readonly kernel: KernelName;
  values: Readonly<Record<string, number>>;
  /** Whether all tasks so far must be done before the next entry. */
  isLast: boolean;
  /** Where its arguments lie, once they are written; whether they changed since. */
  place: number;
  isChanged: boolean;
}

/** The calls of one submission, in order; written into memory once all are known. */
export class List {
  readonly #entries: Entry[] = [];

  get size(): number {
    return this.#entries.length;
  }

  add<N extends KernelName>(kernel: N, values: Arguments<N>): void {
    this.#entries.push({ kernel, values, isLast: false, place: 0, isChanged: false });
  }

  /** What follows needs what came before. */
  barrier(): void {
    const last = this.#entries[this.#entries.length - 1];
    if (last) last.isLast = true;
  }

  /** Bytes `write` needs. */
  get bytes(): number {
    let total = LIST_ENTRIES + (this.#entries.length + 1) * LIST_ENTRY_BYTES;
    for (const { kernel } of this.#entries) total = align(total) + blockBytes(kernel);
    return total;
  }

  /** Writes the list into a block; gives the address to submit and the way to stop it. */
  write(block: Block, machine: Machine): { address: number; stop: () => void } {
    this.barrier();
    const words = integersOf(block);
    words.fill(0, 0, (LIST_ENTRIES + (this.#entries.length + 1) * LIST_ENTRY_BYTES) / 4);
    let place = LIST_ENTRIES + (this.#entries.length + 1) * LIST_ENTRY_BYTES;
    for (const [index, entry] of this.#entries.entries()) {
      place = align(place);
      const at = (LIST_ENTRIES + index * LIST_ENTRY_BYTES) / 4;
      writeWord(words, at, machine.entryOf(entry.kernel));
      writeWord(words, at + 2, addressOf(block, place, blockBytes(entry.kernel)));
      words[at + 4] = entry.isLast ? 1 : 0;
      entry.place = place;
      place += blockBytes(entry.kernel);
    }
    this.#writeArguments(words, this.#entries);
    this.rewind(block);
    const stop = LIST_STOP / 4;
    return { address: addressOf(block), stop: () => Atomics.store(words, stop, 1) };
  }

  /** The arguments of a call that was written. */
  argumentsAt(index: number): Readonly<Record<string, number>> | undefined {
    return this.#entries[index]?.values;
  }

  /** Gives a call that was written other arguments; false where it is of another kernel. `rewind` writes them. */
  replace<N extends KernelName>(index: number, kernel: N, values: Arguments<N>): boolean {
    const entry = this.#entries[index];
    if (entry?.kernel !== kernel) return false;
    entry.values = values;
    entry.isChanged = true;
    return true;
  }

  /** Makes a list that has run ready to run once more. No thread may be in it. */
  rewind(block: Block): void {
    const words = integersOf(block);
    words[LIST_STOP / 4] = 0;
    for (const { place } of this.#entries) {
      words[(place + TASKS_TAKEN) / 4] = 0;
      words[(place + TASKS_DONE) / 4] = 0;
    }
    this.#writeArguments(
      words,
      this.#entries.filter(({ isChanged }) => isChanged),
    );
  }

  #writeArguments(words: Int32Array, entries: readonly Entry[]): void {
    const floats = new Float32Array(words.buffer, words.byteOffset, words.length);
    for (const entry of entries) {
      const layout: { fields: readonly string[]; floats: readonly string[] } =
        layouts[entry.kernel];
      for (const [number, field] of layout.fields.entries()) {
        const at = (entry.place + ARGUMENTS_START + number * ARGUMENT_BYTES) / 4;
        if (layout.floats.includes(field)) floats[at] = entry.values[field]!;
        else writeWord(words, at, entry.values[field]!);
      }
      entry.isChanged = false;
    }
  }
}

function blockBytes(kernel: KernelName): number {
  return ARGUMENTS_START + layouts[kernel].fields.length * ARGUMENT_BYTES;
}

function align(bytes: number): number {
  return Math.ceil(bytes / 64) * 64;
}

function writeWord(words: Int32Array, at: number, value: number): void {
  words[at] = value;
  words[at + 1] = Math.floor(value / 2 ** 32);
}
