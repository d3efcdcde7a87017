import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import { sizeOf } from "../../tensor/shape.ts";
import { addressOf, type Block, type Heap } from "./heap.ts";
import { type Arguments, List } from "./list.ts";
import type { KernelName, Machine } from "./machine.ts";
import { blockOf, type CpuStorage, cpuStorage } from "./storage.ts";

/** What one kernel call reads and writes, so that a barrier stands where it must and nowhere else. */
export interface Touched {
  readonly reads: readonly (LazyTensor | Block)[];
  readonly writes: readonly (LazyTensor | Block)[];
}

/** Memory of a backend that lists share: at least so many zeros, and bytes that threads overwrite. */
export interface Lasting {
  zeros(count: number): Block;
  wide(bytes: number): Block;
}

export type ProductKernel = "matmul" | "matmulF16" | "matmulBf16";

export type ProductArguments = {
  -readonly [field in keyof Arguments<ProductKernel>]: number;
};

/** A list of kernel calls in the making: memory for what they compute, and barriers between those that depend. */
export class Plan {
  readonly machine: Machine;
  readonly list: List;
  readonly #heap: Heap;
  readonly #scratch: Block[] = [];
  readonly #zeros: (count: number) => Block;
  readonly #wide: (bytes: number) => Block;
  #read = new Set<Block>();
  #written = new Set<Block>();
  #product: { nextPanels: number; nextBytes: number } | undefined;

  constructor(machine: Machine, heap: Heap, { zeros, wide }: Lasting, list: List = new List()) {
    this.machine = machine;
    this.list = list;
    this.#heap = heap;
    this.#zeros = zeros;
    this.#wide = wide;
  }

  /** Blocks to give back when the list has run. */
  get scratch(): readonly Block[] {
    return this.#scratch;
  }

  /** Floats of one panel's row: a panel is so many rows of a matrix. */
  get panelWidth(): number {
    return this.machine.target.lanes * this.machine.target.tileVectors;
  }

  /** Gives a computed tensor its memory. `isHandedOver`: a reader may keep it, so it lies in a region of its own. */
  create(value: LazyTensor, { isHandedOver = false } = {}): void {
    const storage = cpuStorage(value);
    storage.block ??= this.place(storage, isHandedOver);
  }

  /** Memory for a computed tensor. */
  protected place({ shape, label }: CpuStorage, isHandedOver: boolean): Block {
    return this.#heap.allocate(4 * sizeOf(shape), label, { isLasting: isHandedOver });
  }

  /** Memory for this list alone. */
  borrow(floats: number, label: string): Block {
    const block = this.#heap.allocate(4 * floats, label);
    this.#scratch.push(block);
    return block;
  }

  /** Address of at least so many zeros. */
  zerosAt(count: number): number {
    return addressOf(this.#zeros(count));
  }

  /** Address of memory in which every thread has so many bytes to widen or pack in: a thread does one task after the other. */
  wideAt(bytes: number): number {
    return addressOf(this.#wide(bytes * this.machine.threads));
  }

  /** Says what the calls to come read and write; waits for the calls before them where they touch the same. */
  touch({ reads, writes }: Touched): void {
    const read = reads.map(toBlock);
    const written = writes.map(toBlock);
    const mustWait =
      read.some((block) => this.#written.has(block)) ||
      written.some((block) => this.#written.has(block) || this.#read.has(block));
    if (mustWait) {
      this.list.barrier();
      this.#read = new Set();
      this.#written = new Set();
    }
    for (const block of read) this.#read.add(block);
    for (const block of written) this.#written.add(block);
  }

  call<N extends KernelName>(kernel: N, values: Arguments<N>): void {
    this.list.add(kernel, values);
  }

  /** A product with a packed matrix: the one before it is told where its panels lie, so that it can ask for them. */
  callProduct(kernel: ProductKernel, values: ProductArguments): void {
    if (this.#product) {
      this.#product.nextPanels = values.panels;
      this.#product.nextBytes = values.taskPanels * values.panelBytes;
    }
    this.#product = values;
    this.call(kernel, values);
  }

  /** Rows a task takes, so that every thread gets several tasks of at least `least` rows. */
  rowsPerTask(rows: number, least = 1): { taskRows: number; tasks: number } {
    const taskRows = Math.max(least, Math.ceil(rows / (this.machine.threads * 4)));
    return { taskRows, tasks: Math.ceil(rows / taskRows) };
  }
}

function toBlock(touched: LazyTensor | Block): Block {
  return "region" in touched ? touched : blockOf(cpuStorage(touched) as CpuStorage);
}
