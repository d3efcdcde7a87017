import { expect, test } from "vitest";
import type { Backend } from "../../src/tensor/backend.ts";
import { cacheAppend } from "../../src/tensor/cache-operations.ts";
import { execute } from "../../src/tensor/execute.ts";
import { LazyTensor } from "../../src/tensor/lazy-tensor.ts";
import * as operation from "../../src/tensor/operations.ts";
import { Program } from "../../src/tensor/program.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import * as formula from "./formulas.ts";
import { type Grid, get, random, tabulate } from "./grid.ts";

interface Sizes {
  readonly B: number;
  readonly H: number;
  readonly Hkv: number;
  readonly D: number;
  readonly capacity: number;
  /** Rows of each append. */
  readonly steps: readonly number[];
}

const sizes: readonly Sizes[] = [
  { B: 1, H: 1, Hkv: 1, D: 1, capacity: 1, steps: [1] },
  { B: 2, H: 3, Hkv: 3, D: 7, capacity: 12, steps: [5, 1, 1, 3] },
  { B: 1, H: 4, Hkv: 2, D: 16, capacity: 80, steps: [33, 1, 2, 17] },
  { B: 2, H: 2, Hkv: 1, D: 5, capacity: 6, steps: [4, 2] },
];

type Expect = (got: Tensor, expected: Grid) => void;

/** A cache that is written in one run after the other holds all its rows; attention reads them where they lie. */
export function describeCache(backend: () => Backend, expectClose: Expect): void {
  for (const of of sizes)
    test(`cacheAppend: ${of.steps.join(" + ")} of ${of.capacity} rows, B=${of.B} H=${of.H} Hkv=${of.Hkv} D=${of.D}`, () =>
      fill(of, backend(), expectClose));

  test("cacheAppend: what does not fit is refused, and nothing but attention reads a cache", () => {
    const program = new Program(backend());
    const shape = [1, 2, 4, 3];
    const cache = new LazyTensor(shape, "f32", "cache");
    const rows = (T: number) => program.input(new Float32Array(6 * T), [1, 2, T, 3], "rows");
    expect(() => cacheAppend(cache, rows(2), 3)).toThrow("rows 3 to 4");
    expect(() =>
      cacheAppend(cache, program.input(new Float32Array(8), [1, 2, 1, 4], "x"), 0),
    ).toThrow("does not fit the cache");
    const held = cacheAppend(cache, rows(2), 0);
    expect(() => operation.scale(held, 2)).toThrow("first rows of a cache of 4");
    expect(() => operation.reshape(held, [12])).toThrow("first rows of a cache of 4");
    expect(() => program.read(held, () => {})).toThrow("first rows of a cache of 4");
  });
}

async function fill(
  { B, H, Hkv, D, capacity, steps }: Sizes,
  backend: Backend,
  expectClose: Expect,
): Promise<void> {
  const shape = [B, Hkv, capacity, D];
  const [keys, values] = [random(shape, { seed: 3 }), random(shape, { seed: 4 })];
  const caches = ["keys", "values"].map((label) => {
    const storage = backend.allocate("f32", shape, label);
    return new LazyTensor(shape, "f32", label, { storage });
  }) as [LazyTensor, LazyTensor];
  let past = 0;
  for (const T of steps) {
    const S = past + T;
    const upTo = (grid: Grid, start = 0) =>
      tabulate([B, Hkv, S - start, D], (b, h, s, d) => get(grid, b!, h!, start + s!, d!));
    const q = random([B, H, T, D], { seed: 5 + past });
    const weights = random([B, H, T, S], { seed: 6 });
    const program = new Program(backend);
    const given = ({ shape, data }: Grid) => program.input(Float32Array.from(data), shape, "given");
    const k = cacheAppend(caches[0], given(upTo(keys, past)), past);
    const v = cacheAppend(caches[1], given(upTo(values, past)), past);
    const scores = formula.scaledDot(q, upTo(keys), 0.3);
    const seen = formula.softmax(formula.masked(scores, { causalOffset: past }));
    const results: [LazyTensor, Grid][] = [
      [operation.scaledDot(given(q), k, 0.3), scores],
      [operation.mix(given(weights), v), formula.mix(weights, upTo(values))],
    ];
    for (const wants of [false, true]) {
      const fused = operation.fusedAttention(given(q), k, v, {
        scale: 0.3,
        mask: { causalOffset: past },
        wants: { scores: false, weights: wants },
      });
      if (fused) results.push([fused.mixed, formula.mix(seen, upTo(values))]);
      if (fused?.weights) results.push([fused.weights, seen]);
    }
    const got: Tensor[] = [];
    for (const [value] of results) program.read(value, (tensor) => got.push(tensor));
    program.finish();
    await execute(program);
    for (const [n, [, expected]] of results.entries()) expectClose(got[n]!, expected);
    past = S;
  }
  for (const { storage } of caches) backend.release(storage!);
}
