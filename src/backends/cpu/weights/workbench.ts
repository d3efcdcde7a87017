import { addressOf, type Block, type Heap, halvesOf, integersOf } from "../heap.ts";
import { exponents, FOUND_BYTES } from "../kernels/halves.ts";
import type { HalfFormat } from "../language/instruction.ts";
import type { List } from "../list.ts";

/** Words that a task looks at. */
const TASK_WORDS = 1 << 16;

/** Sends a list of kernel calls on its way; `scratch` goes back when it has run. */
export type Run = (list: List, scratch: readonly Block[]) => Promise<void>;

/** Numbers of a block, `count` of 16 bits from the one numbered `at` on. */
export interface Halves {
  readonly block: Block;
  readonly at: number;
  readonly count: number;
  readonly format: HalfFormat;
}

/** What one tensor is laid out in: the memory that is borrowed for it, and the lists that are on their way. */
export class Workbench {
  readonly #heap: Heap;
  readonly #run: Run;
  readonly #label: string;
  readonly #borrowed = new Set<Block>();
  readonly #sent: Promise<void>[] = [];
  /** What the next list writes of the numbers that it looks at. */
  #looks: Block[] = [];
  #isOdd = false;

  constructor(heap: Heap, run: Run, label: string) {
    this.#heap = heap;
    this.#run = run;
    this.#label = label;
  }

  borrow(bytes: number): Block {
    const block = this.#heap.allocate(bytes, this.#label);
    this.#borrowed.add(block);
    return block;
  }

  /** Has a list look for NaN and infinities among numbers that are there when it is sent. */
  look(list: List, { block, at, count, format }: Halves): void {
    const size = count >> 1;
    // The last of an odd number of them is no word.
    const beside = halvesOf(block)[at + count - 1] ?? 0;
    const [exponent] = exponents[format];
    if ((beside & exponent) === exponent) this.#isOdd = true;
    if (size === 0) return;
    const tasks = Math.ceil(size / TASK_WORDS);
    const found = this.borrow(FOUND_BYTES * tasks);
    integersOf(found).fill(0);
    const output = addressOf(found, 0, found.bytes);
    const x = addressOf(block, 2 * at, 4 * size);
    const kernel = format === "f16" ? "findOddF16" : "findOddBf16";
    list.add(kernel, { tasks, taskSize: TASK_WORDS, size, x, output });
    this.#looks.push(found);
  }

  /** Sends a list on its way, with which `last` goes back. */
  run(list: List, last: readonly Block[]): Promise<void> {
    const looks = this.#looks;
    this.#looks = [];
    const sent = this.#run(list, last).then(() => {
      for (const found of looks) {
        this.#isOdd ||= integersOf(found).some((bits) => bits !== 0);
        this.#giveBack(found);
      }
    });
    for (const block of last) this.#borrowed.delete(block);
    this.#sent.push(sent);
    return sent;
  }

  /** Whether any of the numbers that were looked at is NaN or infinite, when all lists have run. */
  async sawOdd(): Promise<boolean> {
    await Promise.all(this.#sent);
    return this.#isOdd;
  }

  /** Gives everything back, when nothing writes there any more. */
  async clear(): Promise<void> {
    await Promise.allSettled(this.#sent);
    for (const block of this.#borrowed) this.#giveBack(block);
  }

  #giveBack(block: Block): void {
    this.#heap.release(block);
    this.#borrowed.delete(block);
  }
}
