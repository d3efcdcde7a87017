import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { reference } from "../../backends/reference/reference.ts";
import { memorySource } from "../../checkpoint/memory.ts";
import { loadFrom } from "../../model.ts";

const folder = new URL("../../../test/golden/bert-mlm", import.meta.url).pathname;
const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const file = (name: string) => readFileSync(`${folder}/${name}`);

/** bert-mlm with the files a sentence encoder has. */
function encoder(modules: readonly string[], pooling?: unknown) {
  const list = modules.map((kind, n) => ({
    idx: n,
    path: kind === "Pooling" ? "1_Pooling" : "",
    type: `sentence_transformers.models.${kind}`,
  }));
  return loadFrom(
    memorySource({
      "config.json": file("config.json"),
      "model.safetensors": file("model.safetensors"),
      "modules.json": bytes(list),
      ...(pooling ? { "1_Pooling/config.json": bytes(pooling) } : {}),
    }),
    reference(),
  );
}

const input = {
  ids: [
    [5, 71, 4],
    [33, 8, 0],
  ],
  mask: [
    [1, 1, 1],
    [1, 1, 0],
  ],
};
const mean = {
  pooling_mode_mean_tokens: true,
  pooling_mode_cls_token: false,
  word_embedding_dimension: 36,
};

describe("one vector a text", () => {
  test("is the mean over real tokens", async () => {
    const model = await encoder(["Transformer", "Pooling"], mean);
    const { output, trace } = await model.run(input, { read: ["final", "sentence"] });
    const final = trace.get("final");
    for (let c = 0; c < 36; c++) {
      expect(output.sentence!.at(0, c)).toBeCloseTo(
        (final.at(0, 0, c) + final.at(0, 1, c) + final.at(0, 2, c)) / 3,
        5,
      );
      expect(output.sentence!.at(1, c)).toBeCloseTo((final.at(1, 0, c) + final.at(1, 1, c)) / 2, 5);
    }
    expect(trace.get("sentence").data).toEqual(output.sentence!.data);
  });

  test("has length 1 where the checkpoint says so", async () => {
    const model = await encoder(["Transformer", "Pooling", "Normalize"], mean);
    const plain = await (await encoder(["Transformer", "Pooling"], mean)).run(input);
    const { output } = await model.run(input);
    for (const text of [0, 1]) {
      const [own, other] = [
        output.sentence!.select(text).data,
        plain.output.sentence!.select(text).data,
      ];
      const length = Math.hypot(...other);
      expect(Math.hypot(...own)).toBeCloseTo(1, 6);
      for (let c = 0; c < 36; c++) expect(own[c]! * length).toBeCloseTo(other[c]!, 5);
    }
  });

  test("is the first token where the checkpoint says so", async () => {
    const model = await encoder(["Transformer", "Pooling"], { pooling_mode_cls_token: true });
    const { output, trace } = await model.run(input, { read: ["final"] });
    expect([...output.sentence!.select(1).data]).toEqual([...trace.get("final").select(1, 0).data]);
  });

  test("is the mean where a pooling's file names no mode", async () => {
    const named = await (await encoder(["Transformer", "Pooling"], mean)).run(input);
    const silent = await (await encoder(["Transformer", "Pooling"], {})).run(input);
    expect(silent.output.sentence!.data).toEqual(named.output.sentence!.data);
  });

  test("can be patched, and follows patches of what it is made of", async () => {
    const model = await encoder(["Transformer", "Pooling"], mean);
    const { output } = await model.run(input, {
      patch: [
        { site: "final", set: 2 },
        { site: "sentence", text: 1, add: 1 },
      ],
    });
    for (let c = 0; c < 36; c++) {
      expect(output.sentence!.at(0, c)).toBeCloseTo(2, 6);
      expect(output.sentence!.at(1, c)).toBeCloseTo(3, 6);
    }
  });
});

describe("a checkpoint that has none gives its reason", () => {
  test.each([
    [
      ["Transformer", "Pooling"],
      { pooling_mode: "median" },
      '1_Pooling/config.json says pooling_mode="median"; heed has cls, max, mean,',
    ],
    [
      ["Transformer", "Pooling"],
      { pooling_mode_attention: true },
      "1_Pooling/config.json says pooling_mode_attention, which heed does not have",
    ],
    [
      ["Transformer", "WordWeights", "Pooling"],
      mean,
      "modules.json asks for a module WordWeights, which heed does not have",
    ],
    [
      ["Transformer", "Normalize", "Pooling"],
      mean,
      "modules.json, Normalize: the module needs a sentence_embedding, and no module before it makes one",
    ],
    [["Transformer"], undefined, "modules.json lists no Pooling"],
    [["Pooling"], mean, "heed needs one Transformer, and that first"],
    [["Transformer", "Asym"], undefined, "a module Asym, which heed does not have"],
    [["Transformer", "Dense", "Pooling"], mean, "needs a sentence_embedding"],
  ])("%j %j", async (modules, pooling, reason) => {
    const model = await encoder(modules, pooling);
    expect(model.absentSites.get("sentence")).toContain(reason);
    expect((await model.run(input)).output.sentence).toBeUndefined();
    await expect(model.run(input, { read: ["sentence"] })).rejects.toThrow(reason);
    await expect(model.embed(["a text"])).rejects.toThrow(reason);
  });

  test("a modules.json that is not JSON is named", async () => {
    const source = memorySource(
      {
        "config.json": file("config.json"),
        "model.safetensors": file("model.safetensors"),
        "modules.json": new TextEncoder().encode("[{"),
      },
      "the encoder",
    );
    await expect(loadFrom(source, reference())).rejects.toThrow(
      "the encoder: modules.json: not valid JSON",
    );
  });
});
