import { describe, expect, test } from "vitest";
import type { Patch } from "../../src/probe/patch.ts";
import { Tensor } from "../../src/tensor/tensor.ts";
import { type Grid, get, tabulate, total } from "../conformance/grid.ts";
import type { Change } from "../support/by-hand.ts";
import { expectClose } from "../support/expect-close.ts";
import { allTwins, changeAt, expectSame, inOrder, shortInput } from "../support/small-models.ts";

const cases = [...(await allTwins())];
const tolerance = 2e-5;
const weights = "layers.0.weights";
const scores = "layers.0.scores";
const q = "layers.1.q";

interface ActionCase {
  readonly name: string;
  readonly patch: readonly Patch[];
  readonly change: Change;
}

const actions: readonly ActionCase[] = [
  {
    name: "set: one number at one place",
    patch: [{ site: weights, head: 1, query: 2, key: 1, text: 0, set: 0.25 }],
    change: changeAt(
      weights,
      (b, h, t, s) => b === 0 && h === 1 && t === 2 && s === 1,
      () => 0.25,
    ),
  },
  {
    name: "set: in every text where none is named",
    patch: [{ site: weights, head: 0, query: 3, set: 0.5 }],
    change: changeAt(
      weights,
      (_, h, t) => h === 0 && t === 3,
      () => 0.5,
    ),
  },
  {
    name: "set: a row for each of several queries",
    patch: [{ site: weights, head: 1, query: [1, 3], set: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6] }],
    change: changeAt(
      weights,
      (_, h, t) => h === 1 && (t === 1 || t === 3),
      (_, ...index) => (index[3]! + 1) / 10,
    ),
  },
  {
    name: "set: a column, broadcast over keys",
    patch: [{ site: weights, query: "1..3", set: [[0.25], [0.75]] }],
    change: changeAt(
      weights,
      (_, __, t) => t === 1 || t === 2,
      (_, ...index) => (index[2] === 1 ? 0.25 : 0.75),
    ),
  },
  {
    name: "scale: one head",
    patch: [{ site: q, head: 1, scale: -2 }],
    change: changeAt(
      q,
      (_, h) => h === 1,
      (x) => -2 * x,
    ),
  },
  {
    name: "add: a list of heads, named from the end",
    patch: [{ site: q, head: [-1], add: 0.3 }],
    change: (site, grid) =>
      changeAt(
        q,
        (_, h) => h === grid.shape[1]! - 1,
        (x) => x + 0.3,
      )(site, grid),
  },
  {
    name: "zero: one head's share",
    patch: [{ site: "layers.1.heads", head: 0, zero: true }],
    change: changeAt(
      "layers.1.heads",
      (_, h) => h === 0,
      () => 0,
    ),
  },
  {
    name: "zero: a range of tokens of a stream",
    patch: [{ site: "layers.1.input", query: { start: 2, end: 4 }, zero: true }],
    change: changeAt(
      "layers.1.input",
      (_, t) => t === 2 || t === 3,
      () => 0,
    ),
  },
  {
    name: "keys of k and v by index",
    patch: [
      { site: "layers.0.k", key: 2, scale: 3 },
      { site: "layers.0.v", key: [0, 1], head: 1, add: 1 },
    ],
    change: inOrder(
      changeAt(
        "layers.0.k",
        (_, __, s) => s === 2,
        (x) => 3 * x,
      ),
      changeAt(
        "layers.0.v",
        (_, h, s) => h === 1 && s! < 2,
        (x) => x + 1,
      ),
    ),
  },
  {
    name: "cut: a key cannot be looked at",
    patch: [{ site: scores, key: 1, cut: true }],
    change: changeAt(
      scores,
      (_, __, ___, s) => s === 1,
      () => -Infinity,
    ),
  },
  {
    name: "cut: a query that sees nothing at all mixes nothing",
    patch: [{ site: "layers.*.scores", query: 2, cut: true }],
    change: (site, grid) =>
      changeAt(
        site,
        (_, __, t) => t === 2,
        () => -Infinity,
      )(...onScores(site, grid)),
  },
  {
    name: "set: -Infinity in scores is a cut",
    patch: [{ site: scores, key: 1, set: -Infinity }],
    change: changeAt(
      scores,
      (_, __, ___, s) => s === 1,
      () => -Infinity,
    ),
  },
  {
    name: "change: a function of the part, which is all it sees",
    patch: [
      {
        site: weights,
        head: 1,
        text: 1,
        change(part, site) {
          expect(site).toBe(weights);
          expect(part.shape).toEqual([1, 1, 6, 6]);
          return new Tensor(
            part.shape,
            part.data.map((x) => x * x),
          );
        },
      },
    ],
    change: changeAt(
      weights,
      (b, h) => b === 1 && h === 1,
      (x) => x * x,
    ),
  },
  {
    name: "renormalize: the rest of the row takes what was taken away",
    patch: [{ site: weights, head: 1, query: 3, key: 1, set: 0, renormalize: true }],
    change: (site, grid) =>
      changeAt(
        weights,
        (_, h, t) => h === 1 && t === 3,
        (x, ...index) => (index[3] === 1 ? 0 : x / (1 - get(grid, index[0]!, 1, 3, 1))),
      )(site, grid),
  },
  {
    name: "renormalize: a row of zeros stays a row of zeros",
    patch: [{ site: weights, query: 3, set: 0, renormalize: true }],
    change: changeAt(
      weights,
      (_, __, t) => t === 3,
      () => 0,
    ),
  },
  {
    name: "renormalize: rows that nobody touched stay as they are",
    patch: [{ site: weights, query: 3, key: 0, add: 1, renormalize: true }],
    change: (site, grid) =>
      changeAt(
        weights,
        (_, __, t) => t === 3,
        (x, ...index) => {
          const [b, h] = index as [number, number];
          const sum = total(6, (s) => get(grid, b, h, 3, s)) + 1;
          return (x + (index[3] === 0 ? 1 : 0)) / sum;
        },
      )(site, grid),
  },
  {
    name: "order: scale, then add",
    patch: [
      { site: q, scale: 2 },
      { site: q, add: 1 },
    ],
    change: changeAt(
      q,
      () => true,
      (x) => 2 * x + 1,
    ),
  },
  {
    name: "order: add, then scale",
    patch: [
      { site: q, add: 1 },
      { site: q, scale: 2 },
    ],
    change: changeAt(
      q,
      () => true,
      (x) => 2 * (x + 1),
    ),
  },
  {
    name: "order: the last word wins where parts overlap",
    patch: [
      { site: weights, query: [1, 2], set: 0.1 },
      { site: weights, query: [2, 3], set: 0.9 },
    ],
    change: changeAt(
      weights,
      (_, __, t) => t! >= 1 && t! <= 3,
      (_, ...index) => (index[2] === 1 ? 0.1 : 0.9),
    ),
  },
  {
    name: "several sites on the way, each on top of what the one before did",
    patch: [
      { site: "embeddings", query: 0, scale: 0 },
      { site: weights, head: 0, scale: 0.5 },
      { site: "layers.0.residual", add: 0.1 },
      { site: q, query: 1, zero: true },
      { site: "final", text: 1, scale: 2 },
    ],
    change: inOrder(
      changeAt(
        "embeddings",
        (_, t) => t === 0,
        () => 0,
      ),
      changeAt(
        weights,
        (_, h) => h === 0,
        (x) => x / 2,
      ),
      changeAt(
        "layers.0.residual",
        () => true,
        (x) => x + 0.1,
      ),
      changeAt(
        q,
        (_, __, t) => t === 1,
        () => 0,
      ),
      changeAt(
        "final",
        (b) => b === 1,
        (x) => 2 * x,
      ),
    ),
  },
  {
    name: "parts of scores: content is masked afterwards",
    patch: [{ site: "layers.0.scores.content", key: 5, add: 2 }],
    change: changeAt(
      "layers.0.scores.content",
      (_, __, ___, s) => s === 5,
      (x) => x + 2,
    ),
  },
];

