import { describe, expect, test } from "vitest";
import type { RawConfig } from "../../src/families/config.ts";
import { familyOf } from "../../src/families/families.ts";
import { Parameters } from "../../src/families/parameters.ts";

/** A family's network from its config alone, and the names and shapes of what it takes from a file. */
async function open(raw: RawConfig) {
  const parameters = new Parameters({ label: "config", checkpoint: undefined });
  const network = (await familyOf(raw, "config")).open(raw, parameters);
  const taken = new Map(
    parameters.list.map(({ storedName, shape }) => [storedName, shape.join("×")]),
  );
  return { network, taken };
}

/** What a config without fields is, as transformers' classes have it: layers, heads, key heads, head width, width, feed-forward, words, positions. */
const defaults: Readonly<Record<string, readonly (number | undefined)[]>> = {
  MistralForCausalLM: [32, 32, 8, 128, 4096, 14336, 32000, 131072],
  Qwen2ForCausalLM: [32, 32, 32, 128, 4096, 22016, 151936, 32768],
  Qwen3ForCausalLM: [32, 32, 32, 128, 4096, 22016, 151936, 32768],
  Olmo2ForCausalLM: [32, 32, 32, 128, 4096, 11008, 50304, 2048],
  SmolLM3ForCausalLM: [36, 16, 4, 128, 2048, 11008, 128256, 32768],
  GraniteForCausalLM: [32, 32, 32, 128, 4096, 11008, 32000, 2048],
  Phi3ForCausalLM: [32, 32, 32, 96, 3072, 8192, 32064, 4096],
  GemmaForCausalLM: [28, 16, 16, 256, 3072, 24576, 256000, 8192],
  Gemma2ForCausalLM: [26, 8, 4, 256, 2304, 9216, 256000, 8192],
  Gemma3ForCausalLM: [26, 8, 4, 256, 2304, 9216, 262208, 131072],
  GPTNeoXForCausalLM: [44, 64, 64, 96, 6144, 24576, 50432, 2048],
  GPTJForCausalLM: [28, 16, 16, 256, 4096, 16384, 50400, 2048],
  PhiForCausalLM: [24, 32, 32, 64, 2048, 8192, 51200, 2048],
  OPTForCausalLM: [12, 12, 12, 64, 768, 3072, 50272, 2048],
  BloomForCausalLM: [2, 8, 8, 8, 64, 256, 250880, undefined],
  FalconForCausalLM: [32, 71, 1, 64, 4544, 18176, 65024, 2048],
};

const typeOf: Readonly<Record<string, string>> = {
  GPTNeoX: "gpt_neox",
  Gemma3: "gemma3_text",
};

const configOf = (name: string, fields: RawConfig = {}): RawConfig => {
  const family = name.replace(/For.*/, "");
  return {
    model_type: typeOf[family] ?? family.toLowerCase(),
    architectures: [name],
    ...fields,
  };
};

describe("a config without fields is what the class has by default", () => {
  test.each(Object.entries(defaults))("%s", async (name, sizes) => {
    const { network } = await open(configOf(name));
    const { layers, heads, keyHeads, headWidth, width, feedForward, vocabulary, positions } =
      network.dimensions;
    expect([layers, heads, keyHeads, headWidth, width, feedForward, vocabulary, positions]).toEqual(
      sizes,
    );
    expect(network.generates).toBe(true);
  });
});

