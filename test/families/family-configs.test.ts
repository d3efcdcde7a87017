import { describe, expect, test } from "vitest";
import { load } from "../../src/load.node.ts";
import { headMatrix } from "../../src/models/head-matrix.ts";
import { planModel } from "../../src/models/plan.ts";
import { goldenFolder } from "../support/small-models.ts";

const plan = (config: Record<string, unknown>) => planModel(config, "here");

describe("configs that heed refuses, by the field's name", () => {
  test.each([
    [
      { model_type: "distilbert", dim: 10, n_heads: 3 },
      /distilbert: a model 10 wide cannot be divided among 3 heads/,
    ],
    [
      { model_type: "distilbert", activation: "prelu" },
      /activation "prelu" is not known; known are gelu/,
    ],
    [
      { model_type: "distilbert", architectures: ["DistilBertForDepth"] },
      /architectures=\["DistilBertForDepth"\]. heed has DistilBertModel/,
    ],
    [
      { model_type: "roberta", position_embedding_type: "rotary" },
      /roberta: .*position_embedding_type="rotary"/,
    ],
    [
      { model_type: "camembert", add_cross_attention: true },
      /camembert: .*add_cross_attention=true. Only decoders have it/,
    ],
    [
      { model_type: "xlm-roberta", architectures: ["XLMRobertaForDepth"] },
      /xlm-roberta: .*architectures/,
    ],
    [
      { model_type: "albert", hidden_size: 4097 },
      /albert: a model 4097 wide cannot be divided among 64 heads/,
    ],
    [{ model_type: "albert", num_hidden_groups: 0 }, /num_hidden_groups is 0/],
    [{ model_type: "mobilebert", normalization_type: "rms" }, /normalization_type is "rms"/],
    [
      { model_type: "mobilebert", key_query_shared_bottleneck: false },
      /key_query_shared_bottleneck=false. Queries and keys then come from the stream itself, 512 wide, but their maps take 128/,
    ],
    [
      { model_type: "mobilebert", true_hidden_size: 64 },
      /true_hidden_size=64. It must be intra_bottleneck_size/,
    ],
    [
      { model_type: "t5", feed_forward_proj: "gated-gelu-new" },
      /feed_forward_proj="gated-gelu-new". It is an activation/,
    ],
    [{ model_type: "t5", feed_forward_proj: "prelu" }, /activation "?prelu"? is not known/],
    [
      { model_type: "mt5", architectures: ["MT5ForDepth"] },
      /mt5: .*heed has MT5Model, MT5EncoderModel, MT5ForConditionalGeneration, MT5For/,
    ],
  ])("%j", async (config, message) => {
    await expect(plan(config)).rejects.toThrow(message);
  });
});

describe("learned numbers, counted from the config as transformers counts them", () => {
  test.each([
    [
      "distilbert-base",
      { model_type: "distilbert", architectures: ["DistilBertForMaskedLM"] },
      66_985_530,
    ],
    [
      "albert-base",
      {
        model_type: "albert",
        architectures: ["AlbertModel"],
        hidden_size: 768,
        num_attention_heads: 12,
        intermediate_size: 3072,
      },
      11_683_584,
    ],
    [
      "mobilebert",
      {
        model_type: "mobilebert",
        architectures: ["MobileBertModel"],
        classifier_activation: false,
      },
      24_581_888,
    ],
    ["t5-small", { model_type: "t5", architectures: ["T5ForConditionalGeneration"] }, 60_506_624],
    ["mt5-small, encoder", { model_type: "mt5", architectures: ["MT5EncoderModel"] }, 146_940_608],
  ])("%s", async (_, config, parameters) => {
    expect((await plan(config)).parameters).toBe(parameters);
  });
});

test("roberta's usable positions begin after the padding id", async () => {
  const { dimensions } = await plan({ model_type: "roberta", max_position_embeddings: 514 });
  expect(dimensions.positions).toBe(512);
});

test("layers that share a matrix each have it under their own name", async () => {
  const model = await load(goldenFolder("albert-groups"), { backend: "reference" });
  try {
    expect(model.dimensions.layers).toBe(6);
    const stored = [0, 1, 2, 3, 4, 5].map(
      (layer) => model.parameter(`layers.${layer}.q.weight`)!.storedName,
    );
    expect(stored.map((name) => name.replace(/\D+(\d+)\D+(\d+)\D+/, "$1.$2"))).toEqual([
      "0.0",
      "0.1",
      "0.0",
      "0.1",
      "1.0",
      "1.1",
    ]);
    const [first, third] = await Promise.all(
      [0, 2].map((layer) => headMatrix(model, { layer, head: 1 }, "q")),
    );
    expect(third!.matrix).toEqual(first!.matrix);
    expect(model.parameters.filter(({ name }) => /\.q\.weight$/.test(name))).toHaveLength(4);
  } finally {
    await model.dispose();
  }
});

test("mobilebert's sites say the width they have: inside the bottleneck, or of the stream", async () => {
  const model = await load(goldenFolder("mobilebert-pretraining"), { backend: "reference" });
  const widths = ["input", "attended", "middle", "mlp", "residual"].map(
    (name) => model.sites.get(`layers.1.${name}`)!.shape[2],
  );
  expect(widths).toEqual([12, 8, 8, 12, 12]);
  await model.dispose();
});
