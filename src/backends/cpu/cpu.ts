import type { Backend, ParameterSource } from "../../tensor/backend.ts";
import { storageOf } from "../../tensor/execute.ts";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import { type Operation, writtenInputs } from "../../tensor/operation.ts";
import { type Shape, sizeOf } from "../../tensor/shape.ts";
import type { NumberType, Storage } from "../../tensor/storage.ts";
import { carryOut } from "../reference/kernels.ts";
import { EngineError } from "./engine-error.ts";
import { type Block, floatsOf, Heap, integersOf } from "./heap.ts";
import { KeptPasses } from "./kept/kept-passes.ts";
import type { List } from "./list.ts";
import type { Machine } from "./machine.ts";
import { plan as planOperation } from "./operations/plan-operation.ts";
import { stepsOf } from "./operations/steps.ts";
import { Plan } from "./plan.ts";
import { blockOf, type CpuStorage, cpuStorage } from "./storage.ts";
import { expectRoom } from "./weights/room.ts";
import type { WeightPrecision } from "./weights/weight-layout.ts";
import { stagingBytes, unpackRows, WeightLoader } from "./weights/weights.ts";

/** Lists that may be on their way while the next one is written. */
const AHEAD = 2;
/** Short lists may be more, as long as what they compute stays in the cache. */
const AHEAD_BYTES = 8 << 20;
/** From this size on, a tensor that is taken is handed over; below, a copy is cheaper than a region of its own. */
const HANDED_OVER_BYTES = 256 << 10;

/** A kept pass knows itself what its lists read and write. */
const none: ReadonlySet<Storage> = new Set();

/** A backend that nobody holds any more was not disposed: its threads end all the same. */
const forgotten = new FinalizationRegistry<Machine>((machine) => void machine.dispose());

/** A list on its way, and the tensors its operations need. */
interface Sent {
  readonly done: Promise<void>;
  want(): void;
  /** Memory it computes in. */
  readonly bytes: number;
  readonly writes: ReadonlySet<Storage>;
  readonly reads: ReadonlySet<Storage>;
}

export interface CpuBackendOptions {
  /** How learned matrices are kept. */
  readonly weights?: WeightPrecision;
  /** The computer's memory in bytes, where it can be known: models that do not fit are refused before they are loaded. */
  readonly systemMemory?: () => { readonly total: number; readonly free: number } | undefined;
}

