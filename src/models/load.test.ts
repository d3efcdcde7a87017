import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { reference } from "../backends/reference/reference.ts";
import type { StoredType } from "../checkpoint/checkpoint.ts";
import { memorySource } from "../checkpoint/memory.ts";
import { openCheckpoint } from "../checkpoint/open.ts";
import { encodeSafetensors, type NamedBytes } from "../checkpoint/safetensors.ts";
import type { FileSource } from "../checkpoint/source.ts";
import { CheckpointError, ConfigError } from "../errors/errors.ts";
import { loadFrom } from "../model.ts";
import { sizeOf } from "../tensor/shape.ts";

const golden = (name: string) => new URL(`../../test/golden/${name}/`, import.meta.url).pathname;
const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

function files(name: string) {
  return {
    config: JSON.parse(readFileSync(`${golden(name)}config.json`, "utf8")) as Record<
      string,
      unknown
    >,
    weights: readFileSync(`${golden(name)}model.safetensors`),
  };
}

/** A golden checkpoint with other settings in its config; undefined leaves a field out. */
function withConfig(name: string, fields: Record<string, unknown>) {
  const { config, weights } = files(name);
  return loadFrom(
    memorySource(
      { "config.json": bytes({ ...config, ...fields }), "model.safetensors": weights },
      name,
    ),
    reference(),
  );
}

describe("a config that does not fit is refused by name", () => {
  test.each<[string, Record<string, unknown>, string]>([
    [
      "bert-mlm",
      { model_type: undefined },
      "bert-mlm: config.json has no model_type, which names the family. heed runs ",
    ],
    [
      "bert-mlm",
      { model_type: "swinv2" },
      'bert-mlm: config.json says model_type="swinv2". heed runs ',
    ],
    ["bert-mlm", { model_type: "toString" }, 'config.json says model_type="toString"'],
    [
      "bert-mlm",
      { num_attention_heads: 5 },
      "bert: a model 36 wide cannot be divided among 5 heads: each head gets width / heads numbers, and 36 / 5 = 7.20 is no whole number",
    ],
    ["gpt2", { n_head: 7 }, "gpt2: a model 36 wide cannot be divided among 7 heads"],
    ["bert-mlm", { hidden_size: "36" }, "bert: config.json is not right. hidden_size is"],
    ["bert-mlm", { hidden_size: 1e30 }, "bert: config.json is not right. hidden_size is 1e+30"],
    ["gpt2", { n_inner: 1e30 }, "gpt2: config.json is not right. n_inner is 1e+30"],
    ["bert-mlm", { hidden_act: "swiglu" }, "known are gelu, "],
    [
      "bert-mlm",
      { position_embedding_type: "rotary" },
      'bert: config.json says position_embedding_type="rotary". heed has absolute, relative_key, relative_key_query',
    ],
    [
      "bert-mlm",
      { add_cross_attention: true },
      "bert: config.json says add_cross_attention=true. Only decoders have it",
    ],
    [
      "bert-mlm",
      { architectures: ["BertForDepth"] },
      'config.json says architectures=["BertForDepth"]',
    ],
  ])("%s %j", async (name, fields, message) => {
    const loading = withConfig(name, fields);
    await expect(loading).rejects.toThrow(ConfigError);
    await expect(loading).rejects.toThrow(message);
  });
});

describe("weights that do not belong to the config are refused by name", () => {
  test.each<[string, Record<string, unknown>, string]>([
    [
      "bert-mlm",
      { num_hidden_layers: 3 },
      'bert-mlm: the config needs a tensor "bert.encoder.layer.2.attention.self.query.weight", the file has none; nearest: bert.encoder.layer.0.attention.self.query.weight',
    ],
    [
      "bert-mlm",
      { vocab_size: 122 },
      'bert-mlm: the config makes "bert.embeddings.word_embeddings.weight" (122, 36), the file holds (121, 36). Do config.json and the weights belong together?',
    ],
    [
      "bert-mlm",
      { hidden_size: undefined, num_attention_heads: 12 },
      "the file holds (121, 36). config.json leaves out hidden_size, so the family's default was taken.",
    ],
    [
      "gpt2",
      { n_inner: 100 },
      'gpt2: the config makes "transformer.h.0.mlp.c_fc.weight" (36, 100), the file holds (36, 144)',
    ],
    [
      "bert-mlm",
      { architectures: ["BertForTokenClassification"] },
      'the config needs a tensor "classifier.weight", the file has none',
    ],
  ])("%s %j", async (name, fields, message) => {
    const loading = withConfig(name, fields);
    await expect(loading).rejects.toThrow(CheckpointError);
    await expect(loading).rejects.toThrow(message);
  });
});

