import type { Pass } from "../../../tensor/backend.ts";
import { storageOf } from "../../../tensor/execute.ts";
import type { LazyTensor } from "../../../tensor/lazy-tensor.ts";
import { type Operation, writtenInputs } from "../../../tensor/operation.ts";
import { type Shape, sizeOf } from "../../../tensor/shape.ts";
import type { NumberType, Storage } from "../../../tensor/storage.ts";
import { carryOut } from "../../reference/kernels.ts";
import { type Block, floatsOf, type Heap, integersOf, spaceFor } from "../heap.ts";
import { List } from "../list.ts";
import type { Machine } from "../machine.ts";
import { wrongId } from "../operations/layout.ts";
import { plan as planOperation } from "../operations/plan-operation.ts";
import { addable, type Step, stepsOf } from "../operations/steps.ts";
import type { Lasting } from "../plan.ts";
import { blockOf } from "../storage.ts";
import { KeptPlan, type KeptStorage, Rewriting } from "./kept-plans.ts";
import type { OperationOutline, Outline } from "./outline.ts";

/** So much is copied in 30 µs, less than it takes to wake a thread for a part of it. */
const READ_AT_END_BYTES = 256 << 10;

/** A list that was submitted. */
export interface Sent {
  readonly done: Promise<void>;
  want(): void;
}

/** What a kept pass needs of its backend. */
export interface Engine {
  readonly machine: Machine;
  readonly heap: Heap;
  readonly lasting: Lasting;
  /** Submits a list that computes in so many bytes and writes what outlives its pass. */
  send(
    list: { address: number; stop(): void },
    touched: { readonly bytes: number; readonly writes: ReadonlySet<Storage> },
    onLeft: () => void,
  ): Sent;
  /** Waits for a list, and so for those before it; throws what went wrong with any. */
  settle(sent: Sent | undefined): Promise<void>;
  /** Waits for all that was submitted. */
  settleAll(): Promise<void>;
  /** Waits until another list may be submitted. */
  waitForRoom(): Promise<void>;
  numbersOf(value: LazyTensor): Float32Array | Int32Array;
}

/** One operation or two as they were planned: calls of a list, or work for the owner's thread. */
interface KeptStep {
  /** Places of its operations in the submission. */
  readonly operation: number;
  readonly output: number | undefined;
  /** Its first call; undefined where there is no kernel for it. */
  readonly first: number | undefined;
  count: number;
  readonly scratch: Block[];
}

/** A list with its steps, or the one step that has no kernel. */
interface KeptPart {
  readonly steps: KeptStep[];
  readonly list: List;
  block: Block | undefined;
  address: number;
  stop(): void;
}

interface KeptRun {
  readonly parts: KeptPart[];
  readonly bytes: number;
}

/**
 * The memory and the lists of one program, kept so that a program which differs in its numbers, and in few shapes, is carried out
 * without being planned again. One program at a time uses it.
 */
export class KeptPass {
  readonly outline: Outline;
  readonly #engine: Engine;
  readonly #runs: KeptRun[] = [];
  /** Memory of the values that have some, by their numbers. */
  readonly #places: (Block | undefined)[] = [];
  /** All memory of values, and the submission after which another value may have it. */
  readonly #shared: { readonly block: Block; until: number }[] = [];
  readonly #scratch: Block[] = [];
  readonly #own = new Set<Block>();
  #isRunning = false;
  #isAbandoned = false;
  #inFlight = 0;
  #bytes = 0;

  constructor(outline: Outline, engine: Engine) {
    this.outline = outline;
    this.#engine = engine;
  }

  /** Whether a program uses it, or a thread is still in one of its lists. */
  get isBusy(): boolean {
    return this.#isRunning || this.#inFlight > 0;
  }

