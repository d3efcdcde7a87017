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

const none: readonly LazyTensor[] = [];

/** Inputs that an operation writes, whose memory outlives the program: a cache, a learned tensor, an optimizer's state. */
export function writtenInputs({ name, inputs }: Operation): readonly LazyTensor[] {
  switch (name) {
    case "cacheAppend":
    case "assign":
      return inputs.slice(0, 1);
    case "adamStep":
      return inputs.slice(0, 3);
    default:
      return none;
  }
}
