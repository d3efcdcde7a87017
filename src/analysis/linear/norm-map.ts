/**
 * A norm as the linear map it is for given statistics: x ↦ (x − mean) · rate · gain + bias, where the rate 1/σ belongs to the whole vector and is
 * held while its parts go through one by one (Elhage et al. 2021, "Handling Layer Normalization"; Kobayashi et al. 2021, eq. 5). Layer norms,
 * RMS norms and MobileBERT's x · gain + bias are told apart by the numbers.
 */

import type { LoadedModel } from "../../models/loaded-model.ts";
import { dot, farApart } from "./vectors.ts";

/** A norm with the statistics of one vector. */
export interface NormMap {
  readonly kind: "layer norm" | "RMS norm" | "gain and bias";
  /** What a part is multiplied by before the gain: 1/σ. */
  readonly rate: number;
  readonly bias: Float64Array;
  /** One part's share of what comes out, without the bias: the shares of all parts and the bias add up to it. */
  apply(part: ArrayLike<number>): Float64Array;
}

/** A norm's learned numbers: none where it learned nothing. */
export interface NormNumbers {
  readonly gain?: Float32Array;
  readonly bias?: Float32Array;
}

/** How far the map may be from what the norm gave. */
const closeEnough = 2e-4;

/** The map that made `after` of `before`; undefined where it is none of the three kinds. */
export function normMap(
  before: ArrayLike<number>,
  after: ArrayLike<number>,
  { gain, bias }: NormNumbers,
): NormMap | undefined {
  if (after.length !== before.length || (gain && gain.length !== before.length)) return undefined;
  const shift = Float64Array.from(bias ?? new Float64Array(before.length));
  const target = Float64Array.from(after, (value, c) => value - shift[c]!);
  for (const kind of ["layer norm", "RMS norm", "gain and bias"] as const) {
    const isCentred = kind === "layer norm";
    const scaled = (part: ArrayLike<number>) => {
      const mean = isCentred ? Array.from(part).reduce((sum, x) => sum + x, 0) / part.length : 0;
      return Float64Array.from(part, (value, c) => (value - mean) * (gain?.[c] ?? 1));
    };
    const shape = scaled(before);
    const size = dot(shape, shape);
    const rate = kind === "gain and bias" || size === 0 ? 1 : dot(shape, target) / size;
    const made = shape.map((value, c) => value * rate + shift[c]!);
    if (farApart(made, after) > closeEnough) continue;
    return {
      kind,
      rate,
      bias: shift,
      apply: (part) => scaled(part).map((value) => value * rate),
    };
  }
  return undefined;
}

/** The learned numbers of a norm by heed's name ("layers.3.attention.norm"); undefined where there is none. */
export async function normNumbers(
  model: LoadedModel,
  name: string,
): Promise<NormNumbers | undefined> {
  const gain = model.parameter(`${name}.gain`);
  if (!gain) return undefined;
  const bias = model.parameter(`${name}.bias`);
  return {
    gain: await model.parameterRows(gain),
    bias: bias && (await model.parameterRows(bias)),
  };
}
