import { dimensionsIn } from "../../families/family.ts";
import type { LoadedModel } from "../../models/loaded-model.ts";
import { rowProduct } from "../linear/vectors.ts";

/** One head's share of a learned map, in rows of what it reads. */
export interface HeadMap {
  /** (C, D) row-major. */
  readonly matrix: Float32Array;
  /** (D) */
  readonly bias: Float32Array | undefined;
}

/** A head's map with the norm behind it, as the one linear map both are for one token: held at that token's size. */
export type FoldedMap = (map: HeadMap, input: ArrayLike<number>) => HeadMap;

/** How the norm of a head's queries or keys is folded into their map; undefined where the family has none. */
export async function foldedNorm(
  model: LoadedModel,
  name: string,
  own: number,
  stack: string,
): Promise<FoldedMap | undefined> {
  const { headNorm } = model.scoringOf(stack);
  const gains = model.parameter(`${name}.norm.gain`);
  if (!headNorm || !gains) return undefined;
  const { kind, epsilon } = headNorm;
  const D = dimensionsIn(model.dimensions, stack).headWidth;
  const all = await model.parameterRows(gains);
  const isOfAll = all.length > D;
  const gain = isOfAll ? all.subarray(own * D, (own + 1) * D) : all;
  const biases = model.parameter(`${name}.norm.bias`);
  const bias = biases && (await model.parameterRows(biases));
  const others = isOfAll ? await wholeMap(model, name) : undefined;
  return (map, input) => {
    const made = others ? others(input) : rowProduct(input, map.matrix, map.bias);
    const mean = kind === "layer" ? meanOf(made) : 0;
    const squares = made.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    const rate = 1 / Math.sqrt(squares / made.length + epsilon);
    const through = (row: ArrayLike<number>) => {
      const own = kind === "layer" ? meanOf(row) : 0;
      return Float32Array.from(row, (value, d) => (value - own) * rate * gain[d]!);
    };
    const matrix = new Float32Array(map.matrix.length);
    for (let c = 0; c < matrix.length; c += D)
      matrix.set(through(map.matrix.subarray(c, c + D)), c);
    const shift = map.bias && through(map.bias);
    return {
      matrix,
      bias: bias ? bias.map((value, d) => value + (shift?.[d] ?? 0)) : shift,
    };
  };
}

/** The map of all heads: an OLMo norm takes its size from them together. */
async function wholeMap(model: LoadedModel, name: string) {
  const weight = model.parameter(`${name}.weight`)!;
  const bias = model.parameter(`${name}.bias`);
  const rows = await model.parameterRows(weight); // (H·D, C)
  const shift = bias && (await model.parameterRows(bias));
  const [out, C] = weight.shape as readonly [number, number];
  return (input: ArrayLike<number>) =>
    Float64Array.from({ length: out }, (_, o) => {
      let sum = shift?.[o] ?? 0;
      for (let c = 0; c < C; c++) sum += input[c]! * rows[o * C + c]!;
      return sum;
    });
}

function meanOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let n = 0; n < values.length; n++) sum += values[n]!;
  return sum / values.length;
}
