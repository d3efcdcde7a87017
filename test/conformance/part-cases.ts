import { normalizeRows, part, replacePart } from "../../src/tensor/part-operations.ts";
import type { Selection } from "../../src/tensor/selection.ts";
import { type Case, values } from "./case.ts";
import { type Grid, get, random, tabulate, total, withValues } from "./grid.ts";

const selections: readonly (readonly [shape: readonly number[], selection: Selection])[] = [
  [
    [2, 3, 5, 7],
    [undefined, [1], undefined, undefined],
  ],
  [
    [2, 3, 5, 7],
    [[1], [0, 2], [4, 1], undefined],
  ],
  [
    [2, 3, 5, 7],
    [undefined, undefined, undefined, [2]],
  ],
  [
    [2, 3, 5, 7],
    [[0], [2], [3], [0, 1, 2, 5]],
  ],
  [
    [2, 3, 5, 33],
    [undefined, undefined, [0, 1, 2], undefined],
  ],
  [[2, 3, 5, 7], []],
  [
    [2, 5, 33],
    [undefined, [3, 4], undefined],
  ],
  [[2, 9], [[1]]],
  [[7], [[6, 0]]],
  // More boxes than are worth a call each.
  [
    [1, 1, 40, 40],
    [undefined, undefined, everySecond(40), everySecond(40)],
  ],
];

function everySecond(length: number): number[] {
  return Array.from({ length: length / 2 }, (_, index) => 2 * index);
}

const nameOf = (shape: readonly number[], selection: Selection) =>
  `(${shape.join(", ")}) at ${shape.map((_, axis) => (selection[axis] ? `[${selection[axis].slice(0, 4)}${selection[axis].length > 4 ? ", …" : ""}]` : "all")).join(" × ")}`;

const lengthsOf = (shape: readonly number[], selection: Selection) =>
  shape.map((length, axis) => selection[axis]?.length ?? length);

export const partCases: readonly Case[] = [
  ...selections,
  [
    [2, 3, 5, 7],
    [undefined, [0, 0, 2], undefined, undefined],
  ] as const,
].map(([shape, selection]) => {
  const x = random(shape, { seed: 3 });
  return {
    name: nameOf(shape, selection),
    given: [values(x)],
    record: (x) => [part(x!, selection)],
    expected: () => [
      tabulate(lengthsOf(shape, selection), (...index) =>
        get(x, ...index.map((place, axis) => selection[axis]?.[place] ?? place)),
      ),
    ],
  };
});

export const replacePartCases: readonly Case[] = selections.flatMap(([shape, selection]) => {
  const lengths = lengthsOf(shape, selection);
  const specials = withValues(random(shape, { seed: 4 }), { 0: -Infinity, 1: Number.NaN });
  const given = (numbers: Grid, name: string): Case => ({
    name: `${nameOf(shape, selection)}, ${name}`,
    given: [values(specials), values(numbers)],
    record: (x, numbers) => [replacePart(x!, numbers!, selection)],
    expected: () => [
      tabulate(shape, (...index) => {
        const places = index.map((i, axis) => selection[axis]?.indexOf(i) ?? i);
        if (places.includes(-1)) return get(specials, ...index);
        const own = places.slice(places.length - numbers.shape.length);
        return get(numbers, ...own.map((place, axis) => (numbers.shape[axis] === 1 ? 0 : place)));
      }),
    ],
  });
  return [
    given(random(lengths, { seed: 5 }), "as many numbers"),
    given(random([], { seed: 6 }), "one number"),
    given(random([lengths.at(-1)!], { seed: 7 }), "one row"),
    given(random([...lengths.slice(0, -1), 1], { seed: 8 }), "one number a row"),
  ];
});

export const normalizeRowsCases: readonly Case[] = [
  random([2, 3, 7]),
  random([4, 33], { seed: 2 }),
  tabulate([3, 17], (row, place) => (row === 1 ? 0 : (place + 1) * (row - 1))),
  tabulate([2, 4], (row, place) => (row === 0 ? [1, -1, 2, -2][place]! : place)),
  withValues(random([2, 5]), { 3: Number.NaN }),
].map((x) => ({
  name: `(${x.shape.join(", ")})${x.data.some(Number.isNaN) ? " with NaN" : ""}`,
  given: [values(x)],
  record: (x) => [normalizeRows(x!)],
  expected: () => {
    const width = x.shape.at(-1)!;
    return [
      tabulate(x.shape, (...index) => {
        const row = index.slice(0, -1);
        const sum = total(width, (place) => get(x, ...row, place));
        return sum === 0 ? get(x, ...index) : get(x, ...index) / sum;
      }),
    ];
  },
}));