  /** Whether it is of no more use: something went wrong, or it was broken off before all its lists were written. */
  get isAbandoned(): boolean {
    return this.#isAbandoned;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Carries out a program like the outline, of which these operations vary. `onEnd` is called when it may be used again. */
  begin(varying: readonly OperationOutline[], onEnd: () => void): Pass {
    this.#isRunning = true;
    const sent: Sent[] = [];
    let values = 0;
    let run = 0;
    const newStorage = (type: NumberType, shape: Shape, label: string): KeptStorage => {
      const value = values++;
      const block = this.#roomFor(value, 4 * sizeOf(shape), label);
      return { type, shape, label, panels: undefined, block, value, run };
    };
    return {
      readsAtEnd: this.outline.readBytes <= READ_AT_END_BYTES,
      allocate: newStorage,
      upload: (numbers, shape, label) => {
        const storage = newStorage(numbers instanceof Int32Array ? "i32" : "f32", shape, label);
        storage.block ??= this.#place(storage.value, 4 * numbers.length, label);
        this.#expectIds(storage.value, numbers);
        if (numbers instanceof Int32Array) integersOf(storage.block).set(numbers);
        else floatsOf(storage.block).set(numbers);
        return storage;
      },
      run: async (operations, isUsedOnce = () => false) => {
        const number = run++;
        try {
          const { parts, bytes } = this.#planned(number, varying, operations, isUsedOnce);
          const writes = writtenBy(operations);
          for (const part of parts) {
            if (part.block) sent[number] = this.#send(part, part.block, { bytes, writes });
            else {
              await this.#engine.settleAll();
              carryOut(operations[part.steps[0]!.operation]!, this.#engine.numbersOf);
            }
          }
        } catch (error) {
          this.#isAbandoned = true;
          throw error;
        }
        await this.#engine.waitForRoom();
      },
      settled: () => this.#engine.settleAll(),
      download: async (storage: Storage) => {
        const known = storage as KeptStorage;
        // What outlives the pass may have been written by any of its lists.
        if (known.run === undefined) await this.#engine.settleAll();
        else await this.#engine.settle(sent[known.run]);
        return Float32Array.from(floatsOf(blockOf(known)).subarray(0, sizeOf(known.shape)));
      },
      release: () => {},
      end: () => {
        this.#isRunning = false;
        this.#isAbandoned ||= this.#runs.length < this.outline.runs.length;
        onEnd();
      },
    };
  }

  /** Gives all memory back; it must not be busy. */
  release(): void {
    for (const block of this.#own) this.#engine.heap.release(block);
    this.#own.clear();
    this.#bytes = 0;
  }

  #send(part: KeptPart, block: Block, touched: Parameters<Engine["send"]>[1]): Sent {
    part.list.rewind(block);
    this.#inFlight += 1;
    return this.#engine.send(part, touched, () => {
      this.#inFlight -= 1;
    });
  }

