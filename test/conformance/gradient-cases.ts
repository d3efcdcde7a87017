/** Operations of gradients against central differences of the formulas they are derivatives of, in double precision. */

import * as gradients from "../../src/tensor/gradients/operations.ts";
import type { LazyTensor } from "../../src/tensor/lazy-tensor.ts";
import { squareSum } from "../../src/tensor/optimizer-operations.ts";
import type { Selection } from "../../src/tensor/selection.ts";
import { bandedToDifferentiate } from "./banded-cases.ts";
import { type Case, type Given, integers, matrix, plain, table, values } from "./case.ts";
import * as formula from "./formulas.ts";
import { type Grid, get, random, tabulate, total, upTo, withValues } from "./grid.ts";

/** Σ upstream ∘ f(inputs), differentiated by each of the chosen inputs. */
export function differences(
  f: (...inputs: Grid[]) => Grid,
  inputs: readonly Grid[],
  upstream: Grid,
  chosen: readonly number[],
): Grid[] {
  const step = 1e-5;
  const valueAt = (which: number, place: number, change: number) => {
    const { shape, data } = inputs[which]!;
    const moved = { shape, data: data.with(place, data[place]! + change) };
    const result = f(...inputs.with(which, moved));
    return total(result.data.length, (n) => result.data[n]! * upstream.data[n]!);
  };
  return chosen.map((which) => ({
    shape: inputs[which]!.shape,
    data: inputs[which]!.data.map(
      (_, place) => (valueAt(which, place, step) - valueAt(which, place, -step)) / (2 * step),
    ),
  }));
}

/** A case of a gradient operation whose inputs are those of the forward formula, and what comes back along them. */
function one(
  name: string,
  given: readonly Given[],
  upstream: Grid,
  f: (...inputs: Grid[]) => Grid,
  chosen: readonly number[],
  record: (given: readonly LazyTensor[], gradient: LazyTensor) => readonly LazyTensor[],
): Case {
  return {
    name,
    given: [...given, values(upstream)],
    record: (...all) => record(all.slice(0, -1), all.at(-1)!),
    expected: () =>
      differences(
        f,
        given.map(({ grid }) => grid),
        upstream,
        chosen,
      ),
  };
}

const shapes = [
  [1, 1],
  [3, 7],
  [2, 16],
  [1, 33],
  [2, 2, 5],
  [0, 4],
] as const;
const upstreamOf = (shape: readonly number[]) => random(shape, { seed: 9 });

const timesMatrixCases = [
  [
    [1, 1],
    [1, 1],
  ],
  [
    [3, 7],
    [7, 5],
  ],
  [
    [2, 3, 33],
    [33, 17],
  ],
  [
    [13, 16],
    [16, 40],
  ],
  [
    [70, 48],
    [48, 64],
  ],
  [
    [0, 16],
    [16, 5],
  ],
  [
    [13, 512],
    [512, 33],
  ],
].flatMap(([shape, weight]) =>
  [matrix, table, values].map((given) => timesMatrixCase(shape!, weight!, given)),
);

function timesMatrixCase(
  shape: readonly number[],
  weight: readonly number[],
  givenAs: (grid: Grid) => Given,
): Case {
  const [x, w] = [random(shape), random(weight, { seed: 3 })];
  return {
    name: `(${shape}) · (${weight}), ${givenAs(w).as}`,
    given: [values(x), givenAs(w)],
    record: (x, w) => [gradients.timesMatrix(x!, w!)],
    expected: () => [formula.linear(x, formula.permute(w, [1, 0]))],
  };
}

const rowProductsCases = [
  [
    [1, 1],
    [1, 1],
  ],
  [
    [5, 3],
    [5, 7],
  ],
  [
    [2, 3, 17],
    [2, 3, 33],
  ],
  [
    [70, 20],
    [70, 24],
  ],
  [
    [0, 3],
    [0, 2],
  ],
  [
    [512, 17],
    [512, 5],
  ],
  [
    [70, 48],
    [70, 64],
  ],
  // More steps, rows and columns than are packed at once.
  [
    [260, 30],
    [260, 270],
  ],
  [
    [8, 140],
    [8, 33],
  ],
  [
    [20, 512],
    [20, 16],
  ],
].map(([shapeA, shapeB]): Case => {
  const [a, b] = [random(shapeA!), random(shapeB!, { seed: 4 })];
  const [m, n] = [shapeA!.at(-1)!, shapeB!.at(-1)!];
  const rows = a.data.length / m;
  return {
    name: `(${shapeA})ᵀ · (${shapeB})`,
    given: [values(a), values(b)],
    record: (a, b) => [gradients.rowProducts(a!, b!)],
    expected: () => [
      tabulate([m, n], (i, j) => total(rows, (r) => a.data[r * m + i!]! * b.data[r * n + j!]!)),
    ],
  };
});

