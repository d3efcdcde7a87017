import { afterAll, describe, expect, test } from "vitest";
import {
  attentionMaps,
  gridCells,
  headAgreement,
  headDetector,
  headFamilies,
  type Intervention,
  linkNorms,
  nameHeads,
  openGrid,
  patchesOf,
  picturePatterns,
  Subject,
  valueNormSites,
  valueNorms,
  valueZeroing,
} from "../../src/analysis/index.ts";
import { matterOf } from "../../src/analysis/matter/matter.ts";
import { load } from "../../src/load.node.ts";
import { Tensor } from "../../src/tensor/tensor.ts";
import { goldenFolder } from "../support/small-models.ts";
// Numbers of PyTorch, by scripts/make-swin-golden.py.
import golden from "./swin-golden.json" with { type: "json" };

const model = await load(goldenFolder("swin"), { backend: "reference" });
afterAll(() => model.dispose());
const pixels = new Tensor(
  [1, 3, 16, 16],
  Float32Array.from({ length: 3 * 16 * 16 }, (_, place) => Math.sin(place)),
);
const run = await model.run({ pixels }, { read: valueNormSites(model) });

function expectClose(found: ArrayLike<number>, expected: readonly number[], allowed = 2e-5) {
  expect(found.length).toBe(expected.length);
  for (const [place, value] of expected.entries())
    expect(Math.abs(found[place]! - value)).toBeLessThan(allowed * Math.max(1, Math.abs(value)));
}

test("the mean that takes a layer out is over that layer's own patches", async () => {
  const site = "layers.2.attended";
  const subject = new Subject(model, { pixels });
  const ablate = { kind: "ablateLayers", layers: [2], part: "attention", by: { mean: "text" } };
  const [patch] = await patchesOf(subject, [ablate as Intervention]);
  const { trace } = await subject.clean([site]);
  const { shape, data } = trace.get(site);
  const [, T, C] = shape as readonly [number, number, number];
  const mean = Float64Array.from({ length: C }, (_, c) => {
    let sum = 0;
    for (let t = 0; t < T; t++) sum += data[t * C + c]! / T;
    return sum;
  });
  expect(T).toBe(16);
  expectClose((patch!.set as Tensor).data, [...mean], 1e-6);
});

test("norms within windows are PyTorch's, stage by stage", async () => {
  const later = valueNorms(model, run, { stage: 1 });
  expect([later.layers, later.heads, later.maps.firstLayer]).toEqual([2, 3, 2]);
  for (const [head, expected] of golden.norms[2].each.entries())
    expectClose(await later.head({ layer: 2, head }), expected.flat());
  for (const variant of ["heads", "residual"] as const)
    expectClose(await later.layer(2, variant), golden.norms[2][variant].flat());
  const first = valueNorms(model, run, { stage: 0 });
  const row = (all: Float64Array) => all.slice(9 * 64, 10 * 64);
  for (const [head, expected] of golden.norms[1].each.entries())
    expectClose(row(await first.head({ layer: 1, head })), expected);
  expectClose(row(await first.layer(1, "residual")), golden.norms[1].residual);
  await expect(later.layer(2, "norm")).rejects.toThrow("swin does not");
  expect(() => valueNorms(model, run)).toThrow("tokens of their own");
});

test("value zeroing is PyTorch's, of layers of one stage", async () => {
  const later = await valueZeroing(model, { pixels }, { layers: [3] });
  expect(later.tokens).toHaveLength(16);
  expectClose(later.layers[0]!.scores, golden.zeroing[3].flat(), 2e-4);
  const first = await valueZeroing(model, { pixels }, { layers: [1], batch: 7 });
  expectClose(first.layers[0]!.scores.slice(9 * 64, 10 * 64), golden.zeroing[1], 2e-4);
  await expect(valueZeroing(model, { pixels }, { layers: [1, 2] })).rejects.toThrow(
    "Name layers of one stage: 0 to 1, or 2 to 3",
  );
});

