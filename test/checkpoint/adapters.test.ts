import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { adapterIn } from "../../src/checkpoint/adapter/adapter-source.ts";
import { storedName } from "../../src/checkpoint/adapter/adapter-tensors.ts";
import { folderSource } from "../../src/checkpoint/folder.node.ts";
import { memorySource } from "../../src/checkpoint/memory.ts";
import { openCheckpoint } from "../../src/checkpoint/open.ts";
import { parseSafetensors } from "../../src/checkpoint/safetensors.ts";
import { load } from "../../src/index.ts";
import { editedFolder, type FileTensor, safetensors } from "../support/edited-folder.ts";
import { goldenFolder } from "../support/small-models.ts";

const options = { backend: "reference" } as const;
/** What float32's steps make of peft's product, scaled and then added, beside heed's, which is rounded once. */
const rounding = 2.5e-7;
const home = goldenFolder("adapters");

function merged(folder: string): Map<string, { data: Float32Array | Int32Array }> {
  const bytes = new Uint8Array(readFileSync(join(folder, "merged.safetensors")));
  return new Map(
    parseSafetensors(bytes, folder).entries.map(({ name, type, start, end }) => {
      const { buffer } = bytes.slice(start, end);
      return [name, { data: type === "I32" ? new Int32Array(buffer) : new Float32Array(buffer) }];
    }),
  );
}

const furthest = (got: ArrayLike<number>, expected: ArrayLike<number>) => {
  expect(got.length).toBe(expected.length);
  const values = Array.from(expected);
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  return (
    values.reduce((most, value, at) => Math.max(most, Math.abs(value - got[at]!)), 0) / largest
  );
};

/** The largest difference, as a share of the largest number where that is above 1, from what peft's merged model makes of the same ids. */
async function difference(folder: string, given: Parameters<typeof load>[1] = {}) {
  const expected = merged(folder);
  const model = await load(folder, { ...options, ...given });
  const ids = [...expected.get("ids")!.data];
  const run = await model.run({ ids }, { read: ["layers.*.residual", "layers.*.weights"] });
  const of = (site: string, name: string) =>
    furthest(run.trace.get(site).data, expected.get(name)!.data);
  const differences: Record<string, number> = {};
  const layers = model.dimensions.layers;
  for (let layer = 0; layer < layers; layer++) {
    differences[`weights.${layer}`] = of(`layers.${layer}.weights`, `weights.${layer}`);
    // The last of transformers' hidden states is normed.
    if (layer + 1 < layers || model.type === "bert")
      differences[`residual.${layer}`] = of(`layers.${layer}.residual`, `hidden.${layer + 1}`);
  }
  differences.logits = furthest(run.output.logits!.data, expected.get("logits")!.data);
  expect(model.unused).toEqual([]);
  await model.dispose();
  return differences;
}

describe("an adapter's folder is its base with the changes merged, as peft merges them", () => {
  test.each(readdirSync(home))("%s", async (name) => {
    // Scores reach 12, where a step of float32 is 1e-6: run on peft's own merged file heed is as far from PyTorch (1.4e-6).
    for (const [site, far] of Object.entries(await difference(join(home, name))))
      expect(far, site).toBeLessThan(site.startsWith("weights") ? 2.5e-6 : 1e-6);
  });

  test.each(readdirSync(home))("the weights of %s", async (name) => {
    const folder = join(home, name);
    const adapter = (await adapterIn(folderSource(folder)))!;
    const base = folderSource(join(folder, adapter.config.base!));
    const checkpoint = await adapter.apply(await openCheckpoint(base));
    for (const [key, { data }] of merged(folder)) {
      if (!key.startsWith("merged.")) continue;
      const stored = storedName(checkpoint.tensors, key.slice("merged.".length))!;
      expect(furthest(await checkpoint.read(stored), data)).toBeLessThan(rounding);
      const [first, last] = [5, data.length - 3];
      expect(
        furthest(await checkpoint.readRange(stored, first, last), data.slice(first, last)),
      ).toBeLessThan(rounding);
    }
    await checkpoint.close();
  });

  test.each([
    ["turned", false],
    ["plain", true],
  ])(
    "%s with fan_in_fan_out %s: the layer says how its weights lie, as for peft",
    async (name, said) => {
      const config = JSON.parse(readFileSync(join(home, name, "adapter_config.json"), "utf8"));
      const base_model_name_or_path = join(home, name, config.base_model_name_or_path);
      const folder = editedFolder(`adapters/${name}`, {
        files: {
          "adapter_config.json": JSON.stringify({
            ...config,
            base_model_name_or_path,
            fan_in_fan_out: said,
          }),
        },
      });
      expect((await difference(folder)).logits).toBeLessThan(1e-6);
    },
  );

  test("without it the base's own numbers stand", async () => {
    const [alone, base] = await Promise.all([
      load(join(home, "plain"), { ...options, adapter: false }),
      load(goldenFolder("llama3"), options),
    ]);
    const [own, expected] = await Promise.all(
      [alone, base].map(
        async (model) => (await model.run({ ids: [3, 17, 9] })).output.logits!.data,
      ),
    );
    expect(own).toEqual(expected);
    expect(alone.label).toContain("llama3");
    await Promise.all([alone.dispose(), base.dispose()]);
  });

  test("the base is where it is said, and files will do", async () => {
    const files = (folder: string) =>
      memorySource(
        Object.fromEntries(
          readdirSync(folder).map((file) => [
            file,
            new Uint8Array(readFileSync(join(folder, file))),
          ]),
        ),
      );
    const expected = merged(join(home, "plain")).get("logits")!.data;
    const ids = [...merged(join(home, "plain")).get("ids")!.data];
    const model = await load(files(join(home, "plain")), {
      ...options,
      base: files(goldenFolder("llama3")),
    });
    expect(furthest((await model.run({ ids })).output.logits!.data, expected)).toBeLessThan(1e-6);
    await model.dispose();
  });
});

