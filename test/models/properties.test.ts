import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { reference } from "../../src/backends/reference/reference.ts";
import { load } from "../../src/load.node.ts";
import type { Model } from "../../src/model.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { type Grid, get, tabulate, total } from "../conformance/grid.ts";
import { expectClose } from "../support/expect-close.ts";
import { goldenFolder, twinNames } from "../support/small-models.ts";
import { bertWithWords } from "../support/text-models.ts";

const seed = 20240610;
const numRuns = 12;
const tolerance = 2e-5;

const models = new Map<string, Model>();
for (const name of twinNames) models.set(name, await load(goldenFolder(name), { backend: "auto" }));

afterAll(() => Promise.all([...models.values()].map((model) => model.dispose())));

/** Texts of equal length; ids that every checkpoint here has. */
const batches = fc
  .tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 9 }))
  .chain(([B, T]) => {
    const id = fc.integer({ min: 0, max: 109 });
    return fc.array(fc.array(id, { minLength: T, maxLength: T }), { minLength: B, maxLength: B });
  });

async function holds<T>(values: fc.Arbitrary<T>, body: (value: T) => Promise<void>): Promise<void> {
  await fc.assert(fc.asyncProperty(values, body), { seed, numRuns });
}

const gridOf = ({ shape, data }: Tensor): Grid => ({ shape, data: [...data] });
const inLayers = (model: Model, kind: string) =>
  Array.from({ length: model.dimensions.layers }, (_, layer) => `layers.${layer}.${kind}`);

describe.each(twinNames)("%s", (name) => {
  const model = models.get(name)!;
  const all = [...model.sites.keys()];

  test("weights lie between 0 and 1 and every row sums to 1", () =>
    holds(batches, async (ids) => {
      const run = await model.run(ids, { read: ["layers.*.weights"] });
      for (const site of run.trace.sites) {
        const weights = gridOf(run.trace.get(site));
        const S = weights.shape[3]!;
        for (const value of weights.data) expect(value).toBeGreaterThanOrEqual(0);
        const sums = tabulate(weights.shape.slice(0, 3), (...row) =>
          total(S, (s) => get(weights, ...row, s)),
        );
        expectClose(
          sums,
          tabulate(sums.shape, () => 1),
          { tolerance: 1e-6, place: site },
        );
      }
    }));

  test("mixed is weights times v, weights are the softmax of the scores", () =>
    holds(batches, async (ids) => {
      const run = await model.run(ids, { read: ["layers.*.{scores,weights,v,mixed}"] });
      for (const layer of Array.from({ length: model.dimensions.layers }, (_, l) => l)) {
        const [scores, weights, v, mixed] = ["scores", "weights", "v", "mixed"].map((kind) =>
          gridOf(run.trace.get(`layers.${layer}.${kind}`)),
        ) as [Grid, Grid, Grid, Grid];
        const S = weights.shape[3]!;
        const expected = tabulate(mixed.shape, (b, h, t, d) =>
          total(S, (s) => get(weights, b!, h!, t!, s) * get(v, b!, h!, s, d!)),
        );
        expectClose(mixed, expected, { tolerance: 1e-6 });
        const shares = tabulate(weights.shape, (b, h, t, s) => {
          const row = (key: number) => Math.exp(get(scores, b!, h!, t!, key));
          return row(s!) / total(S, row);
        });
        expectClose(weights, shares, { tolerance: 1e-5 });
      }
    }));

  test("the heads' shares and the bias are what is attended", () =>
    holds(batches, async (ids) => {
      const run = await model.run(ids, { read: ["layers.*.{heads,attended}"] });
      for (const [layer, site] of inLayers(model, "heads").entries()) {
        const heads = gridOf(run.trace.get(site));
        const bias = await model.parameterRows(
          model.parameters.find((parameter) => parameter.name === `layers.${layer}.o.bias`)!,
        );
        const attended = run.trace.get(`layers.${layer}.attended`);
        const summed = tabulate(
          attended.shape,
          (b, t, c) => total(heads.shape[1]!, (h) => get(heads, b!, h, t!, c!)) + bias[c!]!,
        );
        expectClose(attended, summed, { tolerance: 1e-6, place: site });
      }
    }));

  test("reading changes nothing", () =>
    holds(batches, async (ids) => {
      const [plain, read] = await Promise.all([model.run(ids), model.run(ids, { read: all })]);
      for (const key of ["logits", "pooled"] as const)
        if (plain.output[key])
          expectClose(read.output[key]!, gridOf(plain.output[key]), { tolerance });
    }));

  test("texts of a batch do not know of each other", () =>
    holds(batches, async (ids) => {
      const together = await model.run(ids, { read: all });
      const reversed = await model.run([...ids].reverse(), { read: all });
      const last = ids.length - 1;
      for (const site of all) {
        const own = together.trace.get(site);
        const other = gridOf(reversed.trace.get(site));
        const back = tabulate(own.shape, (b, ...rest) => get(other, last - b!, ...rest));
        expectClose(own, back, { tolerance, place: `${site}: ` });
      }
    }));

  test("what stands under padding does not matter to real tokens", () =>
    holds(
      fc.tuple(batches, fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 109 })),
      async ([ids, count, filler]) => {
        const mask = ids.map((row) => [...row.map(() => 1), ...new Array<number>(count).fill(0)]);
        const padded = (id: number) =>
          model.run(
            { ids: ids.map((row) => [...row, ...new Array<number>(count).fill(id)]), mask },
            { read: ["final"] },
          );
        const [one, other] = await Promise.all([padded(0), padded(filler)]);
        const alone = await model.run(ids, { read: ["final"] });
        const final = alone.trace.get("final");
        for (const run of [one, other]) {
          const long = run.trace.get("final");
          expectClose(
            tabulate(final.shape, (...index) => long.at(...index)),
            gridOf(final),
            { tolerance },
          );
        }
      },
    ));

  test("scaling a query and its key the other way leaves the scores as they are", () =>
    holds(batches, async (ids) => {
      const plain = await model.run(ids, { read: ["layers.0.scores", "final"] });
      const scaled = await model.run(ids, {
        read: ["layers.0.scores", "final"],
        patch: [
          { site: "layers.0.q", scale: 4 },
          { site: "layers.0.k", scale: 0.25 },
        ],
      });
      for (const site of ["layers.0.scores", "final"])
        expectClose(scaled.trace.get(site), gridOf(plain.trace.get(site)), {
          tolerance,
          place: site,
        });
    }));

  test("cutting all keys but one puts all weight there", () =>
    holds(fc.tuple(batches, fc.nat()), async ([ids, chosen]) => {
      const T = ids[0]!.length;
      const query = T - 1;
      const key = chosen % T;
      const others = Array.from({ length: T }, (_, s) => s).filter((s) => s !== key);
      const patch =
        others.length > 0
          ? [{ site: "layers.0.scores", query, key: others, cut: true as const }]
          : [];
      const run = await model.run(ids, { patch, read: ["layers.0.{weights,mixed,v}"] });
      const weights = run.trace.get("layers.0.weights");
      const mixed = run.trace.get("layers.0.mixed");
      const v = run.trace.get("layers.0.v");
      expect(weights.at(0, 0, query, key)).toBe(1);
      expectClose(mixed.select(0, 0, query), gridOf(v.select(0, 0, key)), { tolerance: 1e-6 });
    }));

  test("taking every stream from a run gives that run", () =>
    holds(fc.tuple(batches, fc.integer({ min: 0, max: 108 })), async ([ids, shift]) => {
      const others = ids.map((row) => row.map((id) => (id + shift) % 110));
      const from = await model.run(others, { read: ["layers.1.input", "final"] });
      const run = await model.run(ids, {
        patch: [{ site: "layers.1.input", from }],
        read: ["final"],
      });
      expectClose(run.trace.get("final"), gridOf(from.trace.get("final")), { tolerance });
    }));
});

