import { ShapeError } from "../errors.ts";
import type { Storage } from "./backend.ts";
import type { LazyTensor } from "./lazy-tensor.ts";
import type { Operation } from "./operation.ts";
import type { Entry, Program } from "./program.ts";
import { sameShape } from "./shape.ts";
import { Tensor } from "./tensor.ts";

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

/** Carries out a program, a stage a submission, in the order written. An abort stops it between stages; all memory is freed either way. */
export async function execute(
  program: Program,
  { signal, onProgress }: ExecuteOptions = {},
): Promise<void> {
  const { backend, entries } = program;
  const total = entries.filter((entry) => entry.kind === "stage").length;
  const alive = new Set<LazyTensor>();
  const lastUses = lastUseOf(entries);
  let pending: Operation[] = [];
  let reads: { readonly entry: ReadEntry; readonly isLastUse: boolean }[] = [];
  let done = 0;

  const create = (value: LazyTensor, storage: Storage) => {
    value.storage = storage;
    alive.add(value);
  };
  const flush = async () => {
    const operations = pending;
    const asked = reads;
    pending = [];
    reads = [];
    if (operations.length > 0) await backend.run(operations);
    for (const { entry, isLastUse } of asked) await read(entry, isLastUse);
  };
  const read = async ({ value, receive }: ReadEntry, isLastUse: boolean) => {
    const { root } = value;
    const storage = storageOf(root);
    if (isLastUse && backend.take && alive.delete(root)) {
      root.storage = undefined;
      receive(new Tensor(value.shape, await backend.take(storage)));
    } else receive(new Tensor(value.shape, await backend.download(storage)));
  };
  const free = (value: LazyTensor) => {
    if (!alive.delete(value)) return;
    if (value.storage) backend.release(value.storage);
    value.storage = undefined;
  };

  try {
    signal?.throwIfAborted();
    for (const [place, entry] of entries.entries()) {
      switch (entry.kind) {
        case "input":
          create(entry.value, backend.upload(entry.data, entry.value.shape, entry.value.label));
          break;
        case "operation":
          for (const output of entry.operation.outputs)
            create(output, backend.allocate(output.type, output.shape, output.label));
          pending.push(entry.operation);
          break;
        case "read":
          // Values never change once computed, so a read can wait for the end of the stage.
          reads.push({ entry, isLastUse: lastUses.get(entry.value.root) === place });
          break;
        case "change": {
          await flush();
          const before = new Tensor(
            entry.value.shape,
            await backend.download(storageOf(entry.value.root)),
          );
          const after = await entry.change(before);
          if (!sameShape(after.shape, entry.value.shape))
            throw new ShapeError(
              `patch at ${entry.result.label}: the function returned shape ${after}, the site has ${before}`,
            );
          create(entry.result, backend.upload(after.data, after.shape, entry.result.label));
          break;
        }
        case "stage":
          await flush();
          // The stream that entered a layer belongs to the scope around it, and is needed no more.
          for (const value of [...alive]) if ((lastUses.get(value) ?? 0) < place) free(value);
          done += 1;
          onProgress?.({ stage: entry.label, done, total });
          signal?.throwIfAborted();
          break;
        case "free":
          await flush();
          for (const value of entry.values) free(value);
          break;
      }
    }
    await flush();
  } finally {
    for (const value of [...alive]) free(value);
  }
}

/** The memory of a value that exists by now. */
export function storageOf(value: LazyTensor): Storage {
  const storage = value.root.storage;
  if (!storage)
    throw new ShapeError(`${value}: used before it was computed, or after it was freed`);
  return storage;
}

/** For each value, the last entry that needs its numbers. */
function lastUseOf(entries: readonly Entry[]): Map<LazyTensor, number> {
  const last = new Map<LazyTensor, number>();
  for (const [place, entry] of entries.entries()) {
    if (entry.kind === "operation")
      for (const input of entry.operation.inputs) last.set(input.root, place);
    else if (entry.kind === "read" || entry.kind === "change") last.set(entry.value.root, place);
  }
  return last;
}