  /** A submission as it was planned before, less what varies; or planned now. */
  #planned(
    number: number,
    varying: readonly OperationOutline[],
    operations: readonly Operation[],
    isUsedOnce: (value: LazyTensor) => boolean,
  ): KeptRun {
    const stale = varying.filter((operation) => operation.run === number);
    const known = this.#runs[number];
    const isKept = known !== undefined && this.#rewrite(known, stale, operations);
    const planned = isKept ? known : this.#write(number, operations, isUsedOnce);
    for (const operation of stale) operation.isStale = false;
    return planned;
  }

  /** Plans a submission. */
  #write(
    number: number,
    operations: readonly Operation[],
    isUsedOnce: (value: LazyTensor) => boolean,
  ): KeptRun {
    for (const { block } of this.#runs[number]?.parts ?? []) if (block) this.#giveBack(block);
    const { machine, heap, lasting } = this.#engine;
    const parts: KeptPart[] = [];
    const open = (): KeptPart => ({
      steps: [],
      list: new List(),
      block: undefined,
      address: 0,
      stop() {},
    });
    const outline = this.outline.runs[number]!;
    const placeOf = new Map(operations.map(({ outputs }, place) => [outputs[0], place] as const));
    let borrowed = 0;
    let part = open();
    const close = () => {
      if (part.list.size > 0) parts.push(part);
      part = open();
    };
    const newPlan = (list: List) =>
      new KeptPlan(machine, heap, lasting, list, {
        place: ({ value, shape, label }) => this.#place(value, 4 * sizeOf(shape), label, number),
        borrow: (bytes, label) => this.#borrow(borrowed++, bytes, label),
      });
    let target = newPlan(part.list);
    for (const step of stepsOf(operations, isUsedOnce)) {
      fix(step, operations, outline);
      const kept: KeptStep = {
        operation: operations.indexOf(step.operation),
        output: step.output && placeOf.get(step.output),
        first: part.list.size,
        count: 0,
        scratch: [],
      };
      target.scratchOfStep = kept.scratch;
      if (planOperation(target, step)) {
        kept.count = part.list.size - kept.first!;
        part.steps.push(kept);
        continue;
      }
      for (const output of step.operation.outputs) target.create(output);
      close();
      parts.push({ ...open(), steps: [{ ...kept, first: undefined }] });
      target = newPlan(part.list);
    }
    close();
    for (const written of parts) {
      if (written.list.size === 0) continue;
      const { list } = written;
      written.block = this.#allocate(list.bytes, "list of operations");
      const { address, stop } = list.write(written.block, machine);
      written.address = address;
      written.stop = stop;
    }
    let bytes = this.#scratch.reduce((total, block) => total + block.bytes, 0);
    for (const { outputs } of operations)
      for (const output of outputs) bytes += 4 * sizeOf(output.shape);
    const written = { parts, bytes };
    this.#runs[number] = written;
    return written;
  }

  /** Writes the calls of operations that vary anew, where the others lie; false when other kernels are needed. */
  #rewrite(
    { parts }: KeptRun,
    stale: readonly OperationOutline[],
    operations: readonly Operation[],
  ): boolean {
    if (stale.length === 0) return true;
    const places = new Set(stale.map(({ place }) => place));
    const { machine, heap, lasting } = this.#engine;
    for (const { steps, list } of parts)
      for (const { operation, output, first, count, scratch } of steps) {
        if (!places.has(operation) && !(output !== undefined && places.has(output))) continue;
        if (first === undefined) return false;
        const target = new Rewriting(machine, heap, lasting, list, {
          first,
          borrow: (place, bytes, label) => {
            const known = scratch[place];
            if (known && known.bytes >= bytes) return known;
            scratch[place] = this.#allocate(2 * bytes, label);
            return scratch[place];
          },
        });
        const step: Step = {
          operation: operations[operation]!,
          output: output === undefined ? undefined : operations[output]!.outputs[0],
        };
        if (!planOperation(target, step) || !target.isSame(count)) return false;
      }
    return true;
  }

  /** The memory a value has; more of it where that has become too little. Undefined where none was needed yet. */
  #roomFor(value: number, bytes: number, label: string): Block | undefined {
    const known = this.#places[value];
    if (!known || known.bytes >= bytes) return known;
    this.#places[value] = this.#allocate(2 * bytes, label);
    return this.#places[value];
  }

  /** Memory for a value: its own, or in the making, `run` given, that of values which earlier submissions needed last. */
  #place(value: number, bytes: number, label: string, run?: number): Block {
    const { lastRun } = this.outline.values[value]!;
    const isFirst = run !== undefined && this.#runs[run] === undefined;
    const mayShare = isFirst && lastRun !== Number.POSITIVE_INFINITY;
    let best: { readonly block: Block; until: number } | undefined;
    if (mayShare)
      for (const place of this.#shared)
        if (place.until < run && place.block.bytes >= bytes)
          if (!best || place.block.bytes < best.block.bytes) best = place;
    if (!best) {
      best = { block: this.#allocate(bytes, label), until: lastRun };
      if (mayShare) this.#shared.push(best);
    }
    best.until = lastRun;
    this.#places[value] = best.block;
    return best.block;
  }

  /** Memory for one submission alone; the next one may have it. */
  #borrow(place: number, bytes: number, label: string): Block {
    const known = this.#scratch[place];
    if (known && known.bytes >= bytes) return known;
    this.#scratch[place] = this.#allocate(bytes, label);
    return this.#scratch[place];
  }

  #allocate(bytes: number, label: string): Block {
    const block = this.#engine.heap.allocate(bytes, label);
    this.#own.add(block);
    this.#bytes += spaceFor(bytes);
    return block;
  }

  #giveBack(block: Block): void {
    this.#own.delete(block);
    this.#bytes -= spaceFor(block.bytes);
    this.#engine.heap.release(block);
  }

  /** Ids are looked at when an `embed` is planned; here they are new and its plan is old. */
  #expectIds(value: number, ids: Float32Array | Int32Array): void {
    const { table } = this.outline.values[value]!;
    const wrong = table ? ids.findIndex((id) => !(id >= 0 && id < table.rows)) : -1;
    if (table && wrong >= 0) throw wrongId(ids[wrong]!, wrong, table);
  }
}

/** What is fused depends on shapes: such operations must not vary. */
function fix(
  { operation, residual, output }: Step,
  operations: readonly Operation[],
  outline: readonly OperationOutline[],
): void {
  const isSum = operation.name === "add";
  const products = isSum ? operations.filter(({ name }) => addable.has(name)) : [];
  if (operation.inputs.some(({ root }) => products.some(({ outputs }) => outputs[0] === root)))
    outline[operations.indexOf(operation)]!.isFixed = true;
  if (!residual) return;
  outline[operations.indexOf(operation)]!.isFixed = true;
  outline[operations.findIndex(({ outputs }) => outputs[0] === output)]!.isFixed = true;
}

const none: ReadonlySet<Storage> = new Set();

/** What operations write that outlives their program; the same empty set for most, which write nothing of that kind. */
function writtenBy(operations: readonly Operation[]): ReadonlySet<Storage> {
  const written = operations.flatMap(writtenInputs);
  return written.length === 0 ? none : new Set(written.map(storageOf));
}
