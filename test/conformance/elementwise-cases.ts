import * as operation from "../../src/tensor/operations.ts";
import { type Case, plain, values } from "./case.ts";
import * as formula from "./formulas.ts";
import { type Grid, random, withValues } from "./grid.ts";

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
    [[3, 5000], [1]],
    [
      [2, 9, 17],
      [2, 9, 1],
    ],
    [
      [9, 1],
      [9, 3],
    ],
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
