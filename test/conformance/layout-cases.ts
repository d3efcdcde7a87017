import * as operation from "../../src/tensor/operations.ts";
import { type Case, values } from "./case.ts";
import * as formula from "./formulas.ts";
import { random } from "./grid.ts";

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
  { shape: [1, 2, 37, 23], axes: [0, 1, 3, 2] },
  { shape: [48, 9], axes: [1, 0] },
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
