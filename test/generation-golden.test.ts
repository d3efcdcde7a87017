import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { load } from "../src/load.node.ts";
import { candidates } from "../src/models/sampling.ts";
import { goldenFolder } from "./support/small-models.ts";

interface Golden {
  readonly prompts: readonly (readonly number[])[];
  readonly written: readonly {
    readonly case: string;
    readonly repetitionPenalty: number;
    readonly ids: readonly (readonly number[])[];
  }[];
  readonly chances: readonly {
    readonly logits: readonly number[];
    readonly earlier: readonly number[];
    readonly temperature: number;
    readonly top_k: number;
    readonly top_p: number;
    readonly penalty: number;
    readonly probabilities: readonly number[];
  }[];
}

const golden: Golden = JSON.parse(readFileSync(goldenFolder("generation.json"), "utf8"));

describe("what transformers writes behind prompts of several lengths", () => {
  test.each(golden.written)("$case, repetition penalty $repetitionPenalty", async (recorded) => {
    for (const backend of ["reference", "auto"] as const) {
      const model = await load(goldenFolder(recorded.case), { backend });
      const { rows } = await model.generate(golden.prompts, {
        maxNewTokens: 10,
        endIds: [],
        repetitionPenalty: recorded.repetitionPenalty,
      });
      expect(rows.map(({ ids }) => ids)).toEqual(recorded.ids);
      await model.dispose();
    }
  });
});

test("probabilities after penalty, temperature, top-k and top-p are those of transformers' processors", () => {
  expect(golden.chances.length).toBe(60);
  for (const {
    logits,
    earlier,
    temperature,
    top_k,
    top_p,
    penalty,
    probabilities,
  } of golden.chances) {
    const { ids, weights, total } = candidates(Float32Array.from(logits), earlier, {
      temperature,
      topK: top_k || undefined,
      topP: top_p,
      repetitionPenalty: penalty,
    });
    const got = logits.map((_, id) => (weights[ids.indexOf(id)] ?? 0) / total);
    for (const [id, probability] of probabilities.entries())
      expect(got[id]).toBeCloseTo(probability, 5);
  }
});
