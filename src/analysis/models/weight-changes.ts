/**
 * How far the learned numbers of a model moved from those of another of its shape: a child that was fine-tuned, and its base. ‖B − A‖ / ‖A‖ (Frobenius) of
 * every head's share of W^Q, W^K, W^V and W^O; and of W_QK and W_OV, which do not depend on the axes a head's numbers are written in.
 */

import { InputError } from "../../errors/errors.ts";
import { dimensionsIn, layerDimensions } from "../../families/family.ts";
import type { Parameter } from "../../families/parameters.ts";
import { headMatrix } from "../../models/head-matrix.ts";
import type { LoadedModel } from "../../models/loaded-model.ts";
import { mainStack } from "../../models/main-stack.ts";
import { formatHead, type HeadAddress } from "../../probe/head-address.ts";
import { sameShape, sizeOf } from "../../tensor/shape.ts";
import { gram, productNorm } from "../circuits/head-maps.ts";

/** How far one head moved: shares of its first length. */
export interface HeadWeightChange extends HeadAddress {
  /** "L3H1", with its stack where there are several. */
  readonly name: string;
  readonly q: number;
  readonly k: number;
  readonly v: number;
  readonly o: number;
  /** Of W^Q · W^Kᵀ, and of W^V · W^O. */
  readonly qk: number;
  readonly ov: number;
}

/** How far one learned tensor moved. */
export interface TensorChange {
  readonly name: string;
  readonly change: number;
}

/** What moved between two models, the farthest first. */
export interface WeightChanges {
  readonly heads: readonly HeadWeightChange[];
  readonly tensors: readonly TensorChange[];
  /** Tensors that only one of them has, or that have another shape: a head for another task. */
  readonly onlyFirst: readonly string[];
  readonly onlySecond: readonly string[];
}

/** Whether two models have the same family and layers, so that head by head can be compared. */
export function areKin(first: LoadedModel, second: LoadedModel): boolean {
  const [a, b] = [first.dimensions, second.dimensions];
  return (
    first.type === second.type &&
    a.decoderLayers === b.decoderLayers &&
    ["encoder.", "decoder."].every((stack) => {
      const [own, other] = [dimensionsIn(a, stack), dimensionsIn(b, stack)];
      return (["layers", "heads", "keyHeads", "headWidth", "width"] as const).every(
        (name) => own[name] === other[name],
      );
    })
  );
}

/** What moved from the first model to the second. Throws InputError where they are not of one shape. */
export async function weightChanges(
  first: LoadedModel,
  second: LoadedModel,
): Promise<WeightChanges> {
  if (!areKin(first, second))
    throw new InputError(
      `the weights of ${first.label} and ${second.label} cannot be compared: they are not of one family with the same layers, heads and widths`,
    );
  const twins = first.parameters.flatMap((parameter) => {
    const twin = second.parameter(parameter.name);
    return twin && sameShape(twin.shape, parameter.shape) ? [[parameter, twin] as const] : [];
  });
  const tensors: TensorChange[] = [];
  for (const [own, twin] of twins)
    tensors.push({ name: own.name, change: await tensorChange(first, second, own, twin) });
  const names = new Set(twins.map(([{ name }]) => name));
  const alone = ({ parameters }: LoadedModel) =>
    parameters.map(({ name }) => name).filter((name) => !names.has(name));
  const heads = await headChanges(first, second);
  return {
    heads: heads.sort((a, b) => Math.max(b.qk, b.ov) - Math.max(a.qk, a.ov)),
    tensors: tensors.sort((a, b) => b.change - a.change),
    onlyFirst: alone(first),
    onlySecond: alone(second),
  };
}

/** Numbers of a table that are read at once. */
const numbersAtOnce = 2 ** 22;

