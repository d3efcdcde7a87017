// Writes head-map-svg.svg: eight heads in a plane, in two families.
import { headMapSvg } from "../src/views/measured/head-map.ts";
import { show } from "./data/show.ts";

/** Heads of two layers, near ones alike. */
export function picture(): string {
  const head = (layer: number, number: number) => ({ layer, head: number });
  return headMapSvg({
    title: "2 families of heads that look alike, in 6 texts",
    families: [
      {
        heads: [head(0, 0), head(0, 1), head(1, 0), head(1, 2), head(1, 3)],
        says: "sink [CLS] (4)",
      },
      { heads: [head(0, 2), head(0, 3), head(1, 1)], says: "previous (2)" },
    ],
    points: [
      0.1, 0.05, 0.14, -0.02, -0.5, 0.2, -0.44, 0.3, 0.2, 0.1, -0.4, 0.1, 0.22, -0.1, 0.05, 0.12,
    ],
    heads: 4,
    kept: 0.71,
    notes: [
      "Silhouette 0.62: 1 where families lie apart, near 0 where there are none to speak of.",
    ],
  });
}

show(import.meta.url, picture);
