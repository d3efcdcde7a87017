import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Checkpoint } from "../../src/checkpoint/checkpoint.ts";
import { folderSource } from "../../src/checkpoint/folder.node.ts";
import { toFloat32 } from "../../src/checkpoint/numbers.ts";
import { openCheckpoint } from "../../src/checkpoint/open.ts";
import { dequantised } from "../../src/checkpoint/quantized/dequantised.ts";
import { parseSafetensors } from "../../src/checkpoint/safetensors.ts";
import { load } from "../../src/index.ts";
import { editedFolder, type FileTensor } from "../support/edited-folder.ts";
import { goldenFolder } from "../support/small-models.ts";

const home = goldenFolder("quantized");

function weightOf(name: string): Float32Array {
  const bytes = new Uint8Array(readFileSync(join(home, name, "weight.safetensors")));
  const { start, end } = parseSafetensors(bytes, name).entries[0]!;
  return new Float32Array(bytes.slice(start, end).buffer);
}

describe("codes with their scales are the numbers that they stand for", () => {
  test.each(readdirSync(home))("%s", async (name) => {
    const stored = await openCheckpoint(folderSource(join(home, name)));
    const checkpoint = await dequantised(stored);
    const expected = weightOf(name);
    expect([...checkpoint.tensors.keys()]).toEqual(["layer.weight"]);
    expect(await checkpoint.read("layer.weight")).toEqual(expected);
    const [start, end] = [13, expected.length - 21];
    expect(await checkpoint.readRange("layer.weight", start, end)).toEqual(
      expected.slice(start, end),
    );
    expect(checkpoint.config.quantization_config).toBeUndefined();
    expect(checkpoint.warnings?.join()).toMatch(
      /1 of its tensors are quantised \(.+\): .* MiB in place of/,
    );
    await checkpoint.close();
  });
});

test("a head's codes are read too, and what was not converted stays as it is, biases with it", async () => {
  const floats = {
    dtype: "F32",
    shape: [2, 2],
    bytes: new Uint8Array(new Float32Array(4).fill(3).buffer),
  };
  const folder = editedFolder("quantized/gptq-4-borrowed", {
    tensors: (all) =>
      new Map([
        ...[...all].map(([name, one]) => [name.replace("layer.", "lm_head."), one] as const),
        ["lm_head.bias", floats],
        ["kept.weight", floats],
      ]),
  });
  const checkpoint = await dequantised(await openCheckpoint(folderSource(folder)));
  expect([...checkpoint.tensors.keys()].sort()).toEqual([
    "kept.weight",
    "lm_head.bias",
    "lm_head.weight",
  ]);
  expect(await checkpoint.read("lm_head.weight")).toEqual(weightOf("gptq-4-borrowed"));
  for (const name of ["lm_head.bias", "kept.weight"])
    expect([...(await checkpoint.read(name))]).toEqual([3, 3, 3, 3]);
  await checkpoint.close();
});

/** A case with its config or its tensors changed. */
async function changed(
  name: string,
  config: Readonly<Record<string, unknown>>,
  tensors: (all: Map<string, FileTensor>) => Map<string, FileTensor> = (all) => all,
): Promise<Checkpoint> {
  const folder = editedFolder(`quantized/${name}`, {
    config: (all) => ({
      ...all,
      quantization_config: { ...(all.quantization_config as object), ...config },
    }),
    tensors,
  });
  const stored = await openCheckpoint(folderSource(folder));
  try {
    return await dequantised(stored);
  } finally {
    await stored.close();
  }
}

const without = (end: string) => (all: Map<string, FileTensor>) =>
  new Map([...all].filter(([name]) => !name.endsWith(end)));
const reshaped = (end: string, shape: readonly number[]) => (all: Map<string, FileTensor>) =>
  new Map(
    [...all].map(([name, one]) => {
      const width = one.bytes.length / one.shape.reduce((size, axis) => size * axis, 1);
      const bytes = new Uint8Array(shape.reduce((size, axis) => size * axis, width));
      return [name, name.endsWith(end) ? { ...one, shape, bytes } : one];
    }),
  );
const beside = (name: string) => (all: Map<string, FileTensor>) =>
  new Map([...all, [name, { dtype: "F32", shape: [1], bytes: new Uint8Array(4) }]]);

test("8-bit floats are those of OCP's tables, to the last code", () => {
  const all = Uint8Array.from({ length: 256 }, (_, code) => code);
  const small = toFloat32("F8_E4M3", all);
  const large = toFloat32("F8_E5M2", all);
  expect([small[0x01], small[0x08], small[0x7e], small[0xfe], small[0x7f]]).toEqual([
    2 ** -9,
    2 ** -6,
    448,
    -448,
    Number.NaN,
  ]);
  expect([large[0x01], large[0x7b], large[0x7c], large[0x7d]]).toEqual([
    2 ** -16,
    57344,
    Number.POSITIVE_INFINITY,
    Number.NaN,
  ]);
  expect(Object.is(small[0x80], -0)).toBe(true);
});

