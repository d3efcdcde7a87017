import * as operation from "../../src/tensor/operations.ts";
import { type Case, integers, values } from "./case.ts";
import * as formula from "./formulas.ts";
import { type Grid, random, tabulate, withValues } from "./grid.ts";

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
    [[150, 70], 0],
    [[2, 5000, 3], 1],
    [[3, 2100], 0],
    [[70, 130], 1],
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