describe("what a config leaves out or spells otherwise", () => {
  const ids = [[5, 71, 4, 33]];

  test("a default that is left out is the default", async () => {
    const plain = await (await withConfig("gpt2", {})).run(ids);
    const bare = await withConfig("gpt2", {
      activation_function: undefined,
      layer_norm_epsilon: undefined,
      n_inner: undefined,
      tie_word_embeddings: undefined,
    });
    expect((await bare.run(ids)).output.logits!.data).toEqual(plain.output.logits!.data);
  });

  test("gpt2: newer names of the same fields", async () => {
    const plain = await (await withConfig("gpt2", {})).run(ids);
    const renamed = await withConfig("gpt2", {
      n_embd: undefined,
      n_layer: undefined,
      n_head: undefined,
      n_positions: undefined,
      hidden_size: 36,
      num_hidden_layers: 2,
      num_attention_heads: 3,
      max_position_embeddings: 96,
    });
    expect((await renamed.run(ids)).output.logits!.data).toEqual(plain.output.logits!.data);
  });

  test("gpt2: how scores are scaled", async () => {
    const content = "layers.1.scores.content";
    const of = async (fields: Record<string, unknown>) => {
      const model = await withConfig("gpt2", fields);
      const { trace } = await model.run(ids, {
        read: ["layers.1.{q,k}", content],
        patch: [
          { site: "layers.1.input", set: 0.5 },
          { site: "layers.1.input", query: 0, set: [[...Array(36).keys()].map((c) => c / 36)] },
        ],
      });
      const [q, k] = [
        trace.get("layers.1.q").select(0, 1, 2).data,
        trace.get("layers.1.k").select(0, 1, 0).data,
      ];
      const product = q.reduce((sum, value, d) => sum + value * k[d]!, 0);
      return { product, score: trace.get(content).at(0, 1, 2, 0), scale: model.scoreScale(1)! };
    };
    for (const [fields, scale] of [
      [{}, 1 / Math.sqrt(12)],
      [{ scale_attn_weights: false }, 1],
      [{ scale_attn_by_inverse_layer_idx: true }, 1 / Math.sqrt(12) / 2],
      [{ scale_attn_weights: false, scale_attn_by_inverse_layer_idx: true }, 1 / 2],
    ] as const) {
      const { product, score, scale: said } = await of(fields);
      expect(said).toBeCloseTo(scale, 12);
      expect(score).toBeCloseTo(product * scale, 4);
    }
  });

  test("bert: as a decoder it sees what came before only", async () => {
    const model = await withConfig("bert-mlm", { is_decoder: true });
    expect(model.isCausal).toBe(true);
    const weights = (await model.run(ids, { read: ["layers.0.weights"] })).trace.get(
      "layers.0.weights",
    );
    for (let i = 0; i < 4; i++)
      for (let j = 0; j < 4; j++) expect(weights.at(0, 0, i, j) > 0).toBe(j <= i);
  });

  test("bare models have no logits, and no head is asked of the file", async () => {
    const model = await withConfig("gpt2", { architectures: ["GPT2Model"] });
    expect((await model.run(ids)).output.logits).toBeUndefined();
    expect(model.absentSites.get("logits")).toBe("this checkpoint has no head");
    expect(model.task).toBe("features");
  });
});

