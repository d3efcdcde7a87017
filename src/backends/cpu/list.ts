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
  readonly values: Readonly<Record<string, number>>;
  /** Whether all tasks so far must be done before the next entry. */
  isLast: boolean;
}

/** The calls of one submission, in order; written into memory once all are known. */
export class List {
  readonly #entries: Entry[] = [];

  get size(): number {
    return this.#entries.length;
  }

  add<N extends KernelName>(kernel: N, values: Arguments<N>): void {
    this.#entries.push({ kernel, values, isLast: false });
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
    const floats = new Float32Array(words.buffer, words.byteOffset, words.length);
    words.fill(0, 0, (LIST_ENTRIES + (this.#entries.length + 1) * LIST_ENTRY_BYTES) / 4);
    let place = LIST_ENTRIES + (this.#entries.length + 1) * LIST_ENTRY_BYTES;
    for (const [index, { kernel, values, isLast }] of this.#entries.entries()) {
      place = align(place);
      const entry = (LIST_ENTRIES + index * LIST_ENTRY_BYTES) / 4;
      writeWord(words, entry, machine.entryOf(kernel));
      writeWord(words, entry + 2, addressOf(block, place, blockBytes(kernel)));
      words[entry + 4] = isLast ? 1 : 0;
      words[(place + TASKS_TAKEN) / 4] = 0;
      words[(place + TASKS_DONE) / 4] = 0;
      const layout: { fields: readonly string[]; floats: readonly string[] } = layouts[kernel];
      for (const [number, field] of layout.fields.entries()) {
        const at = (place + ARGUMENTS_START + number * ARGUMENT_BYTES) / 4;
        if (layout.floats.includes(field)) floats[at] = values[field]!;
        else writeWord(words, at, values[field]!);
      }
      place += blockBytes(kernel);
    }
    const stop = LIST_STOP / 4;
    return { address: addressOf(block), stop: () => Atomics.store(words, stop, 1) };
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
