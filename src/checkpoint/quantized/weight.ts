import { CheckpointError } from "../../errors/errors.ts";
import { short } from "../../errors/visible.ts";
import type { Checkpoint, StoredTensor } from "../checkpoint.ts";
import type { ComputedTensor } from "../computed.ts";

/** A weight that is computed of codes and what lies beside them. */
export interface Dequantised {
  readonly name: string;
  readonly kind: string;
  readonly tensor: ComputedTensor;
  /** Whether it lies (out, in) as a Linear's does, even where the model's own layer is a Conv1D, (in, out). */
  readonly isLinear?: boolean;
  /** Tensors that it is made of: they are listed no more. */
  readonly parts: readonly string[];
}

/** What is said of weights that were codes. */
export function dequantisedTo(
  place: string,
  kinds: string,
  count: number,
  stored: number,
  numbers: number,
): string {
  const megabytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  return `${place}: ${count} of its tensors are quantised (${kinds}): they are computed with as float32, ${megabytes(numbers)} in place of ${megabytes(stored)}`;
}

/** What is read once for many ranges, and let go of at the end. */
export function kept<Value>(read: () => Promise<Value>) {
  let value: Promise<Value> | undefined;
  return {
    get() {
      value ??= read();
      return value;
    },
    drop() {
      value = undefined;
    },
  };
}

export function refuse(checkpoint: Checkpoint, { name }: StoredTensor, why: string): never {
  throw new CheckpointError(
    `${checkpoint.label}: "${short(name)}" ${why}. Take the repository that it was made from, or save it again as float with Python`,
  );
}
