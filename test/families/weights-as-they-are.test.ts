import { describe, expect, test } from "vitest";
import { load } from "../../src/index.ts";
import { editedFolder, type FileTensor } from "../support/edited-folder.ts";

const options = { backend: "reference" } as const;
const codes = (shape: readonly number[], dtype = "I8", width = 1): FileTensor => ({
  dtype,
  shape,
  bytes: new Uint8Array(shape.reduce((count, size) => count * size, width)),
});
const beside = (name: string, tensor = codes([4], "F32", 4)) =>
  editedFolder("llama3", { tensors: (tensors) => new Map([...tensors, [name, tensor]]) });

describe("quantised weights are refused by name", () => {
  test.each([
    [{ quant_method: "bitsandbytes", load_in_8bit: true }, "(bitsandbytes, 8 bits)"],
    [{ quant_method: "gptq", bits: 4 }, "(gptq, 4 bits)"],
    [{ quant_method: "awq", bits: 4 }, "(awq, 4 bits)"],
    [{ quant_method: "fp8" }, "(fp8)"],
  ])("by the config: %j", async (quantization_config, named) => {
    const folder = editedFolder("llama3", { config: (all) => ({ ...all, quantization_config }) });
    await expect(load(folder, options)).rejects.toThrow(
      `config.json says quantization_config ${named}: its weights are quantised`,
    );
  });

  test.each([
    ["model.layers.0.self_attn.q_proj.SCB", "bitsandbytes' 8-bit"],
    ["model.layers.0.mlp.up_proj.weight.quant_state.bitsandbytes__nf4", "bitsandbytes' 4-bit"],
    ["model.layers.0.mlp.up_proj.weight.absmax", "bitsandbytes' 4-bit"],
    ["model.layers.0.mlp.up_proj.g_idx", "GPTQ"],
    ["model.layers.0.mlp.up_proj.qweight", "GPTQ or AWQ"],
    ["model.layers.0.mlp.up_proj.weight_scale_inv", "FP8 or 8-bit"],
    ["model.layers.0.mlp.up_proj.weight_packed", "compressed-tensors"],
  ])("by a tensor: %s", async (name, kind) => {
    await expect(load(beside(name), options)).rejects.toThrow(
      `the file holds "${name}", which ${kind} quantisation leaves`,
    );
  });

  test("a config that says nothing of it is none", async () => {
    const folder = editedFolder("llama3", {
      config: (all) => ({ ...all, quantization_config: null }),
    });
    const model = await load(folder, options);
    await model.dispose();
  });
});

test.each(["I8", "U8", "F8_E4M3", "BOOL"])("a weight stored as %s is refused", async (dtype) => {
  const folder = editedFolder("llama3", {
    tensors: (tensors) =>
      new Map(
        [...tensors].map(([name, tensor]) => [
          name,
          name.endsWith("layers.0.self_attn.q_proj.weight") ? codes(tensor.shape, dtype) : tensor,
        ]),
      ),
  });
  await expect(load(folder, options)).rejects.toThrow(
    `q_proj.weight" is stored as ${dtype}, and a weight is a real number`,
  );
});

describe("numbers that are none are said", () => {
  const edited = (ending: string, edit: (tensor: FileTensor) => FileTensor) =>
    editedFolder("gpt2", {
      tensors: (tensors) => {
        const [name, tensor] = [...tensors].find(([key]) => key.endsWith(ending))!;
        return new Map([...tensors, [name, edit(tensor)]]);
      },
    });
  const withNumber = (value: number) =>
    edited("h.0.mlp.c_fc.weight", (tensor) => {
      const bytes = tensor.bytes.slice();
      new DataView(bytes.buffer).setFloat32(12, value, true);
      return { ...tensor, bytes };
    });

  test.each([Number.NaN, Number.NEGATIVE_INFINITY])("%d in a weight", async (value) => {
    const told: string[] = [];
    const model = await load(withNumber(value), {
      ...options,
      onWarning: (message) => told.push(message),
    });
    expect(told).toEqual([expect.stringMatching(/h\.0\.mlp\.c_fc\.weight" holds NaN or Infinity/)]);
    const run = await model.run([[1, 2, 3]]);
    expect(run.warnings).toEqual([expect.stringMatching(/logits holds NaN/)]);
    for (const writing of [{}, { numBeams: 3 }, { topK: 5, seed: 1 }])
      await expect(model.generate([[1, 2, 3]], { maxNewTokens: 2, ...writing })).rejects.toThrow(
        "in step 0 those of row 0 are NaN (first at id 0), so no token can be chosen",
      );
    await model.dispose();
  });

  test.each([
    ["F16", 0xfc00, "reference"],
    ["F16", 0xfc00, "wasm"],
    ["BF16", 0x7fc0, "auto"],
  ] as const)("in a table of %s: %i, %s", async (dtype, half, backend) => {
    const told: string[] = [];
    const folder = edited("wte.weight", (tensor) => {
      const bytes = new Uint8Array(tensor.bytes.length / 2);
      new DataView(bytes.buffer).setUint16(6, half, true);
      return { ...tensor, dtype, bytes };
    });
    const model = await load(folder, { backend, onWarning: (message) => told.push(message) });
    expect(told).toEqual([expect.stringMatching(/wte\.weight" holds NaN or Infinity/)]);
    await model.dispose();
  });

  test("nothing is said of sound ones", async () => {
    const told: string[] = [];
    const model = await load(editedFolder("gpt2", {}), {
      ...options,
      onWarning: (message) => told.push(message),
    });
    const run = await model.run([[1, 2, 3]]);
    expect([...told, ...run.warnings]).toEqual([]);
    await model.dispose();
  });
});
