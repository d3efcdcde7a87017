import type { Model } from "../../model.ts";
import type { Run } from "../../models/run.ts";
import { Blocks } from "../../probe/sparse/blocks.ts";
import { type ImagePage, imagePage, type WindowedLayer } from "../../views/page/image-page.ts";
import type { FormatOptions } from "../options/format.ts";
import type { ImageLook } from "./image-report.ts";

/** One HTML file of a picture that was looked at, with every head of every layer. */
export function imagePageOf(
  model: Model,
  run: Run,
  look: ImageLook,
  theme: FormatOptions["theme"],
): string {
  const { name, image, grid, leading, query, shown } = look;
  const picture = {
    ...grid,
    name,
    model: look.model,
    image,
    leading: leading.map(({ surface }) => surface),
    ...weightsOf(model, run, look),
    start: { token: query.token, layer: shown.layer, head: shown.head },
  };
  return imagePage(picture, { theme });
}

/** All weights; of windows those within, layer by layer. */
function weightsOf(
  model: Model,
  { trace }: Run,
  { looks }: ImageLook,
): Pick<ImagePage, "weights" | "windows"> {
  const kept = Array.from({ length: model.dimensions.layers }, (_, layer) =>
    trace.kept(`layers.${layer}.weights`),
  );
  const blocks = kept.filter((numbers) => numbers instanceof Blocks);
  if (blocks.length === 0)
    return {
      weights: kept.map((_, layer) => trace.get(`layers.${layer}.weights`).select(0).data),
    };
  return {
    weights: blocks.map(seenOf),
    windows: blocks.map(({ parts: [{ area, places }], shape }, layer): WindowedLayer => {
      const { grid } = looks.find((one) => one.layer === layer)!.place;
      return { ...grid, area, places, heads: shape[1] };
    }),
  };
}

/** Weights within windows, (windows, H, area, area); NaN where no head gives any: what a moved window holds of another part of the picture. */
function seenOf({ parts: [{ area }, , blocks], shape }: Blocks): Float32Array {
  const heads = shape[1];
  const values = blocks.data.slice();
  const size = area * area;
  for (let start = 0; start < values.length; start += heads * size)
    for (let pair = start; pair < start + size; pair++) {
      const own = Array.from({ length: heads }, (_, head) => pair + head * size);
      if (own.every((place) => values[place] === 0))
        for (const place of own) values[place] = Number.NaN;
    }
  return values;
}