const embedGradientCases = [
  {
    ids: [
      [0, 2, 2],
      [5, 0, 2],
    ],
    width: 3,
  },
  { ids: [[1]], width: 17 },
  { ids: [upTo(90).map((place) => (place * place) % 6)], width: 5 },
].map(({ ids, width }): Case => {
  const given = { shape: [ids.length, ids[0]!.length], data: ids.flat() };
  const gradient = upstreamOf([...given.shape, width]);
  return {
    name: `ids ${ids.join(" | ")}, width ${width}`,
    given: [integers(given), values(gradient)],
    record: (ids, gradient) => [gradients.embedGradient(ids!, gradient!, 6)],
    expected: () =>
      differences((t) => formula.embed(t, given), [random([6, width])], gradient, [0]),
  };
});

/** None of the places where a derivative jumps. */
const smooth = tabulate([3, 37], (row, c) => (row! - 1) * 4 + (c! - 18) / 5 + 0.03);

const activationGradientCases = formula.activationNames.map((activation) =>
  one(
    activation,
    [values({ ...smooth, data: smooth.data.map(Math.fround) })],
    upstreamOf(smooth.shape),
    (x) => formula.activate(x, activation),
    [0],
    ([x], g) => [gradients.activationGradient(x!, g, activation)],
  ),
);

/** Of a norm: for x, and for its gain row by row. */
function normCase(
  name: "layerNorm" | "rmsNorm",
  shape: readonly number[],
  record: (given: readonly LazyTensor[], g: LazyTensor) => gradients.NormGradient,
): Case {
  const [x, gain] = [random(shape), random([shape.at(-1)!], { seed: 2 })];
  const bias = tabulate(gain.shape, () => 0);
  const norm = (x: Grid, gain: Grid) =>
    name === "layerNorm" ? formula.layerNorm(x, gain, bias, 0.01) : formula.rmsNorm(x, gain, 0.01);
  const upstream = upstreamOf(shape);
  const normal = () => norm(x, { ...gain, data: gain.data.map(() => 1) });
  return {
    name: `(${shape})`,
    given: [values(x), plain(gain), values(upstream)],
    record: (x, gain, g) => {
      const own = record([x!, gain!], g!);
      return [own.x, own.gains];
    },
    expected: () => [
      ...differences(norm, [x, gain], upstream, [0]),
      formula.broadcast(upstream, normal(), (g, n) => g * n),
    ],
  };
}

const softmaxGradientCases = shapes.map((shape): Case => {
  const scores = random(shape, { size: 3 });
  const hidden = scores.data.length > 20 ? withValues(scores, { 3: -Infinity }) : scores;
  const weights = { ...hidden, data: formula.softmax(hidden).data.map(Math.fround) };
  const upstream = upstreamOf(shape);
  const S = shape.at(-1)!;
  return {
    name: `(${shape})`,
    given: [values(weights), values(upstream)],
    record: (w, g) => [gradients.softmaxGradient(w!, g!)],
    expected: () => [
      {
        shape,
        data: weights.data.map((w, place) => {
          const start = place - (place % S);
          const along = total(S, (s) => weights.data[start + s]! * upstream.data[start + s]!);
          return w * (upstream.data[place]! - along);
        }),
      },
    ],
  };
});

const positive = (shape: readonly number[]) => {
  const { data } = random(shape);
  return { shape, data: data.map((value) => Math.fround(Math.abs(value) + 0.5)) };
};
const overSum = (x: Grid): Grid => {
  const C = x.shape.at(-1)!;
  const sum = (row: readonly number[]) => total(C, (c) => get(x, ...row, c));
  return tabulate(x.shape, (...index) => get(x, ...index) / sum(index.slice(0, -1)));
};

const normalizeRowsGradientCases = shapes.map((shape) =>
  one(`(${shape})`, [values(positive(shape))], upstreamOf(shape), overSum, [0], ([x], g) => [
    gradients.normalizeRowsGradient(x!, g),
  ]),
);

const unitGradientCases = shapes.map((shape) =>
  one(
    `(${shape})`,
    [values(positive(shape))],
    upstreamOf(shape),
    (x) => formula.unit(x, 1e-12),
    [0],
    ([x], g) => [gradients.unitGradient(x!, g, 1e-12)],
  ),
);

const pooled = random([2, 5, 7]);
const poolMask = { shape: [2, 5], data: [1, 1, 1, 0, 0, 0, 1, 1, 1, 1] };
const maxPoolGradientCases: readonly Case[] = [
  {
    name: "some tokens do not count",
    given: [values(pooled), integers(poolMask), values(upstreamOf([2, 7]))],
    record: (x, mask, g) => [gradients.maxPoolGradient(x!, mask!, g!)],
    expected: () =>
      differences((x) => formula.maxPool(x, poolMask), [pooled], upstreamOf([2, 7]), [0]),
  },
];

