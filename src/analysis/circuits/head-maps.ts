/** The matrices of one head (Elhage et al. 2021, "A mathematical framework for transformer circuits"): W_QK = W^Q · W^Kᵀ and W_OV = W^V · W^O. */

import { SiteError } from "../../errors/errors.ts";
import { dimensionsIn, layerDimensions } from "../../families/family.ts";
import { headMatrix } from "../../models/head-matrix.ts";
import type { LoadedModel } from "../../models/loaded-model.ts";
import { formatHead, type HeadAddress } from "../../probe/head-address.ts";
import { dot } from "../linear/vectors.ts";

/** The four maps of a head, rows first: x · q is its query. The gain of a norm that comes first is folded into q, k and v. */
export interface HeadMaps extends HeadAddress {
  /** (C, D) each. */
  readonly q: Float64Array;
  readonly k: Float64Array;
  readonly v: Float64Array;
  /** (D, C) */
  readonly o: Float64Array;
  readonly width: number;
  readonly headWidth: number;
  /** Whether a norm stands before the head, whose gain is folded in. */
  readonly isFolded: boolean;
}

/**
 * A head's maps as circuits take them (Elhage et al. 2021): biases left out, the gain of the norm before the head folded into W^Q, W^K and W^V,
 * those of norms of its queries, keys and output (or a layer's scale) into W^Q, W^K and W^O; their division by the spread left out. Norms that come after a layer (BERT) stay what they are, between the layers. Throws SiteError for a head that
 * is not there, and for one whose maps do not read the stream.
 */
export async function headMaps(
  model: LoadedModel,
  address: HeadAddress,
  stack: "" | "encoder." | "decoder." = "",
): Promise<HeadMaps> {
  const dimensions = dimensionsIn(model.dimensions, stack);
  const { layers: count } = dimensions;
  const { heads, width: C } = layerDimensions(dimensions, address.layer);
  if (address.layer >= count || address.head >= heads)
    throw new SiteError(
      `circuit: ${stack}${formatHead(address)} is not there: layers 0 to ${count - 1}, heads 0 to ${heads - 1}`,
    );
  const maps = await Promise.all(
    (["q", "k", "v", "o"] as const).map((map) => headMatrix(model, address, map, stack)),
  );
  const [q, k, v, o] = maps.map(({ matrix }) => matrix) as [
    (typeof maps)[0]["matrix"],
    (typeof maps)[0]["matrix"],
    (typeof maps)[0]["matrix"],
    (typeof maps)[0]["matrix"],
  ];
  if ([q, k, v].some(({ shape }) => shape[0] !== C) || o.shape[1] !== C)
    throw new SiteError(
      `circuit: the heads of ${model.label} read the stream through a bottleneck, so that their maps do not meet in it`,
    );
  const name = `${stack}layers.${address.layer}.`;
  const gain = model.sites.has(`${name}normed`)
    ? model.parameter(`${name}attention.norm.gain`)
    : undefined;
  const factors = gain && (await model.parameterRows(gain));
  const D = q.shape[1]!;
  const rows = async (parameter: string) => {
    const found = model.parameter(parameter);
    return found && (await model.parameterRows(found));
  };
  const joins =
    (await rows(`${name}attention.output.norm.gain`)) ?? (await rows(`${name}attention.scale`));
  const keyHead = Math.floor(address.head / (dimensions.heads / dimensions.keyHeads));
  const ofQuery = headGain(await rows(`${name}q.norm.gain`), address.head, D);
  const ofKey = headGain(await rows(`${name}k.norm.gain`), keyHead, D);
  const folded = ({ data }: { readonly data: Float32Array }, own?: Float32Array) =>
    Float64Array.from(
      data,
      (value, place) => value * (factors?.[Math.floor(place / D)] ?? 1) * (own?.[place % D] ?? 1),
    );
  return {
    ...address,
    q: folded(q, ofQuery),
    k: folded(k, ofKey),
    v: folded(v),
    o: Float64Array.from(o.data, (value, place) => value * (joins?.[place % C] ?? 1)),
    width: C,
    headWidth: D,
    isFolded: factors !== undefined,
  };
}

/** One head's share of a gain that is as wide as a head, or as all of them. */
function headGain(
  gain: Float32Array | undefined,
  head: number,
  D: number,
): Float32Array | undefined {
  return gain && gain.length > D ? gain.subarray(head * D, (head + 1) * D) : gain;
}

/** AᵀA (D, D) of A (C, D). */
export function gram(a: Float64Array, D: number): Float64Array {
  const result = new Float64Array(D * D);
  for (let start = 0; start < a.length; start += D)
    for (let i = 0; i < D; i++) {
      const value = a[start + i]!;
      if (value !== 0) for (let j = 0; j < D; j++) result[i * D + j]! += value * a[start + j]!;
    }
  return result;
}

/** ‖A · M · Bᵀ‖ (Frobenius) of A (C, D), M (D, E), B (C', E), from their Gram matrices AᵀA and BᵀB. */
export function productNorm(
  gramA: Float64Array,
  m: Float64Array,
  gramB: Float64Array,
  D: number,
  E: number,
): number {
  // tr(Mᵀ · AᵀA · M · BᵀB)
  let sum = 0;
  for (let i = 0; i < D; i++) {
    const left = new Float64Array(E);
    for (let d = 0; d < D; d++) {
      const value = gramA[i * D + d]!;
      if (value !== 0) for (let e = 0; e < E; e++) left[e]! += value * m[d * E + e]!;
    }
    for (let e = 0; e < E; e++) sum += left[e]! * dot(m, gramB, E, i * E, e * E);
  }
  return Math.sqrt(Math.max(0, sum));
}
