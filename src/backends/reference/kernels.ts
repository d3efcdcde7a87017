import type { OperationName } from "../../tensor/attributes.ts";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import type { Operation } from "../../tensor/operation.ts";
import { activations } from "./activations.ts";
import { attentionGradient } from "./attention-gradient.ts";
import { headShares, masked, mix, rotary, scaledDot, softmax } from "./attention-kernels.ts";
import { bandedAttention, bandedAttentionGradient } from "./banded-attention.ts";
import * as gradients from "./gradient-kernels.ts";
import { layerNormGradient, rmsNormGradient } from "./gradient-kernels.ts";
import { dot, type Kernel, type Numbers } from "./kernel.ts";
import {
  broadcast,
  cacheAppend,
  concat,
  embed,
  mergeHeads,
  permute,
  slice,
  splitHeads,
  sum,
} from "./layout-kernels.ts";
import { adamStep, assign, squareSum } from "./optimizer-kernels.ts";
import { part, replacePart } from "./part-kernels.ts";

/** Operations that give several results, or write several of their inputs. */
const several = {
  bandedAttention,
  bandedAttentionGradient,
  attentionGradient,
  layerNormGradient,
  rmsNormGradient,
  adamStep,
} as const;

const kernels: {
  readonly [N in Exclude<OperationName, "attention" | keyof typeof several>]: Kernel<N>;
} = {
  embed,
  linear([x, weight, bias], output, { activation, heads }) {
    const [out, width] = weight!.shape as readonly [number, number];
    const rows = x!.data.length / width;
    const activated = activations[activation];
    const flat = heads === undefined ? output.data : output.data.slice();
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < out; column++) {
        const total = dot(x!.data, row * width, weight!.data, column * width, width);
        flat[row * out + column] = activated(total + (bias ? bias.data[column]! : 0));
      }
    if (heads !== undefined)
      splitHeads([{ shape: [...x!.shape.slice(0, -1), out], data: flat }], output, { heads });
  },
  add: (inputs, output) => broadcast(inputs, output, (a, b) => a + b),
  multiply: (inputs, output) => broadcast(inputs, output, (a, b) => a * b),
  scale: ([x], output, { factor }) => each(x!, output, (value) => value * factor),
  activate: ([x], output, { activation }) => each(x!, output, activations[activation]),
  layerNorm([x, gain, bias], output, { epsilon }) {
    eachRow(x!, output, (row, result) => {
      let total = 0;
      for (const value of row) total += value;
      const mean = total / row.length;
      let squares = 0;
      for (const value of row) squares += (value - mean) ** 2;
      const factor = 1 / Math.sqrt(squares / row.length + epsilon);
      for (let i = 0; i < row.length; i++)
        result[i] = (row[i]! - mean) * factor * gain!.data[i]! + bias!.data[i]!;
    });
  },
  rmsNorm([x, gain], output, { epsilon }) {
    eachRow(x!, output, (row, result) => {
      let squares = 0;
      for (const value of row) squares += value * value;
      const factor = 1 / Math.sqrt(squares / row.length + epsilon);
      for (let i = 0; i < row.length; i++) result[i] = row[i]! * factor * gain!.data[i]!;
    });
  },
  scaledDot,
  masked,
  softmax,
  mix,
  headShares,
  splitHeads,
  mergeHeads,
  rotary,
  permute,
  slice,
  concat,
  sum,
  meanPool([x, mask], output) {
    const [B, T, C] = x!.shape as readonly [number, number, number];
    for (let b = 0; b < B; b++) {
      const total = new Float64Array(C);
      let count = 0;
      for (let t = 0; t < T; t++) {
        if (mask!.data[b * T + t] === 0) continue;
        count += 1;
        for (let c = 0; c < C; c++) total[c]! += x!.data[(b * T + t) * C + c]!;
      }
      for (let c = 0; c < C; c++) output.data[b * C + c] = total[c]! / Math.max(count, 1e-9);
    }
  },
  maxPool([x, mask], output) {
    const [B, T, C] = x!.shape as readonly [number, number, number];
    output.data.fill(Number.NEGATIVE_INFINITY);
    for (let b = 0; b < B; b++)
      for (let t = 0; t < T; t++) {
        if (mask!.data[b * T + t] === 0) continue;
        for (let c = 0; c < C; c++)
          output.data[b * C + c] = Math.max(output.data[b * C + c]!, x!.data[(b * T + t) * C + c]!);
      }
  },
  unit([x], output, { epsilon }) {
    eachRow(x!, output, (row, result) => {
      let squares = 0;
      for (const value of row) squares += value * value;
      const length = Math.max(Math.sqrt(squares), epsilon);
      for (let i = 0; i < row.length; i++) result[i] = row[i]! / length;
    });
  },
  cacheAppend,
  part,
  replacePart,
  logSumExp: gradients.logSumExp,
  crossEntropy: gradients.crossEntropy,
  timesMatrix: gradients.timesMatrix,
  rowProducts: gradients.rowProducts,
  embedGradient: gradients.embedGradient,
  activationGradient: gradients.activationGradient,
  softmaxGradient: gradients.softmaxGradient,
  normalizeRowsGradient: gradients.normalizeRowsGradient,
  unitGradient: gradients.unitGradient,
  maxPoolGradient: gradients.maxPoolGradient,
  partGradient: gradients.partGradient,
  crossEntropyGradient: gradients.crossEntropyGradient,
  squareSum,
  assign,
  normalizeRows([x], output) {
    eachRow(x!, output, (row, result) => {
      let total = 0;
      for (const value of row) total += value;
      for (let i = 0; i < row.length; i++) result[i] = total === 0 ? row[i]! : row[i]! / total;
    });
  },
};

type KernelOfSeveral = (
  inputs: readonly Numbers[],
  outputs: readonly Numbers[],
  attributes: object,
) => void;

/** Carries out one operation on arrays found by `arrayOf`; other backends use it for what they have no kernel for. */
export function carryOut(
  operation: Operation,
  arrayOf: (value: LazyTensor) => Float32Array | Int32Array,
): void {
  if (operation.name === "attention")
    throw new Error("reference: attention is not fused here; attends() was not asked");
  const numbers = (value: LazyTensor): Numbers => ({
    shape: value.shape,
    capacity: value.capacity,
    data: arrayOf(value),
  });
  const { inputs, outputs, attributes } = operation;
  if (operation.name in several) {
    const kernel = several[operation.name as keyof typeof several] as KernelOfSeveral;
    kernel(inputs.map(numbers), outputs.map(numbers), attributes);
    return;
  }
  const kernel = kernels[operation.name as keyof typeof kernels] as Kernel<OperationName>;
  // What has no output writes into its first input.
  kernel(inputs.map(numbers), numbers(outputs[0] ?? inputs[0]!), attributes as never);
}

function each(x: Numbers, output: Numbers, change: (value: number) => number): void {
  for (let i = 0; i < x.data.length; i++) output.data[i] = change(x.data[i]!);
}

function eachRow(
  x: Numbers,
  output: Numbers,
  fill: (row: Float32Array, result: Float32Array) => void,
): void {
  const width = x.shape[x.shape.length - 1] ?? 1;
  for (let start = 0; start + width <= x.data.length && width > 0; start += width)
    fill(
      x.data.subarray(start, start + width) as Float32Array,
      output.data.subarray(start, start + width) as Float32Array,
    );
}
