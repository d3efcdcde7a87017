import type { Attributes, OperationName } from "./attributes.ts";
import type { LazyTensor } from "./lazy-tensor.ts";

/** One entry of a program: inputs and outputs in the order the function of that name documents. */
export type Operation = {
  [N in OperationName]: {
    readonly name: N;
    readonly inputs: readonly LazyTensor[];
    readonly outputs: readonly LazyTensor[];
    readonly attributes: Attributes[N];
  };
}[OperationName];