describe("matter", () => {
  const asked = {
    by: "cut",
    metrics: [{ kind: "class", label: golden.label }],
    controls: 0,
    seed: 1,
  } as const;

  test("cuts links within windows as PyTorch does, of the patch as each layer has it", async () => {
    const subject = new Subject(model, { pixels });
    const normsOf = linkNorms(model);
    for (const [n, [layer, head, query, key]] of golden.links.entries()) {
      const side = layer! < 2 ? 8 : 4;
      // The first patch of those that were merged.
      const before = (place: number) =>
        (Math.floor(place / side) * 8 + (place % side)) * (8 / side);
      const { rows } = await matterOf(subject, {
        ...asked,
        word: [before(query!)],
        links: true,
        normsOf: (links) => normsOf(subject, links),
      });
      const row = rows.find(
        (one) => one.layer === layer && one.head === head && one.tokens[0] === key,
      )!;
      expect(row.weight).toBeCloseTo(golden.weights[n]!, 5);
      expect(row.effects[0]).toBeCloseTo(Math.abs(golden.cuts[n]! - golden.logit), 5);
      const norms = await valueNorms(model, run, { stage: layer! < 2 ? 0 : 1 }).head({
        layer: layer!,
        head: head!,
      });
      expect(row.norm).toBeCloseTo(norms[query! * side * side + key!]!, 5);
      // Nothing outside a window is a link: three others of two by two at most.
      const ofHead = rows.filter((one) => one.layer === layer && one.head === head);
      expect(ofHead.length).toBeLessThanOrEqual(3);
    }
  });

  test("controls lie in windows too, and a vector is that of the patch at the end", async () => {
    const { rows } = await matterOf(new Subject(model, { pixels }), {
      ...asked,
      metrics: [{ kind: "wordCosine", word: 9 }],
      word: [9],
      controls: 6,
    });
    for (const { controls } of rows) expect(controls[0]!.count).toBe(6);
    expect(rows.some(({ effects }) => effects[0]! > 1e-6)).toBe(true);
  });

  test("a patch that no window shares with the other is refused by name", async () => {
    await expect(
      matterOf(new Subject(model, { pixels }), { ...asked, word: [0], to: [63] }),
    ).rejects.toThrow("no window of any layer holds both patches");
  });
});

test("what heads do is counted among the patches of their windows", () => {
  const maps = attentionMaps(run, { stage: 1 });
  const detector = headDetector();
  detector.add(maps, picturePatterns(maps, { rows: 4, columns: 4 }));
  const detection = detector.result();
  expect([detection.firstLayer, detection.layers, detection.heads]).toEqual([2, 2, 3]);
  const left = detection.patterns.find(({ name }) => name === "left")!;
  const weights = run.trace.get("layers.2.weights");
  // In windows of two by two half of all patches have one to the left; each sees four.
  const rights = [1, 3, 5, 7, 9, 11, 13, 15];
  const sum = rights.reduce((all, query) => all + weights.at(0, 1, query, query - 1), 0);
  expect(left.scores[1]).toBeCloseTo(sum / rights.length, 6);
  expect(left.chance[0]).toBeCloseTo(1 / 4, 6);
  for (const { layer } of nameHeads(detection, { least: 0.01 }))
    expect(layer).toBeGreaterThanOrEqual(2);
  const agreement = headAgreement();
  agreement.add(maps);
  const { families } = headFamilies(agreement.result(), { seed: 1, count: 2 });
  expect(families.flatMap(({ heads }) => heads.map(({ layer }) => layer)).sort()).toEqual([
    2, 2, 2, 3, 3, 3,
  ]);
});

test("grids over positions are of the layers and patches of one stage", async () => {
  const subject = new Subject(model, { pixels });
  const change = { kind: "ablate", by: "zero" } as const;
  const metrics = [{ kind: "class", label: 1 }] as const;
  await expect(openGrid(subject, { over: "positions", change }, metrics)).rejects.toThrow(
    "Take those of one stage: --layers 0-1",
  );
  const grid = await openGrid(subject, { over: "headPositions", change, layers: [3] }, metrics);
  expect([grid.words.length, grid.cells.length]).toEqual([16, 3 * 16]);
  for await (const { head, word, values } of gridCells(subject, grid)) {
    if (head !== 1 || word !== 6) continue;
    const patch = [{ site: "layers.3.mixed", head: 1, query: 6, zero: true }];
    const changed = await model.run({ pixels }, { patch });
    expect(values[0]).toBeCloseTo(changed.output.logits!.at(0, 1), 6);
  }
});
