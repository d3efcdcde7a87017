import * as operation from "../../src/tensor/operations.ts";
import { type Case, integers, plain, values } from "./case.ts";
import * as formula from "./formulas.ts";
import { type Grid, random, tabulate, withValues } from "./grid.ts";

const specials = withValues(random([2, 5]), {
  0: Number.NaN,
  3: Infinity,
  6: -Infinity,
  7: Math.fround(1e-40),
  9: Math.fround(3e38),
});

function pairCases(
  record: typeof operation.add,
  combine: (a: number, b: number) => number,
): readonly Case[] {
  const shapes = [
    [
      [2, 3, 5],
      [2, 3, 5],
    ],
    [[2, 3, 5], [5]],
    [[5], [2, 3, 5]],
    [
      [2, 3, 5],
      [3, 1],
    ],
    [
      [2, 1, 5],
      [1, 3, 1],
    ],
    [
      [2, 3, 4, 17],
      [1, 3, 1, 17],
    ],
    [
      [2, 3, 4, 17],
      [2, 1, 4, 17],
    ],
    [[1], [7]],
    [[1, 1], [1]],
    [
      [3, 33],
      [3, 33],
    ],
    [[2, 0, 3], [3]],
    [[2, 3, 5], []],
    [
      [2, 3, 7, 9],
      [3, 1, 9],
    ],
    [
      [2, 1, 1, 9],
      [2, 3, 7, 9],
    ],
  ] as const;
  const given = (a: Grid, b: Grid, name: string): Case => ({
    name,
    given: [values(a), values(b)],
    record: (a, b) => [record(a!, b!)],
    expected: () => [formula.broadcast(a, b, combine)],
  });
  return [
    ...shapes.map(([a, b]) =>
      given(random(a), random(b, { seed: 2 }), `(${a.join(", ")}) with (${b.join(", ")})`),
    ),
    given(specials, random([5], { seed: 2 }), "NaN, Infinity, denormal and huge numbers"),
    {
      name: "with a learned vector",
      given: [values(random([3, 7])), plain(random([7], { seed: 2 }))],
      record: (a, b) => [record(a!, b!)],
      expected: () => [formula.broadcast(random([3, 7]), random([7], { seed: 2 }), combine)],
    },
    {
      name: "with itself",
      given: [values(random([3, 7]))],
      record: (a) => [record(a!, a!)],
      expected: () => [formula.broadcast(random([3, 7]), random([3, 7]), combine)],
    },
  ];
}

export const addCases = pairCases(operation.add, (a, b) => a + b);
export const multiplyCases = pairCases(operation.multiply, (a, b) => a * b);

function scaleCase(name: string, x: Grid, factor: number, scale?: number): Case {
  return {
    name,
    given: [values(x)],
    record: (x) => [operation.scale(x!, factor)],
    expected: () => [{ ...x, data: x.data.map((value) => value * Math.fround(factor)) }],
    scale,
  };
}

export const scaleCases: readonly Case[] = [
  scaleCase("(2, 3, 17)", random([2, 3, 17]), 0.3),
  scaleCase("by a negative number", random([33]), -7.5),
  scaleCase("NaN and Infinity", specials, 0.5),
  scaleCase("no numbers", random([0, 3]), 2),
  scaleCase("denormal numbers are not zero", random([2, 9], { size: 1e-39 }), 1e38, 0),
];

export const activateCases: readonly Case[] = formula.activationNames
  .filter((activation) => activation !== "linear")
  .flatMap((activation) => {
    const given = (name: string, x: Grid): Case => ({
      name: `${activation}, ${name}`,
      given: [values(x)],
      record: (x) => [operation.activate(x!, activation)],
      expected: () => [formula.activate(x, activation)],
    });
    return [
      given("(3, 67)", random([3, 67], { size: 6 })),
      given("around zero", random([17], { size: 1e-3 })),
      given("one number", random([1], { size: 2 })),
      given("far out", { shape: [8], data: [-30, -20, -10, -5, 5, 10, 20, 30] }),
      given("further out", { shape: [4], data: [-100, 100, 1e4, 1e6] }),
      given("far below zero", { shape: [4], data: [-6, -100, -1e4, -1e6] }),
      given("NaN and +Infinity", { shape: [3], data: [Number.NaN, Infinity, 1] }),
      given("denormal numbers", random([9], { size: 1e-40 })),
    ];
  });

