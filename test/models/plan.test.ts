import { describe, expect, test } from "vitest";
import { planModel } from "../../src/models/plan.ts";
import { gpt4, presets } from "../../src/models/presets.ts";

/** Parameters of the same classes and configs in transformers 5.24.0, counted on its meta device. */
const counted: Readonly<Record<string, number>> = {
  gpt2: 124439808,
  "gpt2-medium": 354823168,
  "gpt2-large": 774030080,
  "gpt2-xl": 1557611200,
  "bert-base": 109482240,
  "bert-large": 335141888,
  distilbert: 66362880,
  "roberta-base": 124697433,
  "roberta-large": 355412057,
  "t5-small": 60506624,
  "t5-base": 222903552,
  "t5-large": 737668096,
  "xlnet-base": 116750336,
  "xlnet-large": 360300800,
  "albert-base": 11683584,
  "albert-large": 17683968,
  tinybert: 14350248,
  mobilebert: 24844544,
  "longformer-base": 148711257,
  "longformer-large": 434653273,
  "vit-b16": 86389248,
  "vit-l32": 306657280,
  "pythia-160m": 162322944,
  "pythia-1.4b": 1414647808,
  "gpt-j-6b": 6050882784,
  "opt-125m": 125239296,
  "opt-350m": 331196416,
  "bloom-560m": 559214592,
  "falcon-7b": 6921720704,
  "phi-2": 2779683840,
  "phi-3-mini": 3821079552,
  "mistral-7b": 7241732096,
  "qwen2.5-0.5b": 494032768,
  "qwen3-0.6b": 596049920,
  "olmo2-1b": 1484916736,
  "smollm3-3b": 3075098624,
  "granite-3.3-2b": 2533539840,
  "gemma-2b": 2506172416,
  "gemma2-2b": 2614341888,
  "gemma3-1b": 999885952,
};

describe("parameters are as many as transformers has", () => {
  test.each(presets.map(({ name }) => name))("%s", async (name) => {
    const preset = presets.find((preset) => preset.name === name)!;
    const { parameters } = await planModel(preset.config, preset.title);
    // GPT-3's weights are not public: 96 layers of 12 D² + 13 D, embeddings (V + P) D, and the last norm.
    const D = 12288;
    const gpt3 = 96 * (12 * D * D + 13 * D) + (50257 + 2048) * D + 2 * D;
    expect(parameters).toBe(name === "gpt3-175b" ? gpt3 : counted[name]);
  });
});

describe("operations are those of the formulas", () => {
  test("bert: products counted by hand", async () => {
    const { count } = await planModel(
      presets.find(({ name }) => name === "bert-base")!.config,
      "bert",
    );
    const [B, T, C, F, H, layers] = [2, 96, 768, 3072, 12, 12];
    const { flopsByPart, weightsTensorBytes, cacheBytes } = count(T, B);
    // q, k, v, o: four products of T × C × C, and their biases.
    expect(flopsByPart["projections (q, k, v, o)"]).toBe(layers * B * 4 * (2 * T * C * C + T * C));
    // q·k and weights·v: two products of T × T × C; scaling and softmax: 1 + 5 per score.
    expect(flopsByPart["attention over tokens"]).toBe(
      layers * B * (2 * 2 * T * T * C + 6 * H * T * T),
    );
    // Up with its activation (8 per element) and down.
    expect(flopsByPart["feed-forward"]).toBe(layers * B * (2 * 2 * T * C * F + 9 * T * F + T * C));
    expect(weightsTensorBytes).toBe(4 * layers * B * H * T * T);
    expect(cacheBytes).toBe(0);
  });

  test("attention over tokens grows with the square of the text, the rest with the text", async () => {
    const { count } = await planModel(presets.find(({ name }) => name === "gpt2")!.config, "gpt2");
    const [short, long] = [count(128), count(512)];
    const ratio = (part: keyof typeof short.flopsByPart) =>
      long.flopsByPart[part] / short.flopsByPart[part];
    expect(ratio("attention over tokens")).toBe(16);
    expect(ratio("feed-forward")).toBe(4);
    expect(long.cacheBytes).toBe(2 * 12 * 512 * 768 * 4);
  });

  test("GPT-4's range reaches from GPT-3's size to the figure outsiders name", async () => {
    const [low, high] = await Promise.all(
      [gpt4.low, gpt4.high].map((config) => planModel(config, gpt4.title)),
    );
    expect(low!.parameters / 1e9).toBeCloseTo(175.3, 0);
    expect(high!.parameters / 1e12).toBeCloseTo(1.8, 1);
  });
});

test("a width that the heads do not divide is explained", async () => {
  const config = { model_type: "bert", hidden_size: 100, num_attention_heads: 12 };
  await expect(planModel(config, "mine")).rejects.toThrow(
    "a model 100 wide cannot be divided among 12 heads: each head gets width / heads numbers, and 100 / 12 = 8.33 is no whole number",
  );
});
