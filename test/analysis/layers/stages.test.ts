import { afterAll, describe, expect, test } from "vitest";
import {
  attentionDistance,
  attentionEntropy,
  attentionFlow,
  attentionMaps,
  pictureDistance,
  rollout,
} from "../../../src/analysis/index.ts";
import { readImage } from "../../../src/images/read-image.node.ts";
import { load } from "../../../src/load.node.ts";
import { written } from "../../support/command-line.ts";
import { goldenFolder } from "../../support/small-models.ts";

const png = "test/images/exif-8.png";
const model = await load(goldenFolder("hub-swin"));
afterAll(() => model.dispose());
const run = await model.run(await readImage(png), { read: ["layers.*.weights"] });

/** ½ mean of heads + ½ identity, from a run's own weights (N, N). */
function step(layer: number): number[][] {
  const weights = run.trace.get(`layers.${layer}.weights`);
  const [, H, N] = weights.shape as readonly [number, number, number, number];
  return Array.from({ length: N }, (_, i) =>
    Array.from({ length: N }, (_, j) => {
      let mean = 0;
      for (let head = 0; head < H; head++) mean += weights.at(0, head, i, j) / H;
      return mean / 2 + (i === j ? 0.5 : 0);
    }),
  );
}

describe.each([
  [0, 0, 64, 2],
  [1, 2, 16, 4],
])("stage %i", (stage, first, N, H) => {
  const maps = attentionMaps(run, { stage });

  test("has its own layers, heads and patches", () => {
    expect([maps.firstLayer, maps.layers, maps.heads, maps.keys.length]).toEqual([first, 2, H, N]);
    expect(maps.isCausal).toBe(false);
  });

  test("rollout and flow are those of its layers", () => {
    const [lower, upper] = [step(first), step(first + 1)];
    const { row, startLayer, endLayer } = rollout(maps);
    expect([startLayer, endLayer]).toEqual([first, first + 1]);
    const query = 5;
    const expected = lower.map((_, key) =>
      upper[query]!.reduce((sum, share, middle) => sum + share * lower[middle]![key]!, 0),
    );
    for (const [key, share] of row(query).entries()) expect(share).toBeCloseTo(expected[key]!, 6);
    const flows = attentionFlow(maps).row(query, { share: false });
    for (const [key, flow] of flows.entries()) {
      // Two layers of pipes: each way is as wide as the narrower of its two.
      const ways = upper[query]!.map((wide, middle) => Math.min(wide, lower[middle]![key]!));
      expect(flow).toBeCloseTo(
        ways.reduce((sum, way) => sum + way, 0),
        6,
      );
    }
    expect(() => rollout(maps, { endLayer: first + 2 })).toThrow(
      `there are layers ${first} to ${first + 1}`,
    );
  });

  test("measures are of its heads, beside what its windows allow", () => {
    const { values, uniform } = attentionEntropy(maps);
    const weights = run.trace.get(`layers.${first}.weights`);
    let sum = 0;
    for (let i = 0; i < N; i++)
      for (let j = 0; j < N; j++) {
        const weight = weights.at(0, 1, i, j);
        if (weight > 0) sum -= (weight * Math.log(weight)) / N;
      }
    expect(values[1]).toBeCloseTo(sum, 5);
    // Windows of 2 × 2 patches.
    expect(uniform[0]).toBeCloseTo(Math.log(4), 5);
    expect(attentionDistance(maps).values).toHaveLength(2 * H);
    const side = Math.sqrt(N);
    const far = pictureDistance(maps, { rows: side, columns: side, patch: [2, 2] });
    // To itself, two beside it, and one across: (0 + 2 + 2 + √8) / 4.
    expect(far.uniform[0]).toBeCloseTo((4 + Math.sqrt(8)) / 4, 5);
  });
});

test("on the command line a stage is named, with layers by their own numbers", async () => {
  const swin = ["--model", "test/golden/hub-swin"];
  const grid = await written("measure", png, "--stage", "1", "--of", "distance", ...swin);
  expect(grid).toMatch(/ L2 .*\n L3 /);
  const { heads } = JSON.parse(await written("measure", png, "--stage", "1", "--json", ...swin));
  expect(heads.at(-1).head).toBe("L3H3");
  const found = JSON.parse(
    await written("rollout", png, "--stage", "1", "--word", "1,1", "--json", ...swin),
  );
  expect([found.rows, found.columns, found.startLayer, found.endLayer]).toEqual([4, 4, 2, 3]);
  expect(found.patches).toHaveLength(16);
  expect(Array.from(rollout(attentionMaps(run, { stage: 1 })).row(5))).toEqual(found.patches);
});

test("what is no stage is refused by name", async () => {
  expect(() => attentionMaps(run)).toThrow("heed rollout photo.png --stage 0");
  expect(() => attentionMaps(run, { stage: 2 })).toThrow(
    "stage 2: there are 0 (layers 0 to 1), 1 (layers 2 to 3)",
  );
  expect(() => attentionMaps(run, { stage: 0, text: 1 })).toThrow("text 1: the run has 1 texts");
  expect(() => attentionMaps(run, { stage: 0, stack: "cross" })).toThrow("Leave the stack out");
  const bert = await load(goldenFolder("bert-mlm"));
  const text = await bert.run([[5, 6, 7]], { read: ["layers.*.weights"] });
  expect(() => attentionMaps(text, { stage: 0 })).toThrow("Leave the stage out");
  await bert.dispose();
  const padded = await load(goldenFolder("swin-padded"));
  const { channels, size } = padded.images!;
  const [height, width] = size;
  const { Tensor } = await import("../../../src/tensor/tensor.ts");
  const pixels = new Tensor(
    [1, channels, height, width],
    Float32Array.from({ length: channels * height * width }, (_, place) => Math.sin(place)),
  );
  const filled = await padded.run({ pixels }, { read: ["layers.*.weights"] });
  expect(() => attentionMaps(filled, { stage: 0 })).toThrow("places that are no patches");
  await padded.dispose();
});
