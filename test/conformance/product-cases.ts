import * as operation from "../../src/tensor/operations.ts";
import { type Case, integers, matrix, plain, table, values } from "./case.ts";
import * as formula from "./formulas.ts";
import { type Grid, random, tabulate, withValues } from "./grid.ts";

const ids = (shape: readonly number[], rows: number): Grid =>
  tabulate(shape, (...index) => index.reduce((sum, i, axis) => sum + i * (7 + 4 * axis), 0) % rows);

function embedCase(name: string, vocabulary: readonly [number, number], shape: number[]): Case[] {
  const rows = random(vocabulary);
  const places = ids(shape, vocabulary[0]);
  return [table, matrix, values].map((as) => ({
    name: `${name}, table as ${as(rows).as}`,
    given: [as(rows), integers(places)],
    record: (t, i) => [operation.embed(t!, i!)],
    expected: () => [formula.embed(rows, places)],
  }));
}

export const embedCases: readonly Case[] = [
  ...embedCase("(2, 5) ids", [37, 19], [2, 5]),
  ...embedCase("one row of one number", [1, 1], [1, 3]),
  ...embedCase("a list of ids", [65, 33], [7]),
  ...embedCase("no ids", [3, 4], [1, 0]),
  {
    name: "the last row, NaN and Infinity as they are",
    given: [
      table(withValues(random([5, 3]), { 12: Number.NaN, 13: Infinity, 14: -Infinity })),
      integers({ shape: [3], data: [4, 0, 4] }),
    ],
    record: (t, i) => [operation.embed(t!, i!)],
    expected: () => [
      formula.embed(withValues(random([5, 3]), { 12: Number.NaN, 13: Infinity, 14: -Infinity }), {
        shape: [3],
        data: [4, 0, 4],
      }),
    ],
  },
];

interface LinearForm {
  readonly bias?: boolean;
  readonly heads?: number;
  readonly activation?: (typeof formula.activationNames)[number];
  readonly x?: Grid;
  readonly weight?: Grid;
}

function linearCase(
  name: string,
  shape: readonly number[],
  [out, width]: readonly [number, number],
  { bias = true, heads, activation = "linear", x, weight }: LinearForm = {},
): Case {
  const input = x ?? random(shape);
  const map = weight ?? random([out, width], { seed: 2 });
  const offset = random([out], { seed: 3 });
  const expected = () => {
    const sums = formula.linear(input, map, bias ? offset : undefined);
    const flat = formula.activate(sums, activation);
    return [heads === undefined ? flat : formula.splitHeads(flat, heads)];
  };
  return {
    name,
    given: [values(input), matrix(map), ...(bias ? [plain(offset)] : [])],
    record: (x, weight, bias) => [
      operation.linear(x!, { weight: weight!, bias }, { activation, heads }),
    ],
    expected,
  };
}

/** Around the widths of vectors and tiles, one less and one more. */
const rows = [1, 2, 3, 5, 6, 7, 13, 31];
const outs = [1, 7, 8, 9, 15, 16, 17, 33, 48, 65];
const widths = [1, 3, 16, 63, 64, 65, 257];

export const linearCases: readonly Case[] = [
  ...outs.flatMap((out, n) =>
    rows.map((count, m) => {
      const width = widths[(n + m) % widths.length]!;
      return linearCase(`${count} rows, ${width} to ${out}`, [count, width], [out, width], {
        bias: (n + m) % 2 === 0,
      });
    }),
  ),
  ...formula.activationNames.map((activation) =>
    linearCase(`then ${activation}`, [2, 3, 20], [19, 20], { activation }),
  ),
  ...[1, 2, 3, 6].map((heads) =>
    linearCase(`${heads} heads`, [2, 5, 11], [18, 11], { heads, bias: heads !== 3 }),
  ),
  linearCase("rows that are spread out", [1, 13, 512], [37, 512], { activation: "gelu" }),
  linearCase("rows of several texts that are spread out, 2 heads", [2, 52, 512], [64, 512], {
    heads: 2,
  }),
  linearCase("heads and an activation", [3, 4, 9], [12, 9], { heads: 4, activation: "gelu" }),
  linearCase("many texts of one token", [9, 1, 17], [10, 17], { heads: 5 }),
  linearCase("no rows", [1, 0, 4], [3, 4]),
  linearCase("no rows, by heads", [2, 0, 4], [6, 4], { heads: 2 }),
  linearCase("huge numbers", [3, 9], [5, 9], { x: random([3, 9], { size: 1e30 }) }),
  linearCase("a row of NaN leaves the others alone", [3, 9], [5, 9], {
    x: withValues(random([3, 9]), { 10: Number.NaN }),
  }),
  linearCase("a column of NaN leaves the others alone", [3, 9], [17, 9], {
    weight: withValues(random([17, 9], { seed: 2 }), { 10: Number.NaN }),
  }),
  linearCase("Infinity", [3, 9], [5, 9], { x: withValues(random([3, 9]), { 4: -Infinity }) }),
  linearCase("NaN through gelu", [2, 4], [3, 4], {
    activation: "gelu",
    x: withValues(random([2, 4]), { 1: Number.NaN }),
  }),
  linearCase("huge numbers through gelu", [2, 4], [9, 4], {
    activation: "gelu",
    x: random([2, 4], { size: 1e6 }),
  }),
];

function sharesCase(B: number, H: number, T: number, D: number, C: number): Case {
  const mixed = random([B, H, T, D]);
  const weight = random([C, H * D], { seed: 4 });
  return {
    name: `${B} texts, ${H} heads, ${T} tokens, ${D} to ${C}`,
    given: [values(mixed), matrix(weight)],
    record: (mixed, weight) => [operation.headShares(mixed!, weight!)],
    expected: () => [formula.headShares(mixed, weight)],
  };
}

export const headSharesCases: readonly Case[] = [
  sharesCase(2, 3, 5, 7, 21),
  sharesCase(1, 1, 1, 1, 1),
  sharesCase(1, 4, 9, 8, 17),
  sharesCase(3, 2, 1, 16, 33),
  sharesCase(1, 2, 0, 4, 8),
];