function normCases(
  run: (x: Grid, name: string, epsilon: number, scale?: number) => Case,
): readonly Case[] {
  return [
    ...[
      [1, 1],
      [1, 2],
      [3, 7],
      [2, 16],
      [5, 17],
      [2, 3, 33],
      [1, 130],
      [1, 0, 8],
    ].map((shape) => run(random(shape), `(${shape.join(", ")})`, 1e-5)),
    run(random([3, 24], { size: 1e15 }), "huge numbers", 1e-5),
    run(random([3, 24], { size: 1e-20 }), "tiny numbers", 1e-12),
    run(random([2, 9], { size: 1e-40 }), "denormal numbers", 1e-5),
    run(
      tabulate([2, 20], (row, c) => Math.fround(1000 + row! + c! / 64)),
      "far from zero",
      1e-12,
    ),
    run(
      tabulate([2, 9], () => 3),
      "all equal",
      1e-5,
    ),
    run(withValues(random([3, 9]), { 10: Number.NaN }), "NaN spoils its own row only", 1e-5),
    run(withValues(random([3, 9]), { 10: Infinity }), "Infinity in a row", 1e-5),
  ];
}

export const layerNormCases = normCases((x, name, epsilon) => {
  const gain = random([x.shape.at(-1)!], { seed: 2 });
  const bias = random([x.shape.at(-1)!], { seed: 3 });
  return {
    name,
    given: [values(x), plain(gain), plain(bias)],
    record: (x, gain, bias) => [operation.layerNorm(x!, { gain: gain!, bias: bias! }, epsilon)],
    expected: () => [formula.layerNorm(x, gain, bias, epsilon)],
  };
});

export const rmsNormCases = normCases((x, name, epsilon) => {
  const gain = random([x.shape.at(-1)!], { seed: 2 });
  return {
    name,
    given: [values(x), plain(gain)],
    record: (x, gain) => [operation.rmsNorm(x!, gain!, epsilon)],
    expected: () => [formula.rmsNorm(x, gain, epsilon)],
  };
});

export const unitCases: readonly Case[] = [
  ...[
    [1, 1],
    [2, 7],
    [3, 33],
    [2, 2, 8],
    [0, 4],
  ].map((shape) => unitCase(random(shape), `(${shape})`)),
  unitCase(
    tabulate([2, 5], () => 0),
    "zeros stay zeros",
  ),
  unitCase(random([2, 9], { size: 1e15 }), "huge numbers"),
  unitCase(withValues(random([2, 9]), { 3: Number.NaN }), "NaN spoils its own row only"),
];

function unitCase(x: Grid, name: string): Case {
  return {
    name,
    given: [values(x)],
    record: (x) => [operation.unit(x!)],
    expected: () => [formula.unit(x, 1e-12)],
  };
}

const splitSizes = [
  [1, 1, 1, 1],
  [2, 3, 5, 7],
  [1, 12, 4, 8],
  [3, 2, 1, 5],
  [2, 2, 0, 3],
] as const;

export const splitHeadsCases: readonly Case[] = splitSizes.map(([B, H, T, D]) => ({
  name: `(${B}, ${T}, ${H}·${D})`,
  given: [values(random([B, T, H * D]))],
  record: (x) => [operation.splitHeads(x!, H)],
  expected: () => [formula.splitHeads(random([B, T, H * D]), H)],
}));