function onScores(site: string, grid: Grid): [string, Grid] {
  return [/^layers\.\d\.scores$/.test(site) ? site : "", grid];
}

describe.each(cases)("%s: actions and parts", (_, both) => {
  const { model, hand } = both;

  test.each(actions)("$name", async ({ patch, change }) => {
    await expectSame(both, patch, change);
  });

  test("a list of patches for each text of the batch", () =>
    expectSameRows(
      [
        [{ site: weights, head: 1, query: 1, set: 0.5 }],
        [
          { site: q, head: 0, scale: 0 },
          { site: "final", add: 1 },
        ],
      ],
      inOrder(
        changeAt(
          weights,
          (b, h, t) => b === 0 && h === 1 && t === 1,
          () => 0.5,
        ),
        changeAt(
          q,
          (b, h) => b === 1 && h === 0,
          () => 0,
        ),
        changeAt(
          "final",
          (b) => b === 1,
          (x) => x + 1,
        ),
      ),
    ));

  test("a text without patches in a batch with some", () =>
    expectSameRows(
      [[], [{ site: scores, key: 0, cut: true }]],
      changeAt(
        scores,
        (b, _, __, s) => b === 1 && s === 0,
        () => -Infinity,
      ),
    ));

  async function expectSameRows(patch: readonly (readonly Patch[])[], change: Change) {
    const expected = hand.run(shortInput, change);
    const run = await model.run(shortInput, { patch, read: [...model.sites.keys()] });
    for (const site of model.sites.keys())
      expectClose(run.trace.get(site), expected.get(site)!, { tolerance, place: `${site}: ` });
  }

  test("from: the same part of another run", async () => {
    const other = {
      ...shortInput,
      ids: [
        [1, 2, 3, 4, 5, 6],
        [9, 8, 7, 6, 0, 0],
      ],
    };
    const from = await model.run(other, { read: ["layers.*.{q,mixed}"] });
    const there = hand.run(other);
    await expectSame(
      both,
      [
        { site: q, head: 1, query: [2, 4], from },
        { site: "layers.0.mixed", from },
      ],
      inOrder(
        (site, value) => (site === "layers.0.mixed" ? there.get(site)! : value),
        changeAt(
          q,
          (_, h, t) => h === 1 && (t === 2 || t === 4),
          (_, ...i) => get(there.get(q)!, ...i),
        ),
      ),
    );
  });

  test("reads see what the patches left, whole or in part", async () => {
    const patch: Patch[] = [{ site: weights, head: 1, query: 2, set: 0.125 }];
    const run = await model.run(shortInput, {
      patch,
      read: [
        weights,
        { site: weights, head: 1, query: 2 },
        { site: weights, head: 0, query: [0, -1], key: "1..4", text: 1 },
      ],
    });
    const expected = hand.run(
      shortInput,
      changeAt(
        weights,
        (_, h, t) => h === 1 && t === 2,
        () => 0.125,
      ),
    );
    const whole = expected.get(weights)!;
    const [first, row, part] = run.trace.getParts(weights) as [Tensor, Tensor, Tensor];
    expectClose(first, whole, { tolerance });
    expectClose(
      row,
      tabulate([2, 1, 1, 6], (b, _, __, s) => get(whole, b!, 1, 2, s!)),
      { tolerance },
    );
    expectClose(
      part,
      tabulate([1, 1, 2, 3], (_, __, t, s) => get(whole, 1, 0, t === 0 ? 0 : 5, s! + 1)),
      { tolerance },
    );
    expect(run.trace.get(weights)).toBe(first);
  });

  test("a read gives numbers of its own: changing them changes no other read and no other run", async () => {
    const read = [q, q];
    const run = await model.run(shortInput, { read });
    const [first, second] = run.trace.getParts(q) as [Tensor, Tensor];
    const before = [...second.data];
    first.data.fill(7);
    expect([...second.data]).toEqual(before);
    const again = await model.run(shortInput, { read });
    expect([...again.trace.get(q).data]).toEqual(before);
  });
});
