import { describe, expect, test } from "vitest";
import { modelTypes } from "../../src/families/families.ts";
import { planModel } from "../../src/models/plan.ts";
import { agreements } from "../../src/models/presets/agreement.ts";
import { gpt4, presets } from "../../src/models/presets/presets.ts";

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
  "gpt-neo-125m": 125198592,
  "smollm2-135m": 134515008,
  "tinyllama-1.1b": 1100048384,
  "electra-small": 13549057,
  "electra-base": 109483009,
  "all-mpnet-base-v2": 109486464,
  "deberta-v3-small": 141304320,
  "deberta-v3-base": 183831552,
  "modernbert-base": 149655232,
  "roformer-chinese-base": 124197968,
  "nomic-embed-text-v1.5": 136731648,
  "xlm-mlm-en-2048": 667119041,
  "xlm-roberta-base": 278295186,
  "camembert-base": 110655493,
  "mt5-small": 172119424,
  "bart-base": 139420416,
  "bart-large": 406291456,
  "bart-large-cnn": 406290432,
  "mbart-large-50": 610879488,
  "opus-mt-en-de": 74410496,
  "pegasus-xsum": 569748480,
  "m2m100-418m": 483905536,
  "nllb-200-600m": 615073792,
  bert2bert: 247363386,
  "whisper-tiny": 37760640,
  "whisper-base": 72593920,
  "whisper-small": 241734912,
  "deit-base": 87338192,
  "beit-base": 86530984,
  "swin-tiny": 28288354,
  "dinov2-small": 22056576,
  "dinov2-base": 86580480,
  "dinov2-registers-base": 86583552,
  "clip-vit-b32": 151277313,
  "siglip-b16": 203155970,
};

/** What transformers makes of it and no pass of heed reads, or reads as something learned. */
const left: Readonly<Record<string, number>> = {
  "dinov2-small": 384, // the vector of a hidden patch
  "dinov2-base": 768,
  "dinov2-registers-base": 768,
  "opus-mt-en-de": 2 * 512 * 512, // sines of places, in both stacks
  "pegasus-xsum": 2 * 512 * 1024,
  bert2bert: 768 * 768 + 768, // the encoder's pooler
  "mt5-small": -250112 * 512, // ties by its config; the file holds two tables of words, which are then both read
};

describe("parameters are as many as transformers has", () => {
  test.each(presets.map(({ name }) => name))("%s", async (name) => {
    const preset = presets.find((preset) => preset.name === name)!;
    const { parameters } = await planModel(preset.config, preset.title);
    // GPT-3's weights are not public: 96 layers of 12 D² + 13 D, embeddings (V + P) D, and the last norm.
    const D = 12288;
    const gpt3 = 96 * (12 * D * D + 13 * D) + (50257 + 2048) * D + 2 * D;
    expect(parameters).toBe(name === "gpt3-175b" ? gpt3 : counted[name]! - (left[name] ?? 0));
  });
});

describe("the table of models", () => {
  test("has a model of every family, but towers that a file of both holds", () => {
    const inTable = new Set(presets.map(({ config }) => config.model_type));
    const missing = modelTypes.filter((type) => !inTable.has(type));
    expect(missing.filter((type) => !/^(clip|siglip)_(text|vision)_model$/.test(type))).toEqual([]);
  });

  test("knows of every family how near it is to PyTorch", () => {
    expect(modelTypes.filter((type) => !(type in agreements))).toEqual([]);
  });

  test("names models that a command line can take, each once", () => {
    const names = presets.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => !/^[a-z0-9.-]+$/.test(name))).toEqual([]);
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

  test("a decoder beside an encoder keeps its own keys and values, and those of the encoder's tokens", async () => {
    const t5 = await planModel(
      { model_type: "t5", architectures: ["T5ForConditionalGeneration"] },
      "t5",
    );
    expect(t5.count(100, 2).cacheBytes).toBe(2 * 6 * 2 * (100 + 100) * 512 * 4);
    // Of sound an encoder makes as many tokens as it has places for, whatever is written.
    const whisper = await planModel(
      { model_type: "whisper", architectures: ["WhisperForConditionalGeneration"] },
      "whisper",
    );
    expect(whisper.count(20).cacheBytes).toBe(2 * 4 * (20 + 1500) * 384 * 4);
    const bare = await planModel(
      { model_type: "whisper", architectures: ["WhisperModel"] },
      "bare",
    );
    expect(bare.count(20).cacheBytes).toBe(0);
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
