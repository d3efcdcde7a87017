import type { LazyTensor } from "./lazy-tensor.ts";
import type { Operation } from "./operation.ts";
import type { Tensor } from "./tensor.ts";

/** What a program does, in the order it was written. */
export type Entry =
  | { readonly kind: "operation"; readonly operation: Operation }
  | {
      readonly kind: "input";
      readonly value: LazyTensor;
      readonly data: Float32Array | Int32Array;
    }
  | {
      readonly kind: "read";
      readonly value: LazyTensor;
      readonly receive: (tensor: Tensor) => void;
    }
  | {
      readonly kind: "change";
      readonly value: LazyTensor;
      readonly result: LazyTensor;
      readonly change: (tensor: Tensor) => Tensor | Promise<Tensor>;
      /** It picks in steps: what comes out stays the same where numbers change a little, so nothing's gradient goes through it. */
      readonly isChoice?: boolean;
    }
  | { readonly kind: "free"; readonly values: readonly LazyTensor[] }
  | { readonly kind: "stage"; readonly label: string };

/** Whether the operations before this entry go to the backend when the program comes by it. */
export function endsSubmission({ kind }: Pick<Entry, "kind">): boolean {
  return kind === "change" || kind === "stage" || kind === "free";
}

/** For each value, how many times its numbers are needed, and the last entry that needs them. */
export function usesOf(
  entries: readonly Entry[],
): Map<LazyTensor, { count: number; last: number }> {
  const uses = new Map<LazyTensor, { count: number; last: number }>();
  for (const [last, entry] of entries.entries()) {
    const needed =
      entry.kind === "operation"
        ? entry.operation.inputs
        : entry.kind === "read" || entry.kind === "change"
          ? [entry.value]
          : [];
    for (const { root } of needed)
      uses.set(root, { count: (uses.get(root)?.count ?? 0) + 1, last });
  }
  return uses;
}