async function tensorChange(
  first: LoadedModel,
  second: LoadedModel,
  own: Parameter,
  twin: Parameter,
): Promise<number> {
  const rows = own.shape[0] ?? 1;
  const atOnce = Math.max(1, Math.floor(numbersAtOnce / Math.max(1, sizeOf(own.shape.slice(1)))));
  let [moved, size] = [0, 0];
  for (let start = 0; start < rows; start += atOnce) {
    const end = Math.min(rows, start + atOnce);
    const [a, b] = await Promise.all([
      first.parameterRows(own, start, end),
      second.parameterRows(twin, start, end),
    ]);
    for (const [place, value] of a.entries()) {
      moved += (b[place]! - value) ** 2;
      size += value * value;
    }
  }
  return share(Math.sqrt(moved), Math.sqrt(size));
}

async function headChanges(first: LoadedModel, second: LoadedModel): Promise<HeadWeightChange[]> {
  const { layers, decoderLayers } = first.dimensions;
  const stacks =
    decoderLayers === undefined
      ? [[mainStack(first), layers] as const]
      : ([
          ["encoder.", layers],
          ["decoder.", decoderLayers],
          ["decoder.cross.", decoderLayers],
        ] as const);
  const changes: HeadWeightChange[] = [];
  for (const [stack, count] of stacks)
    for (let layer = 0; layer < count; layer++)
      for (
        let head = 0;
        head < layerDimensions(dimensionsIn(first.dimensions, stack), layer).heads;
        head++
      )
        changes.push(await headChange([first, second], { layer, head }, stack));
  return changes;
}

async function headChange(
  models: readonly [LoadedModel, LoadedModel],
  address: HeadAddress,
  stack: string,
): Promise<HeadWeightChange> {
  const maps = (model: LoadedModel) =>
    Promise.all(
      (["q", "k", "v", "o"] as const).map((map) => headMatrix(model, address, map, stack)),
    );
  const [a, b] = await Promise.all(models.map(maps));
  const D = a![0]!.matrix.shape[1]!;
  const change = (n: number) => {
    const [own, other] = [a![n]!.matrix.data, b![n]!.matrix.data];
    const moved = own.reduce((sum, value, place) => sum + (other[place]! - value) ** 2, 0);
    return share(Math.sqrt(moved), Math.sqrt(own.reduce((sum, value) => sum + value * value, 0)));
  };
  const [oA, oB] = [a![3]!, b![3]!].map(({ matrix }) => matrix.transpose().data);
  return {
    ...address,
    name: `${stack}${formatHead(address)}`,
    q: change(0),
    k: change(1),
    v: change(2),
    o: change(3),
    qk: productChange(
      [a![0]!.matrix.data, a![1]!.matrix.data],
      [b![0]!.matrix.data, b![1]!.matrix.data],
      D,
    ),
    ov: productChange([a![2]!.matrix.data, oA!], [b![2]!.matrix.data, oB!], D),
  };
}

type Factors = readonly [left: Float32Array, right: Float32Array];

/** ‖L'·R'ᵀ − L·Rᵀ‖ / ‖L·Rᵀ‖ of factors (C, D), without making C × C numbers: [L', L] · [R', −R]ᵀ. */
function productChange([l, r]: Factors, [nextL, nextR]: Factors, D: number): number {
  const isSame = (a: Float32Array, b: Float32Array) =>
    a.every((value, place) => value === b[place]);
  // The difference of two large numbers would leave their rounding.
  if (isSame(l, nextL) && isSame(r, nextR)) return 0;
  const beside = (a: Float32Array, b: Float32Array, sign: number) => {
    const both = new Float64Array(2 * a.length);
    for (const [place, value] of a.entries()) {
      const row = Math.floor(place / D);
      both[row * 2 * D + (place % D)] = value;
      both[row * 2 * D + D + (place % D)] = sign * b[place]!;
    }
    return both;
  };
  const norm = (left: Float64Array, right: Float64Array, width: number) => {
    const identity = Float64Array.from({ length: width * width }, (_, place) =>
      place % (width + 1) === 0 ? 1 : 0,
    );
    return productNorm(gram(left, width), identity, gram(right, width), width, width);
  };
  return share(
    norm(beside(nextL, l, 1), beside(nextR, r, -1), 2 * D),
    norm(Float64Array.from(l), Float64Array.from(r), D),
  );
}

function share(moved: number, size: number): number {
  if (moved === 0) return 0;
  return size > 0 ? moved / size : Infinity;
}