const partGradientCases = (
  [
    [undefined, [2, 0]],
    [[1], [0, 3, 3]],
    [[0, 1, 1], undefined],
  ] satisfies Selection[]
).map((selection): Case => {
  const shape = [2, 4, 3];
  const full = shape.map((length, axis) => selection[axis] ?? upTo(length));
  const upstream = upstreamOf(full.map(({ length }) => length));
  const part = (x: Grid) =>
    tabulate(upstream.shape, (...index) => get(x, ...index.map((i, axis) => full[axis]![i]!)));
  return {
    name: JSON.stringify(selection),
    given: [values(upstream)],
    record: (g) => [gradients.partGradient(g!, selection, shape)],
    expected: () => differences(part, [random(shape)], upstream, [0]),
  };
});

const logSum = (x: Grid): Grid => {
  const C = x.shape.at(-1)!;
  return tabulate(x.shape.slice(0, -1), (...index) =>
    Math.log(total(C, (c) => Math.exp(get(x, ...index, c)))),
  );
};

const logSumExpCases = [...shapes.slice(0, 5), [4]].map((shape): Case => {
  const x = random(shape, { size: 4 });
  return {
    name: `(${shape})`,
    given: [values(x)],
    record: (x) => [gradients.logSumExp(x!)],
    expected: () => [logSum(x)],
  };
});

const logits = [
  [1, 1],
  [3, 7],
  [5, 33],
].map((shape) => {
  const [R, V] = shape as [number, number];
  const targets = { shape: [R], data: upTo(R).map((row) => (row === 1 ? -100 : (row * 5) % V)) };
  const x = random(shape, { size: 4 });
  const loss = (x: Grid) =>
    tabulate([R], (row) =>
      row === 1 ? 0 : get(logSum(x), row!) - get(x, row!, targets.data[row!]!),
    );
  return { name: `(${shape}), row 1 without target`, x, targets, loss, R };
});

const crossEntropyCases = logits.map(
  ({ name, x, targets, loss }): Case => ({
    name,
    given: [values(x), integers(targets)],
    record: (x, targets) => [gradients.crossEntropy(x!, targets!)],
    expected: () => [loss(x)],
  }),
);

const crossEntropyGradientCases = logits.map(
  ({ name, x, targets, loss, R }): Case => ({
    name,
    given: [values(x), integers(targets), values(upstreamOf([R]))],
    record: (x, targets, g) => [gradients.crossEntropyGradient(x!, targets!, g!)],
    expected: () => differences(loss, [x], upstreamOf([R]), [0]),
  }),
);

const bandedAttentionGradientCases = [0, 2].map((G): Case => {
  const { given, mixed, attributes } = bandedToDifferentiate([1, 2, 7, 3, 2, G]);
  const upstream = upstreamOf([1, 2, 7, 3]);
  const grids = given.map(({ grid }) => grid);
  return {
    name: G > 0 ? "with global keys" : "windows alone",
    given: [...given, values(upstream)],
    record: (...all) =>
      gradients.bandedAttentionGradient(all.slice(0, -1), all.at(-1)!, attributes),
    expected: () => differences(mixed, grids, upstream, G > 0 ? [0, 1, 2, 4, 5] : [0, 1, 2]),
  };
});

const squareSumCases = [[1], [3, 7], [2, 3, 33], [130, 70], [0, 4]].map((shape): Case => {
  const x = random(shape);
  return {
    name: `(${shape})`,
    given: [values(x)],
    record: (x) => [squareSum(x!)],
    expected: () => [{ shape: [1], data: [total(x.data.length, (i) => x.data[i]! ** 2)] }],
  };
});

export const gradientCases = {
  timesMatrix: timesMatrixCases,
  rowProducts: rowProductsCases,
  embedGradient: embedGradientCases,
  activationGradient: activationGradientCases,
  layerNormGradient: shapes.map((shape) =>
    normCase("layerNorm", shape, ([x, gain], g) => gradients.layerNormGradient(x!, gain!, g, 0.01)),
  ),
  rmsNormGradient: shapes.map((shape) =>
    normCase("rmsNorm", shape, ([x, gain], g) => gradients.rmsNormGradient(x!, gain!, g, 0.01)),
  ),
  softmaxGradient: softmaxGradientCases,
  normalizeRowsGradient: normalizeRowsGradientCases,
  unitGradient: unitGradientCases,
  maxPoolGradient: maxPoolGradientCases,
  partGradient: partGradientCases,
  logSumExp: logSumExpCases,
  crossEntropy: crossEntropyCases,
  crossEntropyGradient: crossEntropyGradientCases,
  bandedAttentionGradient: bandedAttentionGradientCases,
  squareSum: squareSumCases,
} as const;