describe("what is not taken apart is refused by name, and never read without its scales", () => {
  test.each([
    ["gptq-4", { bits: 3 }, undefined, "is GPTQ of 3 bits; 2, 4 and 8 are read"],
    ["gptq-4", { checkpoint_format: "marlin" }, undefined, 'checkpoint_format "marlin"'],
    ["gptq-4", { quant_method: "other" }, undefined, "(other, 4 bits): its weights are quantised"],
    ["gptq-4", {}, without("scales"), "lies without layer.scales"],
    [
      "gptq-4",
      {},
      reshaped("qzeros", [4, 3]),
      "does not fit its scales [4, 16] and zero points [4, 3]",
    ],
    ["gptq-4-act-order", {}, without("g_idx"), "(desc_act), and lies without g_idx"],
    ["gptq-4", { format: "gptq_p", checkpoint_format: undefined }, undefined, '"gptq_p"; gptq'],
    ["gptq-4", {}, beside("layer.lora_A"), "lies beside lora_A, which is not added to it"],
    ["gptq-dynamic", { dynamic: null }, undefined, "(GPTQ, 4 bits, groups of 8) does not fit"],
    ["auto-round-gptq", { packing_format: "auto_round:fp8" }, undefined, '"auto_round:fp8"; auto'],
    ["auto-round-gptq", { packing_format: undefined }, undefined, "packing_format undefined"],
    ["auto-round-gptq", { data_type: "mx_fp" }, undefined, 'data_type "mx_fp"; int is read'],
    ["auto-round-gptq", { act_bits: 8 }, undefined, "for activations of 8 bits (act_bits)"],
    ["auto-round-gptq", { rotation_config: { a: 1 } }, undefined, "not here (rotation_config)"],
    ["auto-round-gptq", { bits: 3 }, undefined, "is GPTQ of 3 bits; 2, 4 and 8 are read"],
    ["auto-round-own-sizes", { extra_config: undefined }, undefined, "does not fit its scales"],
    ["awq", { version: "gemv" }, undefined, 'AWQ\'s version "gemv"; gemm is read'],
    ["awq", { version: undefined, format: "gemv_fast" }, undefined, '"gemv_fast"; gemm is read'],
    ["awq", { backend: "llm-awq" }, undefined, '"llm-awq"; gemm is read'],
    ["awq", {}, beside("mlp.act.scales"), '"mlp.act.scales", which AWQ (of activations)'],
    ["awq", { bits: 8 }, undefined, "is AWQ of 8 bits"],
    ["awq", { group_size: 16 }, undefined, "does not fit"],
    [
      "pack-4",
      { config_groups: { a: { weights: { num_bits: 3 } } } },
      undefined,
      "3 bits; 32-bit words",
    ],
    ["pack-4", {}, beside("layer.weight_zero_point"), "lies beside weight_zero_point"],
    ["pack-4", {}, beside("layer.weight_global_scale"), "lies beside weight_global_scale"],
    ["fp8-rows", {}, without("weight_scale"), "none of them lie as heed reads them"],
    ["fp8-rows", {}, reshaped("weight_scale", [30, 1]), "one, one a row, or one a block are read"],
    ["bitsandbytes-8", {}, reshaped("SCB", [3]), "20 numbers are due"],
    ["nf4-nested", {}, reshaped("absmax", [3]), "which its codes, absmax and quant_map do not fit"],
    ["nf4", {}, without("quant_map"), "which its codes, absmax and quant_map do not fit"],
    ["nf4", {}, without("bitsandbytes__nf4"), "(bitsandbytes, 4 bits): its weights are quantised"],
    ["int8-zero-points", {}, reshaped("zero_point", [2, 2]), "has zero points [2, 2]"],
  ] as const)("%s %j", async (name, config, tensors, message) => {
    await expect(changed(name, config, tensors)).rejects.toThrow(message);
  });

  test.each([
    "aqlm",
    "autoround",
    "bitnet",
    "compressed-tensors",
    "eetq",
    "fbgemm_fp8",
    "fp8",
    "fp_quant",
    "higgs",
    "hqq",
    "mxfp4",
    "nvfp4",
    "quanto",
    "quark",
    "spqr",
    "torchao",
    "vptq",
  ])("codes in words are not read for %s", async (method) => {
    const message = `says quantization_config (${method}, 4 bits): its weights are quantised`;
    await expect(changed("gptq-4", { quant_method: method })).rejects.toThrow(message);
  });

  test("groups, kernels' orders and AutoRound's zero points are looked at when they are read", async () => {
    const edited = (name: string, end: string, byte: number) =>
      openCheckpoint(
        folderSource(
          editedFolder(`quantized/${name}`, {
            tensors: (all) =>
              new Map(
                [...all].map(([key, one]) => [
                  key,
                  key.endsWith(end) ? { ...one, bytes: one.bytes.map(() => byte) } : one,
                ]),
              ),
          }),
        ),
      );
    const groups = await dequantised(await edited("gptq-4", "g_idx", 9));
    await expect(groups.read("layer.weight")).rejects.toThrow("a g_idx outside of its 4 groups");
    const zeros = await dequantised(await edited("gptq-dynamic", "qzeros", 9));
    await expect(zeros.read("layer.weight")).rejects.toThrow(
      "GPTQModel's versions read differently",
    );
    const ones = await dequantised(await edited("auto-round-gptq", "qzeros", 0xf7));
    await expect(ones.read("layer.weight")).rejects.toThrow("which AutoRound's readers take");
    const order = await dequantised(await edited("bitsandbytes-8", "weight_format", 2));
    await expect(order.read("layer.weight")).rejects.toThrow("weight_format 2, and only 0 (row)");
    const size = await dequantised(await edited("pack-4", "weight_shape", 1));
    await expect(size.read("layer.weight")).rejects.toThrow(
      "holds [16, 32] codes, and weight_shape",
    );
  });
});

