import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type AttentionMaps,
  attentionMaps,
  detectionPattern,
  headAgreement,
  headDetector,
  patternSimilarity,
  planeMap,
  textPatterns,
} from "../../../src/analysis/index.ts";
import { load } from "../../../src/load.node.ts";
import type { Model } from "../../../src/model.ts";
import { goldenFolder } from "../../support/small-models.ts";

// Numbers of TransformerLens' formulas in numpy, and of scipy, by scripts/make-heads-golden.py.
interface SimilarityCase {
  readonly model: "gpt2" | "bert-mlm";
  readonly pattern: "previous" | "duplicate" | "induction";
  readonly measure: "mul" | "abs";
  readonly excludeFirst: boolean;
  readonly excludeItself: boolean;
  readonly scores: number[][];
}
const cases = JSON.parse(readFileSync(new URL("cases.json", import.meta.url), "utf8"));

const models: Model[] = [];
let maps: Record<"gpt2" | "bert-mlm", AttentionMaps>;
let repeated: AttentionMaps;
beforeAll(async () => {
  const of = async (name: string, ids: number[]) => {
    const model = await load(goldenFolder(name));
    models.push(model);
    return attentionMaps(await model.run([ids], { read: ["layers.*.weights"], output: false }));
  };
  maps = { gpt2: await of("gpt2", cases.text), "bert-mlm": await of("bert-mlm", cases.text) };
  repeated = await of("gpt2", [...cases.row, ...cases.row]);
});
afterAll(() => Promise.all(models.map((model) => model.dispose())));

function expectClose(
  got: ArrayLike<number>,
  expected: readonly number[][],
  tolerance = 1e-5,
): void {
  const numbers = expected.flat();
  expect(got.length).toBe(numbers.length);
  for (const [place, number] of numbers.entries())
    expect(Math.abs(got[place]! - number), `number ${place}`).toBeLessThan(tolerance);
}

describe("detect_head of TransformerLens", () => {
  test.each(cases.similarity as SimilarityCase[])(
    "$model $pattern $measure, without first and itself: $excludeFirst",
    ({ model, pattern, scores, ...options }) => {
      const found = patternSimilarity(maps[model], detectionPattern(pattern, cases.text), options);
      expectClose(found.values, scores);
    },
  );
});

describe("random tokens that stand there twice", () => {
  test("are scored as the demos' stripes, without the entry before the repetition", () => {
    const detector = headDetector();
    detector.add(repeated, textPatterns(repeated));
    const { patterns } = detector.result();
    for (const [name, expected] of Object.entries(cases.stripes))
      expectClose(
        patterns.find((pattern) => pattern.name === name)!.scores,
        expected as number[][],
      );
  });
});

test("duplicates are looked for both ways where the model looks both ways", () => {
  const detector = headDetector();
  const own = maps["bert-mlm"];
  detector.add(own, textPatterns(own));
  const found = detector.result().patterns.find(({ name }) => name === "duplicate")!;
  expectClose(found.scores, cases.bert.duplicate);
  for (const chance of found.chance) expect(chance).toBeCloseTo(cases.bert.chance, 6);
});

test("agreement is scipy's Jensen–Shannon divergence, and scaling numpy's eigenvectors", () => {
  const agreement = headAgreement();
  agreement.add(maps["bert-mlm"]);
  const { distances } = agreement.result();
  expectClose(distances, cases.divergences);
  const { points, kept } = planeMap(distances.map(Math.sqrt));
  expect(kept).toBeCloseTo(cases.kept, 4);
  const n = cases.between.length;
  const at = (head: number, axis: number) => points[2 * head + axis]!;
  const between = Array.from({ length: n * n }, (_, place) => {
    const [a, b] = [Math.floor(place / n), place % n];
    return Math.hypot(at(a, 0) - at(b, 0), at(a, 1) - at(b, 1));
  });
  expectClose(between, cases.between, 1e-3);
});
