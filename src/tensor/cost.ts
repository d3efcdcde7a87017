import type { OperationName } from "./attributes.ts";
import { bandColumns } from "./banded-operations.ts";
import { type Entry, usesOf } from "./entry.ts";
import type { LazyTensor } from "./lazy-tensor.ts";
import type { Operation } from "./operation.ts";
import { type Shape, sizeOf } from "./shape.ts";

const bytesPerNumber = 4;

/** Floating-point operations of one output element, where that is not 1; a multiply and an add are two. */
const perElement: { readonly [N in OperationName]?: number } = {
  embed: 0,
  activate: 8,
  layerNorm: 8,
  rmsNorm: 5,
  masked: 0,
  softmax: 5,
  rotary: 3,
  splitHeads: 0,
  mergeHeads: 0,
  permute: 0,
  slice: 0,
  concat: 0,
  part: 0,
  replacePart: 0,
  normalizeRows: 2,
  embedGradient: 1,
  activationGradient: 16,
  layerNormGradient: 16,
  rmsNormGradient: 12,
  softmaxGradient: 4,
  normalizeRowsGradient: 4,
  unitGradient: 6,
  crossEntropyGradient: 6,
  cacheAppend: 0,
  adamStep: 14,
  assign: 0,
};

/** Floating-point operations an operation takes, from its shapes alone: 2·m·n·k for a product, a few per element for the rest. */
export function operationFlops(operation: Operation): number {
  const { name, inputs, outputs, attributes } = operation;
  // What has no output writes an input.
  const out = sizeOf((outputs[0] ?? inputs[0]!).shape);
  const width = (tensor: LazyTensor | undefined) => tensor?.shape.at(-1) ?? 0;
  switch (name) {
    case "linear":
      return (
        2 * out * width(inputs[1]) +
        (inputs.length > 2 ? out : 0) +
        (attributes.activation === "linear" ? 0 : 8 * out)
      );
    case "scaledDot":
      return 2 * out * width(inputs[0]) + out;
    case "mix":
      return 2 * out * width(inputs[0]);
    case "attentionGradient":
      return (10 * width(inputs[0]) + 9) * (out / width(inputs[0])) * inputs[2]!.shape[2]!;
    case "bandedAttention":
      return (
        (4 * width(inputs[0]) + 5) * (out / width(inputs[0])) * bandColumns(inputs[4], attributes)
      );
    case "bandedAttentionGradient":
      return (
        (10 * width(inputs[0]) + 9) * (out / width(inputs[0])) * bandColumns(inputs[4], attributes)
      );
    case "timesMatrix":
    case "headShares":
      return 2 * out * width(inputs[0]);
    case "rowProducts":
      return 2 * out * (sizeOf(inputs[0]!.shape) / (width(inputs[0]) || 1));
    case "squareSum":
      return 2 * sizeOf(inputs[0]!.shape);
    case "logSumExp":
    case "crossEntropy":
      return 3 * sizeOf(inputs[0]!.shape);
    case "meanPool":
    case "maxPool":
    case "sum":
      return sizeOf(inputs[0]!.shape);
    default:
      return out * (perElement[name] ?? 1);
  }
}

/** The most bytes of activations alive at once, if everything is float32 and freed as the program says. */
export function peakBytes(entries: readonly Entry[]): number {
  const alive = new Map<LazyTensor, number>();
  let now = 0;
  let peak = 0;
  const create = (value: LazyTensor) => {
    const bytes = bytesOf(value.shape);
    alive.set(value, bytes);
    now += bytes;
    peak = Math.max(peak, now);
  };
  const free = (value: LazyTensor) => {
    now -= alive.get(value) ?? 0;
    alive.delete(value);
  };
  const uses = usesOf(entries);
  for (const [place, entry] of entries.entries()) {
    if (entry.kind === "input") create(entry.value);
    else if (entry.kind === "change") create(entry.result);
    else if (entry.kind === "operation") entry.operation.outputs.forEach(create);
    else if (entry.kind === "free") entry.values.forEach(free);
    else if (entry.kind === "stage")
      for (const value of [...alive.keys()]) if ((uses.get(value)?.last ?? 0) < place) free(value);
  }
  return peak;
}

/** Bytes a float32 tensor of this shape takes. */
export function bytesOf(shape: Shape): number {
  return sizeOf(shape) * bytesPerNumber;
}