describe("an adapter that cannot be applied is said to be none", () => {
  const changed = (name: string, change: Readonly<Record<string, unknown>>) => {
    const config = JSON.parse(readFileSync(join(home, name, "adapter_config.json"), "utf8"));
    return editedFolder(`adapters/${name}`, {
      files: {
        "adapter_config.json": JSON.stringify({
          ...config,
          base_model_name_or_path: goldenFolder("llama3"),
          ...change,
        }),
      },
    });
  };

  test.each([
    [{ peft_type: "IA3" }, 'says peft_type "IA3": heed applies LORA'],
    [{ init_lora_weights: "pissa_niter_4" }, "began by changing the base's own weights"],
    [{ layer_replication: [[0, 1]] }, "says layer_replication: heed does not merge that"],
    [{ use_dora: true }, "holds no lora_magnitude_vector of"],
    [{ r: 5 }, "the rank 5, its tensors have 2"],
    [{ r: 1e9 + 0.5 }, "r must be a whole number above 0"],
    [{ lora_alpha: "6" }, 'lora_alpha must be a number, got "6"'],
    [{ rank_pattern: { "(a+)+$": 2 } }, "heed does not try the pattern"],
    [{ alpha_pattern: { "(q": 2 } }, "heed does not try the pattern"],
    [{ base_model_name_or_path: null }, "names no base_model_name_or_path. Give the model"],
    [{ base_model_name_or_path: "/no/such/base" }, "there is no such folder. Is it elsewhere?"],
    [{ base_model_name_or_path: goldenFolder("gpt2") }, "has no such tensor; nearest:"],
    [{ base_model_name_or_path: goldenFolder("qwen3") }, "Is it the adapter's base?"],
  ])("%j", async (change, message) => {
    await expect(load(changed("plain", change), options)).rejects.toThrow(message);
  });

  test("tensors that belong to nothing, and files that are not there", async () => {
    const weights = (text: string) =>
      load(
        editedFolder("adapters/plain", {
          files: {
            "adapter_model.safetensors": text === "" ? undefined : text,
            "adapter_config.json": JSON.stringify({
              r: 2,
              base_model_name_or_path: goldenFolder("llama3"),
            }),
          },
        }),
        options,
      );
    await expect(weights("")).rejects.toThrow("no adapter_model.safetensors beside it");
    await expect(weights("short")).rejects.toThrow("too few for safetensors");
    const one = (name: string) => safetensors(new Map([[name, floats([2, 3])]]));
    const half = (name: string) =>
      load(
        editedFolder("adapters/plain", {
          files: {
            "adapter_model.safetensors": one(name),
            "adapter_config.json": JSON.stringify({
              r: 2,
              base_model_name_or_path: goldenFolder("llama3"),
            }),
          },
        }),
        options,
      );
    const layer = "base_model.model.model.layers.0.self_attn.q_proj";
    await expect(half(`${layer}.lora_A.weight`)).rejects.toThrow("lora_A without lora_B");
    await expect(half(`${layer}.lora_magnitude_vector`)).rejects.toThrow("lora_B without lora_A");
    await expect(half(`${layer}.lora_C.weight`)).rejects.toThrow("no tensor of a LoRA adapter");
  });

  test("base and adapter belong to an adapter", async () => {
    await expect(load(goldenFolder("llama3"), { ...options, adapter: false })).rejects.toThrow(
      "is no folder of an adapter (adapter_config.json)",
    );
    await expect(load(goldenFolder("llama3"), { ...options, base: "gpt2" })).rejects.toThrow(
      "so it has no base",
    );
  });
});

function floats(shape: readonly number[]): FileTensor {
  const count = shape.reduce((product, size) => product * size, 1);
  return { dtype: "F32", shape, bytes: new Uint8Array(4 * count) };
}
