import fc from "fast-check";
import { expect, test } from "vitest";
import { namedTokens } from "./source/names.ts";
import type { AttentionSource } from "./source/source.ts";
import { sparseSource } from "./source/sparse.ts";
import { thumbnail } from "./source/thumbnail.ts";
import { packSparse, sparseDecimals, unpackSparse } from "./sparse-weights.ts";

/** A source over the layers, packed and unpacked; at most so many weights are kept. */
function source(layers: readonly Float32Array[], heads: number, T: number, most: number) {
  const parts = layers.map((layer) =>
    Array.from({ length: heads }, (_, head) => layer.subarray(head * T * T, (head + 1) * T * T)),
  );
  const { smallest, packed } = packSparse(parts, T, most);
  const tokens = namedTokens({ texts: Array.from({ length: T }, (_, index) => `w${index}`) });
  const facts = { texts: ["t"], model: "m", layers: layers.length, heads };
  const made: AttentionSource = sparseSource({ ...facts, queries: tokens, keys: tokens }, (layer) =>
    unpackSparse(packed[layer] as Uint8Array<ArrayBuffer>, heads * T, T),
  );
  return { made, smallest };
}

const weight = fc.oneof(
  { weight: 6, arbitrary: fc.float({ min: 0, max: Math.fround(0.01), noNaN: true }) },
  { weight: 3, arbitrary: fc.float({ min: 0, max: 1, noNaN: true }) },
  { weight: 3, arbitrary: fc.constant(Number.NaN) },
  { weight: 1, arbitrary: fc.constantFrom(0, 1, 0.5, 0.125) },
);

test("kept weights round as the weights themselves; what is left out is below the threshold; NaN stays", async () => {
  const T = 6;
  const layer = fc
    .array(weight, { minLength: 2 * T * T, maxLength: 2 * T * T })
    .map((weights) => Float32Array.from(weights));
  await fc.assert(
    fc.asyncProperty(fc.tuple(layer, layer), fc.constantFrom(5, 20, 1000), async (layers, most) => {
      const { made, smallest } = source(layers, 2, T, most);
      let kept = 0;
      for (const [number, weights] of layers.entries())
        for (let head = 0; head < 2; head++) {
          const got = await made.weights({ layer: number, head });
          for (const [place, value] of got.entries()) {
            const wanted = weights[head * T * T + place]!;
            if (Number.isNaN(wanted)) expect(value).toBeNaN();
            else if (wanted < smallest) expect(value).toBe(0);
            else {
              kept += 1;
              expect(value.toFixed(sparseDecimals)).toBe(rounded(wanted, sparseDecimals));
              expect(value.toFixed(2)).toBe(rounded(wanted, 2));
            }
          }
        }
      if (smallest < 0.5) expect(kept).toBeLessThanOrEqual(most);
    }),
  );
});

/** The weight rounded half up: toFixed says so of numbers that are no halves. */
function rounded(weight: number, decimals: number): string {
  return (Math.floor(weight * 10 ** decimals + 0.5) / 10 ** decimals).toFixed(decimals);
}

test("rows and small maps are those of the whole head", async () => {
  const [T, heads] = [300, 2];
  const layers = [3, 5].map((seed) =>
    Float32Array.from({ length: heads * T * T }, (_, place) =>
      place % T > Math.floor(place / T) % T ? Number.NaN : ((place * seed) % 997) ** 4 / 1e12,
    ),
  );
  const { made, smallest } = source(layers, heads, T, 20_000);
  expect(smallest).toBeGreaterThan(0.0005);
  const size = { rows: 32, columns: 32 };
  for (const layer of [0, 1]) {
    const small = await made.thumbnails(layer, size);
    for (const head of [0, 1]) {
      const whole = await made.weights({ layer, head });
      const row = await made.row({ layer, head }, 150);
      expect(row).toEqual(whole.slice(150 * T, 151 * T));
      const rows = await made.rows(150);
      expect(rows.slice((layer * heads + head) * T, (layer * heads + head + 1) * T)).toEqual(row);
      const places = size.rows * size.columns;
      expect(small.slice(head * places, (head + 1) * places)).toEqual(thumbnail(whole, T, T, size));
    }
  }
});

test("from when a layer is there, it answers at once", async () => {
  const { made } = source([new Float32Array(4)], 1, 2, 10);
  await made.rows(0);
  expect(made.weights({ layer: 0, head: 0 })).toBeInstanceOf(Float32Array);
});
