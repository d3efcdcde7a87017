/**
 * Agreement between heads (Clark et al. 2019, arXiv 1906.04341, section 6): JS(p, q) = ½ KL(p ‖ m) + ½ KL(q ‖ m), m = ½ (p + q), of two heads' rows,
 * there summed and here averaged over tokens.
 */

import { InputError, ShapeError } from "../../errors/errors.ts";
import type { AttentionMaps } from "../layers/attention-maps.ts";

/** How far heads' weights lie apart. */
export interface HeadDistances {
  readonly layers: number;
  /** The model's number of the first of them; 0 if not given. */
  readonly firstLayer?: number;
  readonly heads: number;
  readonly texts: number;
  /** (L·H, L·H) row-major: Jensen–Shannon divergence in nats, 0 (the same weights) to ln 2 (no key in common). */
  readonly distances: Float64Array;
}

/** Takes texts in, one after another, and says how far heads lie apart over all of them. */
export interface HeadAgreement {
  /** Adds the weights of a text. Throws ShapeError for a model with other layers or heads. */
  add(maps: AttentionMaps): void;
  /** Throws InputError where nothing was added. */
  result(): HeadDistances;
}

/**
 * Agreement between heads, text after text: the mean over queries and texts of the Jensen–Shannon divergence of two heads' rows (Clark et al.
 * 2019, section 6, where it is summed over tokens). Keeps (L·H)² sums; a text takes (L·H)² / 2 · T · S logarithms.
 */
export function headAgreement(): HeadAgreement {
  let texts = 0;
  let shape = { layers: 0, heads: 0 };
  let firstLayer = 0;
  let sums = new Float64Array(0);
  return {
    add(maps) {
      const { layers, heads } = maps;
      const n = layers * heads;
      if (texts === 0) {
        shape = { layers, heads };
        sums = new Float64Array(n * n);
      } else if (layers !== shape.layers || heads !== shape.heads)
        throw new ShapeError(
          `headAgreement: ${layers} layers of ${heads} heads after ${shape.layers} of ${shape.heads}. Take one model at a time`,
        );
      texts += 1;
      firstLayer = maps.firstLayer;
      const all = Array.from({ length: n }, (_, place) =>
        maps.matrix({ layer: Math.floor(place / heads), head: place % heads }),
      );
      const T = maps.queries.length;
      const entropies = all.map((weights) =>
        weights.reduce((sum, weight) => sum - timesLog(weight), 0),
      );
      for (let a = 0; a < n; a++)
        for (let b = 0; b < a; b++) {
          const between =
            (mixedEntropy(all[a]!, all[b]!) - (entropies[a]! + entropies[b]!) / 2) / T;
          sums[a * n + b]! += between;
          sums[b * n + a]! += between;
        }
    },
    result() {
      if (texts === 0) throw new InputError("headAgreement: no text was added");
      return {
        ...shape,
        firstLayer,
        texts,
        distances: sums.map((sum) => Math.max(0, sum / texts)),
      };
    },
  };
}

function timesLog(weight: number): number {
  return weight > 0 ? weight * Math.log(weight) : 0;
}

/** Σ of the entropies of the rows' means. */
function mixedEntropy(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let place = 0; place < a.length; place++) {
    const mean = (a[place]! + b[place]!) / 2;
    if (mean > 0) sum -= mean * Math.log(mean);
  }
  return sum;
}
