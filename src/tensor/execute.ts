import { ShapeError } from "../errors/errors.ts";
import type { Carrier } from "./backend.ts";
import { type Entry, endsSubmission, usesOf } from "./entry.ts";
import type { LazyTensor } from "./lazy-tensor.ts";
import { type Operation, writtenInputs } from "./operation.ts";
import type { Program } from "./program.ts";
import { sameShape } from "./shape.ts";
import type { Storage } from "./storage.ts";
import { Tensor } from "./tensor.ts";
import { type Turn, turnsOf } from "./turns.ts";

/** How far a run has come. */
export interface Progress {
  /** The stage just finished: "embeddings", "layers.3". */
  readonly stage: string;
  readonly done: number;
  readonly total: number;
}

export interface ExecuteOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

type ReadEntry = Extract<Entry, { kind: "read" }>;

/** What waits until more operations are under way: a read of a value, or what must not overtake one. */
interface Waiting {
  readonly value?: LazyTensor;
  act(): void | Promise<void>;
}

/**
 * Carries out a program, a stage a submission, in the order written. What one submission computed is handed out while the
 * next one runs, so that the backend never waits for readers. Programs of a backend take turns (`turns.ts`). An abort ends one that
 * waits at once, and stops others between stages, of which the backend may have some under way by then; all memory is freed either way.
 */
export async function execute(program: Program, options: ExecuteOptions = {}): Promise<void> {
  const turn = await turnsOf(program.backend).enter(options.signal);
  try {
    await carryOut(program, turn, options);
  } finally {
    turn.leave();
  }
}

async function carryOut(
  program: Program,
  turn: Turn,
  { signal, onProgress }: ExecuteOptions,
): Promise<void> {
  const { entries } = program;
  const pass = program.backend.pass?.(entries);
  const backend: Carrier = pass ?? program.backend;
  // Each time somebody waits for a stage, the thread that waits takes a core from those that compute.
  const readsAtEnd = pass?.readsAtEnd === true && onProgress === undefined;
  const total = entries.filter((entry) => entry.kind === "stage").length;
  const alive = new Set<LazyTensor>();
  const uses = usesOf(entries);
  let pending: Operation[] = [];
  let reads: Waiting[] = [];
  let waiting: Waiting[] = [];
  let done = 0;

  const create = (value: LazyTensor, storage: Storage) => {
    value.storage = storage;
    alive.add(value);
  };
  const catchUp = async () => {
    const before = waiting;
    waiting = [];
    for (const { act } of before) await act();
  };
  const submit = async () => {
    if (pending.length > 0) {
      const operations = pending;
      pending = [];
      const written = operations.flatMap(writtenInputs);
      if (waiting.some(({ value }) => value && written.some(({ root }) => root === value)))
        await catchUp();
      await backend.run(operations, (value) => uses.get(value.root)?.count === 1);
      if (!readsAtEnd) await catchUp();
    }
    waiting.push(...reads);
    reads = [];
  };
  const read = async ({ value, receive }: ReadEntry, isLastUse: boolean) => {
    const { root } = value;
    const storage = storageOf(root);
    if (isLastUse && backend.take && alive.delete(root)) {
      root.storage = undefined;
      receive(new Tensor(value.shape, await backend.take(storage)));
    } else receive(new Tensor(value.shape, await backend.download(storage)));
  };
  const release = (value: LazyTensor) => {
    if (!alive.delete(value)) return;
    if (value.storage) backend.release(value.storage);
    value.storage = undefined;
  };
  const free = (value: LazyTensor) => {
    if (waiting.some((read) => read.value === value)) waiting.push({ act: () => release(value) });
    else release(value);
  };

  try {
    signal?.throwIfAborted();
    for (const [place, entry] of entries.entries()) {
      if (endsSubmission(entry)) await submit();
      switch (entry.kind) {
        case "input":
          create(entry.value, backend.upload(entry.data, entry.value.shape, entry.value.label));
          break;
        case "operation":
          for (const output of entry.operation.outputs)
            create(output, backend.allocate(output.type, output.shape, output.label));
          pending.push(entry.operation);
          break;
        case "read": {
          // Values never change once computed, so a read can wait; until the next write of what outlives the program.
          const { root } = entry.value;
          const isLastUse = uses.get(root)?.last === place;
          reads.push({ value: root, act: () => read(entry, isLastUse) });
          break;
        }
        case "change": {
          await catchUp();
          const before = new Tensor(
            entry.value.shape,
            await backend.download(storageOf(entry.value.root)),
          );
          const after = await turn.aside(() => entry.change(before));
          if (!sameShape(after.shape, entry.value.shape))
            throw new ShapeError(
              `patch at ${entry.result.label}: the function returned shape ${after}, the site has ${before}`,
            );
          create(entry.result, backend.upload(after.data, after.shape, entry.result.label));
          break;
        }
        case "stage": {
          // The stream that entered a layer belongs to the scope around it, and is needed no more.
          for (const value of [...alive]) if ((uses.get(value)?.last ?? 0) < place) free(value);
          const tell = () => {
            done += 1;
            onProgress?.({ stage: entry.label, done, total });
          };
          if (waiting.length > 0) waiting.push({ act: tell });
          else tell();
          signal?.throwIfAborted();
          break;
        }
        case "free":
          for (const value of entry.values) free(value);
          break;
      }
    }
    await submit();
    if (readsAtEnd) await backend.settled?.();
    await catchUp();
    // Where nothing is read nobody would notice that work is under way, or that it failed.
    if (!entries.some(({ kind }) => kind === "read")) await backend.settled?.();
  } finally {
    for (const value of [...alive]) release(value);
    pass?.end();
  }
}

/** The memory of a value that exists by now. */
export function storageOf(value: LazyTensor): Storage {
  const storage = value.root.storage;
  if (!storage)
    throw new ShapeError(`${value}: used before it was computed, or after it was freed`);
  return storage;
}
