import { readdirSync } from "node:fs";
import { join } from "node:path";
import { reference } from "../../src/backends/reference/reference.ts";
import { memorySource } from "../../src/checkpoint/memory.ts";
import { loadFrom } from "../../src/model.ts";
import type { OpenBase } from "../../src/models/load.ts";
import { mutateBytes } from "./mutate.ts";
import type { Random } from "./random.ts";
import {
  encoder,
  type Files,
  filesOf,
  folderOf,
  folders,
  jsonOf,
  mutateFile,
  mutateTensors,
  test,
} from "./seeds.ts";
import type { Target } from "./target.ts";

/** A folder in which one JSON file is a mutant, opened and run. */
export function models(name: string, home: string, pattern: RegExp): Target {
  const seeds = folders(join(test, home), ["config.json", "model.safetensors"]);
  const foreign = keysOf(seeds.flatMap((files) => files["config.json"]!));
  return {
    name,
    async attempt(random) {
      const files = random.pick(seeds);
      const names = Object.keys(files)
        .filter((file) => pattern.test(file))
        .sort();
      const file = random.pick(names);
      const mutant =
        random.next() < 0.2
          ? withForeignKey(files[file]!, foreign, random)
          : mutateFile(files[file]!, random);
      await opened({ ...files, [file]: mutant });
    },
  };
}

/** Names that stand in any of the files. */
function keysOf(files: readonly Uint8Array[]): string[] {
  return [...new Set(files.flatMap((bytes) => Object.keys(jsonOf(bytes) as object)))].sort();
}

/** Counts that are allowed as counts, and more than any weight is long. */
const large = [65_537, 1_000_003, 16_777_216, 400_000_000, 2_147_483_646, 2_147_483_647];

/** A file with a key that others of its kind have, and a large number there. */
function withForeignKey(bytes: Uint8Array, keys: readonly string[], random: Random): Uint8Array {
  const value = jsonOf(bytes) as object;
  return encoder.encode(JSON.stringify({ ...value, [random.pick(keys)]: random.pick(large) }));
}

/** A GGUF file of which some bytes are others: what its header says stands in front. */
export function gguf(): Target {
  const seeds = filesOf(join(test, "golden/gguf"), /\.gguf$/);
  return {
    name: "gguf",
    async attempt(random) {
      const { bytes } = random.pick(seeds);
      const front = mutateBytes(bytes.slice(0, 1 + random.below(bytes.length)), random);
      await opened({ "model.gguf": joined(front, bytes) });
    },
  };
}

/** What was changed, and behind it the rest of the file as long as it is. */
function joined(front: Uint8Array, whole: Uint8Array): Uint8Array {
  const mutant = new Uint8Array(Math.max(front.length, whole.length));
  mutant.set(whole);
  mutant.set(front);
  return mutant;
}

/** The folder of an adapter in which the configuration or the weights are a mutant, put on its base. */
export function adapters(): Target {
  const home = join(test, "golden/adapters");
  const seeds = readdirSync(home).map((name) => {
    const files = folderOf(join(home, name));
    const { base_model_name_or_path: base } = jsonOf(files["adapter_config.json"]!) as {
      base_model_name_or_path: string;
    };
    return { files, base: folderOf(join(home, name, base)) };
  });
  return {
    name: "adapter",
    async attempt(random) {
      const { files, base } = random.pick(seeds);
      const { "adapter_config.json": config, "adapter_model.safetensors": weights } = files;
      const mutant =
        random.next() < 0.5
          ? { "adapter_config.json": mutateFile(config!, random) }
          : { "adapter_model.safetensors": mutateTensors(weights!, random) };
      await opened(
        {
          "adapter_config.json": config!,
          "adapter_model.safetensors": weights!,
          ...mutant,
        },
        async () => memorySource(base),
      );
    },
  };
}

async function opened(files: Files, openBase?: OpenBase): Promise<void> {
  const onWarning = () => {};
  const model = await loadFrom(memorySource(files), reference(), { onWarning }, openBase);
  try {
    if (model.images) return;
    if (model.tokenizer) await model.run("The cat, tired.", { onWarning });
    else await model.run([1, 2, 3], { onWarning });
  } finally {
    await model.dispose();
  }
}
