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
    }
  | { readonly kind: "free"; readonly values: readonly LazyTensor[] }
  | { readonly kind: "stage"; readonly label: string };

/** Whether the operations before this entry go to the backend when the program comes by it. */
export function endsSubmission({ kind }: Pick<Entry, "kind">): boolean {
  return kind === "change" || kind === "stage" || kind === "free";
}
