import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { reference } from "../../src/backends/reference/reference.ts";
import { memorySource } from "../../src/checkpoint/memory.ts";
import { ConfigError, HeedError } from "../../src/errors/errors.ts";
import { loadFrom, type Model } from "../../src/model.ts";
import { Tensor } from "../../src/tensor/tensor.ts";

const golden = (name: string) => fileURLToPath(new URL(`../golden/${name}/`, import.meta.url));
const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

/** A golden checkpoint whose config says something else. */
function source(name: string, change: (config: Record<string, unknown>) => void) {
  const config = JSON.parse(readFileSync(`${golden(name)}config.json`, "utf8"));
  change(config);
  const weights = readFileSync(`${golden(name)}model.safetensors`);
  return memorySource({ "config.json": bytes(config), "model.safetensors": weights }, name);
}

/** Every number of a config, by the way to it. */
function* numbersOf(value: unknown, way: readonly string[] = []): Generator<readonly string[]> {
  if (typeof value === "number") yield way;
  else if (typeof value === "object" && value !== null)
    for (const [key, inner] of Object.entries(value)) yield* numbersOf(inner, [...way, key]);
}

function put(value: unknown, way: readonly string[], number: unknown): void {
  const [key, ...rest] = way;
  const holder = value as Record<string, unknown>;
  if (rest.length === 0) holder[key!] = number;
  else put(holder[key!], rest, number);
}

async function runs(model: Model): Promise<void> {
  const { images } = model;
  if (!images) return void (await model.run([[3, 4, 5]]));
  const shape = [1, images.channels, ...images.size];
  const length = shape.reduce((product, side) => product * side);
  if (length < 1e6) await model.run({ pixels: new Tensor(shape, new Float32Array(length)) });
}

/** Loads and runs: it must work, or stop with an error of heed's, and in this process. */
async function outcome(name: string, change: (config: Record<string, unknown>) => void) {
  try {
    const model = await loadFrom(source(name, change), reference());
    await runs(model);
    return "runs";
  } catch (error) {
    if (!(error instanceof HeedError)) throw error;
    expect(error.message.length).toBeLessThan(2_000);
    return "refused";
  }
}

const hostile = [2 ** 31 - 1, 4_000_000_000, 2 ** 53 - 1, 1e300, -1e300, -1, 0, 0.5];

describe("a number that no weight bounds", () => {
  test.each([
    "albert-groups",
    "bert-mlm",
    "distilbert-classify",
    "gpt2",
    "gpt-neo-pattern",
    "llama-longrope",
    "llama-yarn",
    "llama3",
    "longformer-classify",
    "mobilebert-classify",
    "mt5",
    "roberta-untied",
    "t5-uneven",
    "beit-larger",
    "clip-text",
    "clip-vision",
    "dinov2-gated",
    "dinov2-with-registers",
    "siglip-vision",
    "vit-head-dim",
    "xlnet-uni",
    "bloom",
    "deberta-v3",
    "falcon-sloped",
    "gemma3-text",
    "m2m-100",
    "marian",
    "modernbert",
    "nomic-bert",
    "opt",
    "phi3-long",
    "roformer",
    "swin",
    "whisper",
    "xlm",
  ])("%s: every number of its config", async (name) => {
    const config = JSON.parse(readFileSync(`${golden(name)}config.json`, "utf8"));
    for (const way of numbersOf(config))
      for (const number of hostile)
        await outcome(name, (config) => put(config, way, number)).catch((error) => {
          throw new Error(`${name}: ${way.join(".")} = ${number}`, { cause: error });
        });
  });

  test.each([
    ["albert-classify", "num_hidden_layers", 2 ** 31],
    ["albert-groups", "inner_group_num", 2 ** 31],
    ["longformer-classify", "num_hidden_layers", 2e9],
    ["longformer-classify", "attention_window", 4e9],
    ["vit-head-dim", "num_hidden_layers", 2 ** 32],
    ["roberta-untied", "pad_token_id", 2 ** 53 - 1],
    ["roberta-untied", "pad_token_id", 500_000],
    ["llama3", "head_dim", 2 ** 31 - 2],
    ["bert-mlm", "layer_norm_eps", -1e300],
    ["bert-mlm", "layer_norm_eps", -1e-12],
  ])("%s: %s = %d is refused by its name", async (name, field, number) => {
    const change = (config: Record<string, unknown>) => {
      config[field] = number;
    };
    const loading = loadFrom(source(name, change), reference());
    await expect(loading).rejects.toThrow(ConfigError);
    await expect(loading).rejects.toThrow(field);
  });

  test("attention_types that repeat for ever", async () => {
    for (const types of [
      [[["global", "local", "global"], 1_000_000_000]],
      Array.from({ length: 1000 }, () => [["global", "local"], 4096]),
    ]) {
      const change = (config: Record<string, unknown>) => {
        delete config.attention_layers;
        config.attention_types = types;
      };
      const loading = loadFrom(source("gpt-neo-pattern", change), reference());
      await expect(loading).rejects.toThrow(ConfigError);
      await expect(loading).rejects.toThrow("attention_types");
    }
  });
});