export const mergeHeadsCases: readonly Case[] = splitSizes.map(([B, H, T, D]) => ({
  name: `(${B}, ${H}, ${T}, ${D})`,
  given: [values(random([B, H, T, D]))],
  record: (x) => [operation.mergeHeads(x!)],
  expected: () => [formula.mergeHeads(random([B, H, T, D]))],
}));

const turns = [
  { sizes: [2, 3, 5, 8], half: 4, batch: 1 },
  { sizes: [2, 3, 5, 8], half: 4, batch: 2 },
  { sizes: [1, 2, 7, 16], half: 3, batch: 1 },
  { sizes: [1, 1, 1, 2], half: 1, batch: 1 },
  { sizes: [2, 1, 4, 34], half: 17, batch: 2 },
  { sizes: [1, 2, 0, 4], half: 2, batch: 1 },
] as const;

export const rotaryCases: readonly Case[] = turns.flatMap(({ sizes, half, batch }) =>
  (["halves", "neighbours"] as const).map((pairs) => {
    const x = random(sizes);
    const angles = random([batch, sizes[2], half], { seed: 2, size: 3 });
    const cos = { ...angles, data: angles.data.map((angle) => Math.fround(Math.cos(angle))) };
    const sin = { ...angles, data: angles.data.map((angle) => Math.fround(Math.sin(angle))) };
    return {
      name: `(${sizes.join(", ")}), ${half} ${pairs}, angles of ${batch} texts`,
      given: [values(x), values(cos), values(sin)],
      record: (x, cos, sin) => [operation.rotary(x!, { cos: cos!, sin: sin! }, pairs)],
      expected: () => [formula.rotary(x, cos, sin, pairs)],
    } satisfies Case;
  }),
);

const orders = [
  { shape: [3, 5], axes: [1, 0] },
  { shape: [2, 3, 5], axes: [2, 0, 1] },
  { shape: [2, 3, 4, 5], axes: [0, 2, 1, 3] },
  { shape: [2, 3, 4, 5], axes: [3, 1, 2, 0] },
  { shape: [2, 3, 4, 17], axes: [0, 1, 3, 2] },
  { shape: [2, 3], axes: [0, 1] },
  { shape: [1, 4, 1], axes: [1, 2, 0] },
  { shape: [2, 0, 3], axes: [2, 1, 0] },
] as const;

export const permuteCases: readonly Case[] = orders.map(({ shape, axes }) => ({
  name: `(${shape.join(", ")}) by ${axes.join(", ")}`,
  given: [values(random(shape))],
  record: (x) => [operation.permute(x!, axes)],
  expected: () => [formula.permute(random(shape), axes)],
}));

const cuts = [
  { shape: [2, 7, 5], axis: 1, start: 0, end: 1 },
  { shape: [2, 7, 5], axis: 1, start: 2, end: 6 },
  { shape: [2, 7, 5], axis: 0, start: 1, end: 2 },
  { shape: [2, 7, 5], axis: 2, start: 3, end: 5 },
  { shape: [9], axis: 0, start: 4, end: 9 },
  { shape: [2, 7, 5], axis: 1, start: 3, end: 3 },
  { shape: [2, 3, 4, 19], axis: 3, start: 1, end: 18 },
] as const;

export const sliceCases: readonly Case[] = cuts.map(({ shape, axis, start, end }) => ({
  name: `${start} to ${end} on axis ${axis} of (${shape.join(", ")})`,
  given: [values(random(shape))],
  record: (x) => [operation.slice(x!, axis, start, end)],
  expected: () => [formula.slice(random(shape), axis, start, end)],
}));

function concatCase(shapes: readonly (readonly number[])[], axis: number): Case {
  const parts = shapes.map((shape, n) => random(shape, { seed: n + 1 }));
  return {
    name: `${shapes.map((shape) => `(${shape})`).join(" ")} on axis ${axis}`,
    given: parts.map(values),
    record: (...parts) => [operation.concat(parts, axis)],
    expected: () => [formula.concat(parts, axis)],
  };
}

