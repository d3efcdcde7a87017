import { reference } from "../../src/backends/reference/reference.ts";
import type { OperationName } from "../../src/tensor/attributes.ts";
import type { Backend } from "../../src/tensor/backend.ts";
import type { Storage } from "../../src/tensor/storage.ts";

/** What a watched backend has done so far. */
export interface Watched {
  readonly backend: Backend;
  /** Operations carried out. */
  operations: OperationName[];
  /** Pieces of memory that nobody has released, learned tensors included. */
  readonly alive: ReadonlySet<Storage>;
  /** The most there ever were at once since `peak` was last set. */
  peak: number;
  isDisposed: boolean;
}

/** The reference, counting operations and memory. Releasing twice, or using what was released, throws. */
export function watchedBackend(inner: Backend = reference()): Watched {
  const alive = new Set<Storage>();
  const born = <S extends Storage>(storage: S): S => {
    alive.add(storage);
    watched.peak = Math.max(watched.peak, alive.size);
    return storage;
  };
  const expectAlive = (storage: Storage | undefined, what: string) => {
    if (!storage || !alive.has(storage)) throw new Error(`${what}: memory that is not there`);
  };
  const watched: Watched = {
    operations: [],
    alive,
    peak: 0,
    isDisposed: false,
    backend: {
      ...inner,
      async parameter(source) {
        return born(await inner.parameter(source));
      },
      allocate: (type, shape, label) => born(inner.allocate(type, shape, label)),
      upload: (values, shape, label) => born(inner.upload(values, shape, label)),
      async run(operations) {
        for (const { name, inputs, outputs } of operations) {
          for (const value of [...inputs, ...outputs]) expectAlive(value.root.storage, name);
          watched.operations.push(name);
        }
        await inner.run(operations);
      },
      download(storage) {
        expectAlive(storage, "download");
        return inner.download(storage);
      },
      async take(storage) {
        expectAlive(storage, "take");
        alive.delete(storage);
        return inner.download(storage);
      },
      release(storage) {
        expectAlive(storage, "release");
        alive.delete(storage);
        inner.release(storage);
      },
      async dispose() {
        watched.isDisposed = true;
        await inner.dispose();
      },
    },
  };
  return watched;
}