describe("what is not computed is refused by name", () => {
  test.each<[string, RawConfig, string]>([
    ["MistralForCausalLM", { num_key_value_heads: 5 }, "num_key_value_heads=5"],
    ["MistralForCausalLM", { rope_scaling: { type: "ntk" } }, 'rope_type="ntk"'],
    ["Qwen2ForCausalLM", { layer_types: ["full_attention"] }, "It names 1 layers"],
    [
      "Qwen2ForCausalLM",
      { num_hidden_layers: 1, layer_types: ["chunked_attention"] },
      'layer_types.0 is "chunked_attention"',
    ],
    [
      "Qwen3ForCausalLM",
      { num_hidden_layers: 1, layer_types: ["sliding_attention"] },
      "sliding_window=null. Layer 0 looks through a window",
    ],
    ["SmolLM3ForCausalLM", { no_rope_layers: [1] }, "no_rope_layers=[1]. It names 1 layers"],
    ["GraniteForCausalLM", { logits_scaling: 0 }, "logits_scaling is 0"],
    ["Phi3ForImageClassification", {}, "heed has Phi3 bare"],
    ["Gemma2ForCausalLM", { attn_logit_softcapping: -1 }, "attn_logit_softcapping is -1"],
    ["Gemma3ForCausalLM", { head_dim: 7 }, "head_dim=7. Rotary positions turn pairs"],
    ["GPTNeoXForCausalLM", { rotary_pct: 1, hidden_size: 320 }, "6 of a head's 5 numbers"],
    [
      "GPTNeoXForCausalLM",
      { rotary_pct: 0.35, hidden_size: 640, rope_scaling: { rope_type: "yarn", factor: 2 } },
      'rope_type="yarn". It divides whole pairs, and 3 numbers of a head turn',
    ],
    ["GPTJForCausalLM", { rotary_dim: 300 }, "rotary_dim=300"],
    ["GPTJForCausalLM", { rotary_dim: null }, "rotary_dim=null"],
    ["PhiForCausalLM", { partial_rotary_factor: 0.7, hidden_size: 320 }, "7 of 10 numbers"],
    ["BloomForCausalLM", { n_head: 7 }, "cannot be divided among 7 heads"],
    [
      "FalconForCausalLM",
      { new_decoder_architecture: true, parallel_attn: false },
      "parallel_attn=false",
    ],
    ["FalconForCausalLM", { multi_query: false, num_kv_heads: 2 }, "num_kv_heads=2"],
    ["FalconForCausalLM", { num_ln_in_parallel_attn: 2 }, "num_ln_in_parallel_attn=2"],
  ])("%s %o", async (name, fields, message) => {
    await expect(open(configOf(name, fields))).rejects.toThrow(message);
  });
});

describe("tensors are taken as published files name them", () => {
  test("phi3: q, k and v in one matrix, gate and up in another", async () => {
    const { taken } = await open(configOf("Phi3ForCausalLM", { num_hidden_layers: 1 }));
    expect(taken.get("model.layers.0.self_attn.qkv_proj.weight")).toBe("3072×3072");
    expect(taken.get("model.layers.0.mlp.gate_up_proj.weight")).toBe("8192×3072");
  });

  test("olmo2: norms behind the parts, of queries and keys over all heads", async () => {
    const { taken } = await open(configOf("Olmo2ForCausalLM", { num_hidden_layers: 1 }));
    expect(taken.has("model.layers.0.input_layernorm.weight")).toBe(false);
    expect(taken.get("model.layers.0.post_feedforward_layernorm.weight")).toBe("4096");
    expect(taken.get("model.layers.0.self_attn.q_norm.weight")).toBe("4096");
  });

  test("falcon: two norms only where config.json says so", async () => {
    const grouped = { num_hidden_layers: 1, num_attention_heads: 4, hidden_size: 32 };
    const { taken } = await open(
      configOf("FalconForCausalLM", {
        ...grouped,
        new_decoder_architecture: true,
        num_kv_heads: 2,
      }),
    );
    expect([...taken.keys()].filter((name) => name.includes("ln_"))).toEqual([
      "transformer.h.0.ln_attn.weight",
      "transformer.h.0.ln_attn.bias",
      "transformer.h.0.ln_mlp.weight",
      "transformer.h.0.ln_mlp.bias",
      "transformer.ln_f.weight",
      "transformer.ln_f.bias",
    ]);
    expect(taken.get("transformer.h.0.self_attention.query_key_value.weight")).toBe("16×32");
  });
});

test("BLOOM summed exactly over parts leaves its biases out, as transformers does", async () => {
  const biasOf = "h.0.self_attention.dense.bias";
  const takes = async (fields: RawConfig) => {
    const { taken } = await open(configOf("BloomForCausalLM", fields));
    return [...taken.keys()].some((name) => name.endsWith(biasOf));
  };
  expect(await takes({ slow_but_exact: true, pretraining_tp: 2 })).toBe(false);
  expect(await takes({ slow_but_exact: true, pretraining_tp: 1 })).toBe(true);
  expect(await takes({ slow_but_exact: false, pretraining_tp: 2 })).toBe(true);
});
