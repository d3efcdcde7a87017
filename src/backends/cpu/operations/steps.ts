import type { LazyTensor } from "../../../tensor/lazy-tensor.ts";
import type { Operation } from "../../../tensor/operation.ts";
import { sameShape } from "../../../tensor/shape.ts";

/** One operation, or several that one kernel carries out: the values between them are never written. */
export interface Step {
  readonly operation: Operation;
  /** Where the second one's result goes: attention with its heads side by side, a product head by head, or what is written plus `residual`. */
  readonly output?: LazyTensor;
  readonly residual?: LazyTensor;
  /** Where each result of attention's gradient goes, its heads side by side. */
  readonly merged?: readonly LazyTensor[];
}

const mergeable = new Set(["attention"]);
const splittable = new Set(["timesMatrix"]);
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
  const mergesOf = mergesOfGradients(operations, isUsedOnce);
  for (const [place, { name, inputs, outputs }] of operations.entries()) {
    const merges = mergesOf.get(place);
    if (merges) {
      const merged = merges.map((own) => operations[own]!.outputs[0]!);
      steps[place] = { operation: operations[place]!, merged };
      for (const own of merges) steps[own] = undefined;
    } else if (name === "splitHeads") {
      const made = placeOf(inputs[0]!, splittable);
      if (made === undefined) continue;
      steps[made] = { operation: operations[made]!, output: outputs[0]! };
      steps[place] = undefined;
    } else if (name === "mergeHeads") {
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

/** Places of attention's gradients whose results are all merged at once, with the places where they are. */
function mergesOfGradients(
  operations: readonly Operation[],
  isUsedOnce: (value: LazyTensor) => boolean,
): Map<number, readonly number[]> {
  const mergedAt = new Map<LazyTensor, number>();
  for (const [place, { name, inputs }] of operations.entries())
    if (name === "mergeHeads") mergedAt.set(inputs[0]!.root, place);
  const merges = new Map<number, readonly number[]>();
  for (const [place, { name, outputs }] of operations.entries()) {
    if (name !== "attentionGradient") continue;
    const own = outputs.flatMap((output) =>
      isUsedOnce(output) ? (mergedAt.get(output) ?? []) : [],
    );
    if (own.length === outputs.length) merges.set(place, own);
  }
  return merges;
}

/** Whether a product's result lies head by head, not like what is added. */
function isSplit(operation: Operation): boolean {
  return operation.name === "linear" && (operation.attributes.heads ?? 1) !== 1;
}