test("gpt2: what comes later changes nothing before it", () =>
  holds(
    fc.tuple(batches, fc.nat(), fc.integer({ min: 1, max: 108 })),
    async ([ids, chosen, shift]) => {
      const model = models.get("gpt2")!;
      const T = ids[0]!.length;
      const from = chosen % T;
      const changed = ids.map((row) => row.map((id, t) => (t >= from ? (id + shift) % 110 : id)));
      const read = ["layers.*.residual", "logits"];
      const [one, other] = await Promise.all([
        model.run(ids, { read }),
        model.run(changed, { read }),
      ]);
      for (const site of one.trace.sites) {
        const a = one.trace.get(site);
        const b = other.trace.get(site);
        const before = a.shape.with(1, from);
        const upTo = (x: Tensor) => tabulate(before, (...index) => x.at(...index));
        expectClose(upTo(a), upTo(b), { tolerance, place: site });
      }
      expect(other.trace.get("logits").select(0, from).data).not.toEqual(
        one.trace.get("logits").select(0, from).data,
      );
    },
  ));

test("gpt2: a text's beginning is as the beginning alone", () =>
  holds(batches, async (ids) => {
    const model = models.get("gpt2")!;
    const length = Math.ceil(ids[0]!.length / 2);
    const whole = await model.run(ids, { read: ["logits"] });
    const start = await model.run(
      ids.map((row) => row.slice(0, length)),
      { read: ["logits"] },
    );
    const logits = start.trace.get("logits");
    const other = whole.trace.get("logits");
    expectClose(
      logits,
      tabulate(logits.shape, (...index) => other.at(...index)),
      { tolerance },
    );
  }));

test("bert: tokens in another order, with their positions, give the same in that order", () =>
  holds(
    fc.tuple(batches, fc.array(fc.nat(), { minLength: 9, maxLength: 9 })),
    async ([ids, keys]) => {
      const model = models.get("bert-mlm")!;
      const T = ids[0]!.length;
      const order = Array.from({ length: T }, (_, t) => t).sort(
        (a, b) => keys[a]! - keys[b]! || a - b,
      );
      const positions = ids.map(() => order);
      const read = [...model.sites.keys()];
      const plain = await model.run(ids, { read });
      const moved = await model.run(
        { ids: ids.map((row) => order.map((t) => row[t]!)), positions },
        { read },
      );
      for (const [site, { kind }] of model.sites) {
        const own = moved.trace.get(site);
        const other = plain.trace.get(site);
        const expected = tabulate(own.shape, (...index) =>
          other.at(...index.map((i, axis) => (/[TS]/.test(kind.axes[axis]!) ? order[i]! : i))),
        );
        expectClose(own, expected, { tolerance, place: `${site}: ` });
      }
    },
  ));

test("bert: a batch of any texts is as each alone", async () => {
  const model = await bertWithWords(reference());
  const words = fc.constantFrom("the", "cat", "sat", "on", "mat", "it", "dogs", "zebra", ".");
  const texts = fc.array(
    fc.array(words, { minLength: 1, maxLength: 7 }).map((list) => list.join(" ")),
    { minLength: 1, maxLength: 3 },
  );
  await holds(texts, async (several) => {
    const together = await model.run(several, { read: ["final"] });
    for (const [text, own] of several.entries()) {
      const alone = (await model.run(own, { read: ["final"] })).trace.get("final");
      const long = together.trace.get("final");
      expectClose(
        alone,
        tabulate(alone.shape, (_, t, c) => long.at(text, t!, c!)),
        { tolerance },
      );
    }
  });
});