/** The engine: operations become lists of kernel calls, which a machine's threads carry out. */
export function cpuBackend(
  machine: Machine,
  { weights = "stored", systemMemory }: CpuBackendOptions = {},
): Backend {
  const heap = new Heap((bytes, label) => machine.newRegion(bytes, label), machine.memory);
  const underWay: Sent[] = [];
  let zeros: Block | undefined;
  let wide: Block | undefined;
  let failure: unknown;
  let isDisposed = false;
  const panelWidth = machine.target.lanes * machine.target.tileVectors;

  /** Submits a list that is written. */
  const send = (
    { address, stop }: { readonly address: number; stop(): void },
    touched: Pick<Sent, "bytes" | "reads" | "writes">,
    { onLeft, onDone }: { onLeft(): void; onDone?(): void },
  ): Sent => {
    if (isDisposed) throw new EngineError("cpu: this backend was disposed");
    const running = machine.submit(address, stop, onLeft);
    const done = running.done.then(onDone, (error: unknown) => {
      failure ??= error;
    });
    const sent = { done, want: running.want, ...touched };
    underWay.push(sent);
    void done.then(() => underWay.splice(underWay.indexOf(sent), 1));
    return sent;
  };
  /** Starts a list; memory freed before it and its own scratch memory go back when it has run. */
  const submit = (
    list: List,
    scratch: readonly Block[],
    operations: readonly Operation[] = [],
  ): Promise<void> => {
    const block = heap.allocate(list.bytes, "list of operations");
    const touched = { bytes: bytesOf(operations, scratch), ...tensorsOf(operations) };
    return send(list.write(block, machine), touched, {
      onLeft: () => heap.release(block),
      onDone() {
        for (const free of scratch) heap.release(free);
      },
    }).done;
  };
  /** Waits for a list, and so for those before it; throws what went wrong with any. */
  const settle = async (sent: Sent | undefined): Promise<void> => {
    sent?.want();
    await sent?.done;
    if (failure) throw failure;
  };
  /** The list that has to be done before another one is written. */
  const tooFarAhead = (): Sent | undefined => {
    let bytes = 0;
    return underWay.findLast((sent, place) => {
      bytes += sent.bytes;
      return bytes > AHEAD_BYTES && place <= underWay.length - AHEAD;
    });
  };
  const zerosOf = (count: number): Block => {
    const bytes = 4 * count;
    if (!zeros || zeros.bytes < bytes) {
      // A shorter one may be in use still; there are never more than a few.
      zeros = heap.allocate(Math.max(bytes, 16384), "zeros");
      const { region, start } = zeros;
      new Uint8Array(region.buffer, region.offset + start, zeros.bytes + 256).fill(0);
    }
    return zeros;
  };
  const wideOf = (bytes: number): Block => {
    // As with zeros, a shorter one may be in use still.
    if (!wide || wide.bytes < bytes) wide = heap.allocate(bytes, "widened weights");
    return wide;
  };
  const lasting = { zeros: zerosOf, wide: wideOf };
  /** Lists under way may still use the memory: it goes back with the last of them. */
  const free = (block: Block | undefined): void => {
    if (!block) return;
    const last = underWay.at(-1);
    if (last) void last.done.then(() => heap.release(block));
    else heap.release(block);
  };
  const numbersOf = (value: LazyTensor): Float32Array | Int32Array => {
    const storage = cpuStorage(value);
    if (storage.panels || storage.halves)
      return unpackRows(storage, panelWidth, 0, storage.shape[0]!);
    const view = storage.type === "i32" ? integersOf : floatsOf;
    return view(blockOf(storage)).subarray(0, sizeOf(value.root.shape));
  };
  const create = (type: NumberType, shape: Shape, label: string): CpuStorage => ({
    type,
    shape,
    label,
    panels: undefined,
    block: undefined,
  });

  const passes = new KeptPasses({
    machine,
    heap,
    lasting,
    send: (list, touched, onLeft) => send(list, { ...touched, reads: none }, { onLeft }),
    settle,
    settleAll: () => settle(underWay.at(-1)),
    waitForRoom: () => settle(tooFarAhead()),
    numbersOf,
  });
  heap.onFull = () => passes.giveBack();

  const loader = new WeightLoader(machine, heap, submit, weights);
  const backend: Backend = {
    name: `cpu (${machine.name})`,
    computes: true,
    attends: () => true,
    expectRoom: (label, sources) =>
      expectRoom(label, sources, {
        precision: weights,
        panelWidth,
        taken:
          heap.used +
          (AHEAD + 1) * Math.max(0, ...sources.map((source) => stagingBytes(source, panelWidth))),
        most: machine.memory.most,
        system: systemMemory?.(),
      }),
    async parameter(source: ParameterSource) {
      const storage = await loader.load(source);
      await settle(underWay.at(-AHEAD - 1));
      return storage;
    },
    async parameterRows(storage, start, end) {
      await settle(underWay.at(-1));
      return unpackRows(storage as CpuStorage, panelWidth, start, end);
    },
    allocate: create,
    upload(values, shape, label) {
      const storage = create(values instanceof Int32Array ? "i32" : "f32", shape, label);
      storage.block = heap.allocate(4 * values.length, label);
      if (values instanceof Int32Array) integersOf(storage.block).set(values);
      else floatsOf(storage.block).set(values);
      return storage;
    },
    async run(operations: readonly Operation[], isUsedOnce = () => false) {
      let plan = new Plan(machine, heap, lasting);
      const send = () => {
        const { list, scratch } = plan;
        plan = new Plan(machine, heap, lasting);
        if (list.size > 0) void submit(list, scratch, operations);
      };
      try {
        for (const step of stepsOf(operations, isUsedOnce)) {
          if (planOperation(plan, step)) continue;
          const { operation } = step;
          send();
          await settle(underWay.at(-1));
          for (const output of operation.outputs) plan.create(output);
          carryOut(operation, numbersOf);
        }
        send();
      } catch (error) {
        for (const block of plan.scratch) heap.release(block);
        throw error;
      }
      await settle(tooFarAhead());
    },
    pass: (entries) => (isDisposed ? undefined : passes.begin(entries)),
    settled: () => settle(underWay.at(-1)),
    async download(storage: Storage) {
      await settle(underWay.findLast(({ writes }) => writes.has(storage)));
      const numbers = floatsOf(blockOf(storage as CpuStorage));
      return Float32Array.from(numbers.subarray(0, sizeOf(storage.shape)));
    },
    async take(storage: Storage) {
      await settle(
        underWay.findLast(({ reads, writes }) => reads.has(storage) || writes.has(storage)),
      );
      const known = storage as CpuStorage;
      const block = blockOf(known);
      known.block = undefined;
      const numbers = floatsOf(block).subarray(0, sizeOf(known.shape));
      if (block.bytes >= HANDED_OVER_BYTES && heap.handOver(block)) return numbers;
      const copy = Float32Array.from(numbers);
      heap.release(block);
      return copy;
    },
    release(storage: Storage) {
      const known = storage as CpuStorage;
      free(known.block);
      known.block = undefined;
    },
    async dispose() {
      while (underWay.length > 0) {
        underWay[0]!.want();
        await underWay[0]!.done;
      }
      isDisposed = true;
      forgotten.unregister(machine);
      await machine.dispose();
      heap.clear();
    },
  };
  forgotten.register(backend, machine, machine);
  return backend;
}

/** What operations read and write. */
function tensorsOf(operations: readonly Operation[]): Pick<Sent, "reads" | "writes"> {
  const reads = new Set<Storage>();
  const writes = new Set<Storage>();
  for (const operation of operations) {
    for (const input of operation.inputs) reads.add(storageOf(input));
    for (const output of operation.outputs) writes.add(storageOf(output));
    for (const input of writtenInputs(operation)) writes.add(storageOf(input));
  }
  return { reads, writes };
}

/** Memory a list computes in. */
function bytesOf(operations: readonly Operation[], scratch: readonly Block[]): number {
  let bytes = scratch.reduce((total, block) => total + block.bytes, 0);
  for (const { outputs } of operations)
    for (const output of outputs) bytes += 4 * sizeOf(output.shape);
  return bytes;
}
