import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { reference } from "../../backends/reference/reference.ts";
import { memorySource } from "../../checkpoint/memory.ts";
import { loadFrom } from "../../model.ts";

const home = new URL("../../../test/tasks/sparse-bert", import.meta.url).pathname;
const names = [
  "config.json",
  "model.safetensors",
  "tokenizer.json",
  "tokenizer_config.json",
  "config_sentence_transformers.json",
  "sentence_bert_config.json",
  "modules.json",
  "1_SpladePooling/config.json",
];
const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

function encoder(changes: Readonly<Record<string, unknown>> = {}) {
  const files = Object.fromEntries(names.map((name) => [name, readFileSync(`${home}/${name}`)]));
  for (const [name, value] of Object.entries(changes)) files[name] = Buffer.from(bytes(value));
  return loadFrom(memorySource(files), reference());
}

describe("a sparse encoder", () => {
  test("gives the words that have a weight, the heaviest first, and compares by dot products", async () => {
    const model = await encoder();
    const { vectors, terms, how } = await model.embed(["A dog was tired.", "No."]);
    expect(how).toBe("a weight for each word, the largest over its tokens");
    expect(vectors.shape).toEqual([2, 90]);
    for (const [text, own] of terms!.entries()) {
      const row = vectors.select(text).data;
      expect(own.map(({ weight }) => weight)).toEqual(
        [...row].filter((weight) => weight > 0).sort((a, b) => b - a),
      );
      expect(own.every(({ id, weight }) => row[id] === weight)).toBe(true);
      expect(own.every(({ id, token }) => model.tokenizer!.idToToken(id) === token)).toBe(true);
    }
    expect(model.similarityName).toBe("dot");
    const cut = await model.embed(["A dog was tired."], { maxTerms: 3 });
    expect(cut.terms).toEqual([terms![0]!.slice(0, 3)]);
    expect(cut.vectors.data.filter((weight) => weight > 0).length).toBe(3);
  });

  test("has no vector in a run, and says who makes it", async () => {
    const model = await encoder();
    const { output } = await model.run("A dog was tired.");
    expect(output.sentence).toBeUndefined();
    expect(model.absentSites.get("sentence")).toContain("which embed makes");
  });

  test("refuses what is for other vectors, and what is for sparse ones elsewhere", async () => {
    const model = await encoder();
    for (const options of [{ normalize: true }, { dimensions: 4 }])
      await expect(model.embed(["No."], options)).rejects.toThrow(
        `makes sparse vectors, which ${Object.keys(options)[0]} is not for`,
      );
    await expect(model.embed(["No."], { maxTerms: 0 })).rejects.toThrow("a whole number from 1");
    const dense = new URL("../../../test/golden/bert-mlm", import.meta.url).pathname;
    const files = Object.fromEntries(
      ["config.json", "model.safetensors"].map((name) => [name, readFileSync(`${dense}/${name}`)]),
    );
    const other = await loadFrom(memorySource(files), reference(), { onWarning: () => {} });
    await expect(other.embed([[5, 7]], { maxTerms: 2 })).rejects.toThrow("is for sparse encoders");
  });

  test.each([
    [{ pooling_strategy: "mean" }, 'pooling_strategy="mean"; heed has max and sum'],
    [{ activation_function: "softplus" }, "heed has relu and log1p_relu"],
    [{ top: 3 }, "says top, which heed does not have"],
  ])("of another pooling is refused by name: %o", async (config, message) => {
    const model = await encoder({ "1_SpladePooling/config.json": config });
    await expect(model.embed(["No."])).rejects.toThrow(message);
  });

  test("of states, or words without a sparse pooling, is refused by name", async () => {
    const states = await encoder({ "sentence_bert_config.json": { max_seq_length: 20 } });
    await expect(states.embed(["No."])).rejects.toThrow('transformer_task is "feature-extraction"');
    const list = JSON.parse(readFileSync(`${home}/modules.json`, "utf8"));
    const pooling = { ...list[1], type: "sentence_transformers.models.Pooling" };
    const words = await encoder({ "modules.json": [list[0], pooling] });
    await expect(words.embed(["No."])).rejects.toThrow("its transformer gives logits of words");
  });

  test("with modules behind the weights, or without a head over words, is refused by name", async () => {
    const list = JSON.parse(readFileSync(`${home}/modules.json`, "utf8"));
    const more = { idx: 2, name: "2", path: "", type: "sentence_transformers.models.Normalize" };
    const model = await encoder({ "modules.json": [...list, more] });
    await expect(model.embed(["No."])).rejects.toThrow(
      "heed has a SpladePooling behind one transformer, and nothing behind it",
    );
    const config = JSON.parse(readFileSync(`${home}/config.json`, "utf8"));
    const bare = await encoder({ "config.json": { ...config, architectures: ["BertModel"] } });
    await expect(bare.embed(["No."])).rejects.toThrow("has a head for features");
  });
});
