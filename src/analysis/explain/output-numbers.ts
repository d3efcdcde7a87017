/** What a head gives the stream (Kobayashi et al. 2020, arXiv 2004.10102, eq. 4): Σ_j a_ij v_j W^O, each key's share by its norm ‖a_ij v_j W^O‖. */

import { headMatrix } from "../../models/head-matrix.ts";
import { joinedSite } from "../../models/joined-site.ts";
import type { LoadedModel } from "../../models/loaded-model.ts";
import type { Run } from "../../models/run.ts";
import { joinedFactors } from "../linear/joined-output.ts";
import { dot, length, rowProduct } from "../linear/vectors.ts";
import type { HeadNumbers } from "./head-numbers.ts";

/** What a head's result does to the stream. C is the width of what it joins. */
export interface OutputNumbers {
  /** (C): this head's share, mixed · W^O of the head. */
  readonly own: Float32Array;
  /** (heads): every head's share of the layer's change, along the change itself; with the bias they add up to 1. */
  readonly shares: readonly number[];
  /** The common bias's share; undefined where there is none. */
  readonly biasShare: number | undefined;
  /** (heads) ‖·‖ of every head's share. */
  readonly lengths: readonly number[];
  /** (C): all heads and the bias together. */
  readonly attended: Float32Array;
  /** (S): ‖weight · v · W^O‖ of each key (Kobayashi et al. 2020, eq. 4). */
  readonly keyLengths: Float64Array;
  /** (S): each key's share of the head's own share, along it; they add up to 1. */
  readonly keyShares: Float64Array;
  /** (C): the stream it joins; undefined where that is no site. */
  readonly before: Float32Array | undefined;
  readonly after: Float32Array | undefined;
}

/** What one head's result does to the stream of the query. */
export async function outputNumbers(
  model: LoadedModel,
  run: Run,
  { place, query, v, weights, width: D }: HeadNumbers,
): Promise<OutputNumbers> {
  const { prefix, layerName, text, head, stack } = place;
  const part = (site: string, ...selection: readonly (readonly number[] | undefined)[]) =>
    run.trace.part(site, [[text], ...selection], "explain").data;
  const all = part(joinedSite(model, `${prefix}heads`), undefined, [query]);
  const attended = part(joinedSite(model, `${prefix}attended`), [query]);
  const C = attended.length;
  const heads = all.length / C;
  const ofHead = (h: number) => all.subarray(h * C, (h + 1) * C);
  const size = dot(attended, attended);
  const along = (vector: ArrayLike<number>) => (size > 0 ? dot(vector, attended) / size : 0);
  const shares = Array.from({ length: heads }, (_, h) => along(ofHead(h)));
  const bias = model.parameter(`${prefix}o.bias`);
  const { matrix } = await headMatrix(model, place, "o", prefix.replace(/layers\.\d+\./, ""));
  const own = ofHead(head);
  const ownSize = dot(own, own);
  const given = Array.from(weights, (weight, key) =>
    rowProduct(v.subarray(key * D, (key + 1) * D), matrix.data).map((value) => weight * value),
  );
  const total = given.reduce(
    (sum, vector) => sum.map((value, c) => value + vector[c]!),
    new Float64Array(C),
  );
  const factors = (await joinedFactors(model, prefix))(total, own);
  const joined = (vector: Float64Array) =>
    factors ? vector.map((value, c) => value * factors[c]!) : vector;
  const wrote = given.map(joined);
  const isCross = stack === "decoder.cross.";
  const before = part(isCross ? `${layerName}middle` : `${layerName}input`, [query]);
  const after = part(`${prefix}middle`, [query]);
  return {
    own,
    shares,
    biasShare: bias && along(joined(Float64Array.from(await model.parameterRows(bias)))),
    lengths: Array.from({ length: heads }, (_, h) => length(ofHead(h))),
    attended,
    keyLengths: Float64Array.from(wrote, length),
    keyShares: Float64Array.from(wrote, (vector) => (ownSize > 0 ? dot(vector, own) / ownSize : 0)),
    before: before.length === C ? before : undefined,
    after: after.length === C ? after : undefined,
  };
}