describe("learned tensors", () => {
  test("a tied matrix is one tensor, and what nothing uses is listed", async () => {
    const { config, weights } = files("bert-mlm");
    const source = memorySource({ "config.json": bytes(config), "model.safetensors": weights });
    const checkpoint = await openCheckpoint(source);
    const tensors: Record<string, NamedBytes> = {};
    for (const { name, type, shape } of checkpoint.tensors.values())
      tensors[name] = {
        type: type as StoredType,
        shape,
        bytes: await checkpoint.readBytes(name, 0, sizeOf(shape)),
      };
    tensors["bert.encoder.extra.weight"] = { type: "F32", shape: [2], bytes: new Uint8Array(8) };
    const more = memorySource({
      "config.json": bytes(config),
      "model.safetensors": encodeSafetensors(tensors),
    });
    const model = await loadFrom(more, reference());
    expect([...model.unused]).toEqual(["bert.encoder.extra.weight"]);
    const words = model.parameters.filter(({ storedName }) =>
      storedName.includes("word_embeddings"),
    );
    expect(words.map(({ name, shape }) => [name, ...shape])).toEqual([
      ["embeddings.words", 121, 36],
    ]);
    const names = model.parameters.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain("layers.1.q.weight");
  });

  test("rows of a parameter are those of the file", async () => {
    const model = await withConfig("bert-mlm", {});
    const words = model.parameters.find(({ name }) => name === "embeddings.words")!;
    const all = await model.parameterRows(words);
    expect(all.length).toBe(121 * 36);
    expect(await model.parameterRows(words, 7, 9)).toEqual(all.slice(7 * 36, 9 * 36));
  });
});

describe("where several things are wrong, the first is named, whichever is read first", () => {
  const later = () => new Promise((resolve) => setTimeout(resolve, 20));
  const [text, { config, weights }] = [new TextEncoder(), files("bert-mlm")];
  const header = 8 + Number(weights.readBigUInt64LE());
  const inner = memorySource({
    "config.json": bytes(config),
    "model.safetensors": weights,
    "tokenizer.json": text.encode("{"),
    "tokenizer_config.json": text.encode("["),
  });

  test.each(["tokenizer.json", "tokenizer_config.json", "model.safetensors"])(
    "of files, when %s comes late",
    async (slow) => {
      const source: FileSource = {
        ...inner,
        async read(name, start, end) {
          if (name === slow) await later();
          if (name === "model.safetensors" && start >= header)
            throw new CheckpointError("a tensor");
          return inner.read(name, start, end);
        },
      };
      await expect(loadFrom(source, reference())).rejects.toThrow("tokenizer.json: not valid JSON");
    },
  );

  test.each([0, 1, 2])("of tensors, when number %d comes late", async (slow) => {
    let reads = 0;
    const source: FileSource = {
      ...inner,
      size: async (name) => (name.startsWith("tokenizer") ? undefined : inner.size(name)),
      async read(name, start, end) {
        if (name !== "model.safetensors" || start < header) return inner.read(name, start, end);
        if (reads++ === slow) await later();
        throw new CheckpointError(`byte ${start - header}`);
      },
    };
    await expect(loadFrom(source, reference())).rejects.toThrow(/^byte 0$/);
  });
});

test("a load that fails closes its files when nothing reads them any more", async () => {
  const { config, weights } = files("bert-mlm");
  const inner = memorySource(
    {
      "config.json": bytes(config),
      "model.safetensors": weights,
      "tokenizer.json": new TextEncoder().encode("{"),
    },
    "broken",
  );
  let isClosed = false;
  let late = 0;
  const source = {
    ...inner,
    async read(name: string, start: number, end: number) {
      await new Promise((resolve) => setImmediate(resolve));
      if (isClosed) late += 1;
      return inner.read(name, start, end);
    },
    async close() {
      isClosed = true;
      await inner.close();
    },
  };
  await expect(loadFrom(source, reference())).rejects.toThrow("tokenizer.json: not valid JSON");
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect([isClosed, late]).toEqual([true, 0]);
});

test("a model whose tokenizer is of a class that heed does not build runs on ids, and says so", async () => {
  const { config, weights } = files("roformer");
  const warnings: string[] = [];
  const model = await loadFrom(
    memorySource(
      {
        "config.json": bytes(config),
        "model.safetensors": weights,
        "vocab.txt": new TextEncoder().encode("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\ncat\n"),
        "tokenizer_config.json": bytes({ tokenizer_class: "RoFormerTokenizer" }),
      },
      "roformer",
    ),
    reference(),
    { onWarning: (warning) => warnings.push(warning) },
  );
  expect(warnings.join()).toMatch(/reads no texts, only ids.*jieba/);
  const { trace } = await model.run([[2, 5, 6, 3]], { read: ["layers.0.weights"] });
  expect(trace.get("layers.0.weights").shape.at(-1)).toBe(4);
  await expect(model.run("the cat")).rejects.toThrow("or ids: --ids");
});
