import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { cpuForNode } from "../../src/backends/cpu/cpu.node.ts";
import { reference } from "../../src/backends/reference/reference.ts";
import { folderSource } from "../../src/checkpoint/folder.node.ts";
import { readTrace } from "../../src/checkpoint/trace-file.ts";
import { load } from "../../src/load.node.ts";
import { loadFrom } from "../../src/model.ts";
import { verifyTrace } from "../../src/tasks/verify.ts";
import { processed } from "../../src/tasks/writing/processors.ts";
import { settingsOf } from "../../src/tasks/writing/settings.ts";
import { softmax, warped } from "../../src/tasks/writing/warpers.ts";
import { goldenFolder } from "../support/small-models.ts";

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
    for (const backend of [reference(), await cpuForNode({ threads: 2 })]) {
      const model = await loadFrom(folderSource(goldenFolder(recorded.case)), backend);
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
    const settings = settingsOf({
      options: {
        doSample: true,
        temperature,
        topK: top_k,
        topP: top_p,
        repetitionPenalty: penalty,
      },
      generationConfig: {},
      config: {},
      endId: undefined,
      label: "logits",
    });
    const past = { columns: earlier, ids: earlier, promptColumns: earlier.length, read: earlier };
    const got = softmax(warped(processed(Float32Array.from(logits), past, settings, 99), settings));
    for (const [id, probability] of probabilities.entries())
      expect(got[id]).toBeCloseTo(probability, 5);
  }
});

test("verify says which recorded id the model does not write, and why it cannot tell", async () => {
  const place = `${goldenFolder("llama3")}/trace.safetensors`;
  const recorded = readTrace(readFileSync(place), place);
  const model = await load(goldenFolder("llama3"), { backend: "reference" });
  const generatedOf = async (tensors: typeof recorded.tensors) =>
    (await verifyTrace(model, { ...recorded, tensors })).find(
      ({ site }) => site === "generated.ids",
    )!;
  expect(await generatedOf(recorded.tensors)).toMatchObject({ difference: 0, passed: true });
  const ids = recorded.tensors.get("generated.ids")!;
  const other = new Map(recorded.tensors).set("generated.ids", {
    ...ids,
    data: ids.data.map((id, at) => (at === 7 ? 29 : id)) as typeof ids.data,
  });
  expect(await generatedOf(other)).toMatchObject({
    difference: 1,
    passed: false,
    at: [0, 7],
    expected: 29,
    got: Number(ids.data[7]),
  });
  const without = new Map(recorded.tensors);
  without.delete("input.prompt");
  expect(await generatedOf(without)).toMatchObject({
    passed: false,
    reason: "the trace has no input.prompt to write behind",
  });
  await model.dispose();
});
