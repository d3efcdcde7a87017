import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { load } from "../../src/load.node.ts";
import type { Model } from "../../src/model.ts";
import { goldenFolder } from "../support/small-models.ts";

const ids = [[7, 9, 11, 13, 8, 21, 6, 12]];

describe.each(["xlnet-beams", "xlm-beams"])("%s", (folder) => {
  let model: Model;
  beforeAll(async () => {
    model = await load(goldenFolder(folder), { backend: "reference" });
  });
  afterAll(() => model?.dispose());

  test("gives the likeliest starts first, and for each of them its ends", async () => {
    const { output } = await model.run({ ids });
    const starts = Array.from(output.startTopProbabilities!.data);
    expect(starts).toEqual([...starts].sort((a, b) => b - a));
    const { start_n_top: n = 5, end_n_top: m = 5 } = model.config as Record<string, number>;
    expect(output.endTopIndices!.shape).toEqual([1, n * m]);
    expect(output.answerClass!.shape).toEqual([1]);
    expect(output.logits).toBeUndefined();
  });

  test("refuses a text with fewer tokens than it has starts, and says what it needs", async () => {
    await expect(model.run({ ids: [[7, 9]] })).rejects.toThrow(
      /start_n_top is [35] in config.json, and the text has 2 tokens/,
    );
  });

  test("has gradients: what is chosen has no slope", async () => {
    const run = await model.run(
      { ids },
      { gradient: { of: { kind: "wordCosine", word: 2, to: 3 }, at: ["embeddings"] } },
    );
    expect(run.trace.get("embeddings.gradient").data.some((slope) => slope !== 0)).toBe(true);
  });

  test("is no head that answer makes texts of", async () => {
    await expect(model.answer({ question: "who?", context: "it" })).rejects.toThrow(
      /looks for answers with beams, of which no pipeline of transformers makes a text/,
    );
  });
});
