/**
 * How much a later head reads what an earlier one writes (Elhage et al. 2021, "Composition of attention heads"): ‖W_OV · W_QK‖ of the two, divided by
 * ‖W_OV‖ · ‖W_QK‖, all Frobenius norms; for its queries (Q), its keys (K), or its values (V, with the later head's W_OV). Were one of the two turned at
 * random in the stream, the mean of the square would be 1/C: 1/√C is the chance level.
 */

import { dimensionsIn, layerDimensions } from "../../families/family.ts";
import type { LoadedModel } from "../../models/loaded-model.ts";
import type { HeadAddress } from "../../probe/head-address.ts";
import { matrixProduct } from "../linear/singular.ts";
import { gram, type HeadMaps, headMaps, productNorm } from "./head-maps.ts";

/** The three composition scores of a pair of heads. */
export interface Composition {
  readonly earlier: HeadAddress;
  readonly later: HeadAddress;
  readonly q: number;
  readonly k: number;
  readonly v: number;
}

/** Every pair a head is in: with the heads of the layers before it, and of those behind it. */
export interface Compositions {
  readonly earlier: readonly Composition[];
  readonly later: readonly Composition[];
  /** 1/√C: what a random turn between the two heads gives. */
  readonly chance: number;
}

interface Prepared extends HeadMaps {
  readonly grams: Readonly<Record<"q" | "k" | "v" | "o", Float64Array>>;
  readonly normOv: number;
  readonly normQk: number;
}

/** One pair. The earlier head must be in a layer before the later one's. */
export function composition(earlier: HeadMaps, later: HeadMaps): Composition {
  return between(prepared(earlier), prepared(later));
}

/** All pairs of one head. Throws SiteError for a head that is not there. */
export async function compositions(
  model: LoadedModel,
  address: HeadAddress,
  stack: "" | "encoder." | "decoder." = "",
): Promise<Compositions> {
  const dimensions = dimensionsIn(model.dimensions, stack);
  const { layers: count } = dimensions;
  const { width } = layerDimensions(dimensions, address.layer);
  const own = prepared(await headMaps(model, address, stack));
  const found: { earlier: Composition[]; later: Composition[] } = { earlier: [], later: [] };
  for (let layer = 0; layer < count; layer++) {
    const { heads, width: others } = layerDimensions(dimensions, layer);
    // Where patches are merged between them, what one writes is not what the other reads.
    if (layer === address.layer || others !== width) continue;
    for (let head = 0; head < heads; head++) {
      const other = prepared(await headMaps(model, { layer, head }, stack));
      if (layer < address.layer) found.earlier.push(between(other, own));
      else found.later.push(between(own, other));
    }
  }
  return { ...found, chance: 1 / Math.sqrt(width) };
}

function prepared(maps: HeadMaps): Prepared {
  const { q, k, v, o, width: C, headWidth: D } = maps;
  // Rows of W^O are columns here: (C, D).
  const columns = new Float64Array(o.length);
  for (let d = 0; d < D; d++) for (let c = 0; c < C; c++) columns[c * D + d] = o[d * C + c]!;
  const grams = { q: gram(q, D), k: gram(k, D), v: gram(v, D), o: gram(columns, D) };
  const identity = Float64Array.from({ length: D * D }, (_, place) =>
    place % (D + 1) === 0 ? 1 : 0,
  );
  return {
    ...maps,
    grams,
    normQk: productNorm(grams.q, identity, grams.k, D, D),
    normOv: productNorm(grams.v, identity, grams.o, D, D),
  };
}

function between(earlier: Prepared, later: Prepared): Composition {
  const { width: C, headWidth: D } = earlier;
  const E = later.headWidth;
  const score = (reads: Float64Array, other: Float64Array, norm: number) => {
    const through = matrixProduct(earlier.o, reads, C, E); // (D, E)
    return productNorm(earlier.grams.v, through, other, D, E) / (earlier.normOv * norm || 1);
  };
  const { layer, head } = later;
  return {
    earlier: { layer: earlier.layer, head: earlier.head },
    later: { layer, head },
    q: score(later.q, later.grams.k, later.normQk),
    k: score(later.k, later.grams.q, later.normQk),
    v: score(later.v, later.grams.o, later.normOv),
  };
}