export const concatCases: readonly Case[] = [
  concatCase(
    [
      [2, 3, 4],
      [2, 1, 4],
    ],
    1,
  ),
  concatCase(
    [
      [2, 3, 4],
      [5, 3, 4],
      [1, 3, 4],
    ],
    0,
  ),
  concatCase(
    [
      [2, 3, 1],
      [2, 3, 17],
      [2, 3, 6],
    ],
    2,
  ),
  concatCase([[3], [4]], 0),
  concatCase(
    [
      [1, 2, 0, 4],
      [1, 2, 3, 4],
    ],
    2,
  ),
  concatCase(
    [
      [2, 2, 5, 3],
      [2, 2, 1, 3],
    ],
    2,
  ),
];

export const sumCases: readonly Case[] = (
  [
    [[2, 3, 5], 0],
    [[2, 3, 5], 1],
    [[2, 3, 5], 2],
    [[2, 4, 3, 17], 1],
    [[7], 0],
    [[1, 1, 4], 1],
    [[2, 0, 3], 1],
    [[2, 3, 0], 1],
  ] as const
).map(([shape, axis]) => ({
  name: `axis ${axis} of (${shape.join(", ")})`,
  given: [values(random(shape))],
  record: (x) => [operation.sum(x!, axis)],
  expected: () => [formula.sum(random(shape), axis)],
}));

function meanCase(name: string, x: Grid, mask: Grid): Case {
  return {
    name,
    given: [values(x), integers(mask)],
    record: (x, mask) => [operation.meanPool(x!, mask!)],
    expected: () => [formula.meanPool(x, mask)],
  };
}

export const meanPoolCases: readonly Case[] = [
  meanCase(
    "all real",
    random([2, 5, 9]),
    tabulate([2, 5], () => 1),
  ),
  meanCase(
    "one token",
    random([1, 1, 17]),
    tabulate([1, 1], () => 1),
  ),
  meanCase("padding on both sides", random([3, 4, 7]), {
    shape: [3, 4],
    data: [1, 1, 0, 0, 0, 0, 1, 1, 0, 1, 0, 1],
  }),
  meanCase("a row of padding alone gives zeros", random([2, 3, 4]), {
    shape: [2, 3],
    data: [1, 1, 1, 0, 0, 0],
  }),
  meanCase("NaN under padding is not there", withValues(random([1, 3, 4]), { 9: Number.NaN }), {
    shape: [1, 3],
    data: [1, 1, 0],
  }),
  meanCase("NaN in a real row stays", withValues(random([1, 3, 4]), { 5: Number.NaN }), {
    shape: [1, 3],
    data: [1, 1, 0],
  }),
];

function maxCase(name: string, x: Grid, mask: Grid): Case {
  return {
    name,
    given: [values(x), integers(mask)],
    record: (x, mask) => [operation.maxPool(x!, mask!)],
    expected: () => [formula.maxPool(x, mask)],
  };
}

export const maxPoolCases: readonly Case[] = [
  maxCase(
    "all real",
    random([2, 5, 9]),
    tabulate([2, 5], () => 1),
  ),
  maxCase("padding on both sides", random([3, 4, 7]), {
    shape: [3, 4],
    data: [1, 1, 0, 0, 0, 0, 1, 1, 0, 1, 0, 1],
  }),
  maxCase("a row of padding alone gives -Infinity", random([2, 3, 4]), {
    shape: [2, 3],
    data: [1, 1, 1, 0, 0, 0],
  }),
  maxCase("NaN under padding is not there", withValues(random([1, 3, 4]), { 9: Number.NaN }), {
    shape: [1, 3],
    data: [1, 1, 0],
  }),
  maxCase("NaN in a real row stays", withValues(random([1, 3, 4]), { 5: Number.NaN }), {
    shape: [1, 3],
    data: [1, 1, 0],
  }),
];
