import * as operation from "../../src/tensor/operations.ts";
import { type Case, plain, values } from "./case.ts";
import * as formula from "./formulas.ts";
import { type Grid, random, tabulate, withValues } from "./grid.ts";

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
