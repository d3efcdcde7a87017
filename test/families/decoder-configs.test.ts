import { describe, expect, test } from "vitest";
import type { RawConfig } from "../../src/families/config.ts";
import { familyOf } from "../../src/families/families.ts";
import type { Network } from "../../src/families/family.ts";
import { Parameters } from "../../src/families/parameters.ts";

/** A family's network from its config alone, and the names and shapes of what it takes from a file. */
async function open(raw: RawConfig): Promise<{ network: Network; taken: Map<string, string> }> {
  const parameters = new Parameters({ label: "config", checkpoint: undefined });
  const network = (await familyOf(raw, "config")).open(raw, parameters);
  const taken = new Map(
    parameters.list.map(({ storedName, shape }) => [storedName, shape.join("×")]),
  );
  return { network, taken };
}

const llama = { model_type: "llama", architectures: ["LlamaForCausalLM"] };
const neo = { model_type: "gpt_neo", architectures: ["GPTNeoForCausalLM"] };

describe("llama", () => {
  test("a config without fields is Llama 7B", async () => {
    const { network, taken } = await open(llama);
    expect(network.dimensions).toEqual({
      layers: 32,
      heads: 32,
      keyHeads: 32,
      headWidth: 128,
      width: 4096,
      feedForward: 11008,
      vocabulary: 32000,
      positions: 2048,
    });
    expect(network.generates).toBe(true);
    expect(taken.get("lm_head.weight")).toBe("32000×4096");
    expect(taken.has("model.layers.0.self_attn.q_proj.bias")).toBe(false);
  });

  test("heads of a width of their own, shared keys, biases and a tied head", async () => {
    const { network, taken } = await open({
      ...llama,
      hidden_size: 960,
      num_attention_heads: 15,
      num_key_value_heads: 5,
      head_dim: 80,
      num_hidden_layers: 1,
      attention_bias: true,
      mlp_bias: true,
      tie_word_embeddings: true,
    });
    expect(network.dimensions).toMatchObject({ heads: 15, keyHeads: 5, headWidth: 80 });
    expect(taken.get("model.layers.0.self_attn.q_proj.weight")).toBe("1200×960");
    expect(taken.get("model.layers.0.self_attn.k_proj.bias")).toBe("400");
    expect(taken.get("model.layers.0.self_attn.o_proj.weight")).toBe("960×1200");
    expect(taken.get("model.layers.0.mlp.down_proj.bias")).toBe("960");
    expect(taken.has("lm_head.weight")).toBe(false);
  });

  test.each([
    [{ num_attention_heads: 3, hidden_size: 16 }, "cannot be divided among 3 heads"],
    [{ num_key_value_heads: 5 }, "num_key_value_heads=5. The 32 query heads cannot share them"],
    [{ head_dim: 7 }, "head_dim=7. Rotary positions turn pairs"],
    [{ hidden_act: "prelu" }, "activation"],
    [{ rope_scaling: { type: "ntk", factor: 2 } }, 'rope_type="ntk"'],
    [{ architectures: ["LlamaForImageClassification"] }, "heed has Llama bare"],
    [{ num_hidden_layers: "4" }, "num_hidden_layers"],
  ])("refuses %o", async (fields, message) => {
    await expect(open({ ...llama, ...fields })).rejects.toThrow(message);
  });
});

describe("gpt_neo", () => {
  test("a config without fields is GPT-Neo 1.3B, every other layer local", async () => {
    const { network, taken } = await open(neo);
    expect(network.dimensions).toMatchObject({ layers: 24, heads: 16, headWidth: 128 });
    expect(network.dimensions).toMatchObject({ feedForward: 8192, positions: 2048 });
    expect(network.scoreScale!(0)).toBe(1);
    expect(taken.has("transformer.h.0.attn.attention.q_proj.bias")).toBe(false);
    expect(taken.get("transformer.h.0.attn.attention.out_proj.bias")).toBe("2048");
    expect(taken.has("lm_head.weight")).toBe(false);
  });

  test("transformers' other names of its fields", async () => {
    const { network } = await open({
      ...neo,
      hidden_size: 36,
      num_attention_heads: 3,
      num_hidden_layers: 2,
      attention_types: [[["global", "local"], 1]],
    });
    expect(network.dimensions).toMatchObject({ layers: 2, heads: 3, headWidth: 12 });
  });

  test.each([
    [{ num_layers: 3 }, "attention_types=null. That makes 24 layers, but num_layers is 3"],
    [{ attention_types: [[["global"], 23]] }, "That makes 23 layers"],
    [{ attention_layers: ["local"] }, 'attention_layers=["local"]. That makes 1 layers'],
    [{ attention_types: [[["sparse"], 24]] }, "attention_types"],
    [{ num_heads: 7 }, "cannot be divided among 7 heads"],
  ])("refuses %o", async (fields, message) => {
    await expect(open({ ...neo, ...fields })).rejects.toThrow(message);
  });
});