test("a Conv1D's weights, turned before they were quantised, are turned back, square ones too", async () => {
  const names = ["c_attn", "c_proj"].map((name) => `transformer.h.0.attn.${name}`);
  const scale = new Float32Array([0.5]);
  const codes = (all: Map<string, FileTensor>, isCode: boolean) => {
    const edited = new Map(all);
    for (const name of names) {
      const [inputs = 0, outputs = 0] = all.get(`${name}.weight`)!.shape;
      const values = Int8Array.from({ length: inputs * outputs }, (_, n) => ((n * 37) % 255) - 127);
      const by = Math.fround(1 / 127);
      const numbers = Float32Array.from(values, (_, n) => {
        const [input, output] = [Math.floor(n / outputs), n % outputs];
        return Math.fround(values[output * inputs + input]! * scale[0]!) * by;
      });
      const rows = new Float32Array(outputs).fill(scale[0]!);
      const floats = { dtype: "F32", shape: [inputs, outputs], bytes: bytesOf(numbers) };
      const stored = { dtype: "I8", shape: [outputs, inputs], bytes: bytesOf(values) };
      edited.set(`${name}.weight`, isCode ? stored : floats);
      if (isCode)
        edited.set(`${name}.SCB`, { dtype: "F32", shape: [outputs], bytes: bytesOf(rows) });
    }
    return edited;
  };
  const logits = await Promise.all(
    [false, true].map(async (isCode) => {
      const folder = editedFolder("gpt2", { tensors: (all) => codes(all, isCode) });
      const model = await load(folder, { backend: "reference", onWarning: () => {} });
      const { data } = (await model.run({ ids: [3, 17, 9] })).output.logits!;
      await model.dispose();
      return data;
    }),
  );
  expect(logits[1]).toEqual(logits[0]);
});

function bytesOf({ buffer }: Int8Array | Float32Array): Uint8Array {
  return new Uint8Array(buffer as ArrayBuffer);
}

test("a model of 8-bit codes runs as that of its numbers, and says so", async () => {
  const told: string[] = [];
  const name = "model.layers.0.self_attn.q_proj";
  const codes = (all: Map<string, FileTensor>, isFloat: boolean) => {
    const { shape } = all.get(`${name}.weight`)!;
    const values = Int8Array.from(
      { length: shape[0]! * shape[1]! },
      (_, n) => ((n * 37) % 255) - 127,
    );
    const rows = Float32Array.from({ length: shape[0]! }, (_, n) => 1 + n / 8);
    const numbers = Float32Array.from(
      values,
      (value, n) => Math.fround(value * rows[Math.floor(n / shape[1]!)]!) * Math.fround(1 / 127),
    );
    const floats = { dtype: "F32", shape, bytes: new Uint8Array(numbers.buffer) };
    if (isFloat) return new Map([...all, [`${name}.weight`, floats]]);
    return new Map([
      ...all,
      [`${name}.weight`, { dtype: "I8", shape, bytes: new Uint8Array(values.buffer) }],
      [`${name}.SCB`, { dtype: "F32", shape: [shape[0]!], bytes: new Uint8Array(rows.buffer) }],
    ] as const);
  };
  const logits = await Promise.all(
    [true, false].map(async (isFloat) => {
      const folder = editedFolder("llama3", { tensors: (all) => codes(all, isFloat) });
      const model = await load(folder, {
        backend: "reference",
        onWarning: (message) => told.push(message),
      });
      const { data } = (await model.run({ ids: [3, 17, 9] })).output.logits!;
      await model.dispose();
      return data;
    }),
  );
  expect(logits[1]).toEqual(logits[0]);
  expect(told).toHaveLength(1);
  expect(told[0]).toContain("1 of its tensors are quantised (bitsandbytes' 8-bit)");
});
