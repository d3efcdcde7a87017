import type { LazyTensor } from "../../../tensor/lazy-tensor.ts";
import type { Operation } from "../../../tensor/operation.ts";
import { sameShape } from "../../../tensor/shape.ts";

/** One operation, or two that one kernel carries out: the value between them is never written. */
export interface Step {
  readonly operation: Operation;
  /** Where the second one's result goes: attention with its heads side by side, or what is written plus `residual`. */
  readonly output?: LazyTensor;
  readonly residual?: LazyTensor;
}

const mergeable = new Set(["attention"]);
/** Operations whose kernels add a residual to what they write. */
export const addable: ReadonlySet<string> = new Set([
  "linear",
  "timesMatrix",
  "layerNormGradient",
  "rmsNormGradient",
]);

/** Operations as steps, in order. `isUsedOnce`: no one but a single operation needs this value. */
export function stepsOf(
  operations: readonly Operation[],
  isUsedOnce: (value: LazyTensor) => boolean,
): Step[] {
  const madeAt = new Map<LazyTensor, number>();
  for (const [place, { outputs }] of operations.entries())
    for (const output of outputs) madeAt.set(output, place);
  const steps: (Step | undefined)[] = operations.map((operation) => ({ operation }));
  /** The place of the operation that made a value nobody else needs. */
  const placeOf = (value: LazyTensor, names: ReadonlySet<string>): number | undefined => {
    const place = madeAt.get(value.root);
    if (place === undefined || !names.has(operations[place]!.name) || !isUsedOnce(value)) return;
    return operations[place]!.outputs[0] === value.root ? place : undefined;
  };
  for (const [place, { name, inputs, outputs }] of operations.entries()) {
    if (name === "mergeHeads") {
      const made = placeOf(inputs[0]!, mergeable);
      if (made === undefined) continue;
      steps[made] = { operation: operations[made]!, output: outputs[0]! };
      steps[place] = undefined;
    } else if (name === "add") {
      const [a, b] = inputs as [LazyTensor, LazyTensor];
      if (!sameShape(a.shape, b.shape)) continue;
      for (const [residual, product] of [
        [a, b],
        [b, a],
      ] as const) {
        const made = placeOf(product, addable);
        // What is added must be there before the product is.
        if (made === undefined || isSplit(operations[made]!)) continue;
        if ((madeAt.get(residual.root) ?? -1) >= made) continue;
        steps[made] = { operation: operations[made]!, output: outputs[0]!, residual };
        steps[place] = undefined;
        break;
      }
    }
  }
  return steps.filter((step) => step !== undefined);
}

/** Whether a product's result lies head by head, not like what is added. */
function isSplit(operation: Operation): boolean {
  return operation.name === "linear" && (operation.attributes.heads ?? 1) !== 1;
}
