import type { Block, Heap } from "../heap.ts";
import type { Arguments, List } from "../list.ts";
import type { KernelName, Machine } from "../machine.ts";
import { type Lasting, Plan, type ProductArguments, type ProductKernel } from "../plan.ts";
import type { CpuStorage } from "../storage.ts";

/** Memory of a value, and the submission that makes it; inputs are there before all of them. */
export interface KeptStorage extends CpuStorage {
  readonly value: number;
  readonly run: number;
}

/** Plans with the memory of a kept pass. */
export class KeptPlan extends Plan {
  scratchOfStep: Block[] = [];
  readonly #memory: {
    place(storage: KeptStorage): Block;
    borrow(bytes: number, label: string): Block;
  };

  constructor(
    machine: Machine,
    heap: Heap,
    lasting: Lasting,
    list: List,
    memory: {
      place(storage: KeptStorage): Block;
      borrow(bytes: number, label: string): Block;
    },
  ) {
    super(machine, heap, lasting, list);
    this.#memory = memory;
  }

  protected override place(storage: CpuStorage, isHandedOver: boolean): Block {
    // A cache is not of this program alone.
    if (!("value" in storage)) return super.place(storage, isHandedOver);
    return this.#memory.place(storage as KeptStorage);
  }

  override borrow(floats: number, label: string): Block {
    const block = this.#memory.borrow(4 * floats, label);
    this.scratchOfStep.push(block);
    return block;
  }
}

/** Plans one step again, into the calls it has. */
export class Rewriting extends Plan {
  readonly #first: number;
  readonly #borrow: (place: number, bytes: number, label: string) => Block;
  #at: number;
  #borrowed = 0;
  #isSame = true;

  constructor(
    machine: Machine,
    heap: Heap,
    lasting: Lasting,
    list: List,
    calls: {
      readonly first: number;
      borrow(place: number, bytes: number, label: string): Block;
    },
  ) {
    super(machine, heap, lasting, list);
    this.#first = calls.first;
    this.#at = calls.first;
    this.#borrow = calls.borrow;
  }

  /** Whether the calls were so many, and of the same kernels. */
  isSame(count: number): boolean {
    return this.#isSame && this.#at === this.#first + count;
  }

  override borrow(floats: number, label: string): Block {
    return this.#borrow(this.#borrowed++, 4 * floats, label);
  }

  /** Barriers stay where they are. */
  override touch(): void {}

  override call<N extends KernelName>(kernel: N, values: Arguments<N>): void {
    this.#isSame &&= this.list.replace(this.#at, kernel, values);
    this.#at += 1;
  }

  override callProduct(kernel: ProductKernel, values: ProductArguments): void {
    const { nextPanels = 0, nextBytes = 0 } = this.list.argumentsAt(this.#at) ?? {};
    this.call(kernel, { ...values, nextPanels, nextBytes });
  }
}
