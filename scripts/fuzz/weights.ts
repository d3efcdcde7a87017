import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { zipSync } from "fflate";
import { memorySource } from "../../src/checkpoint/memory.ts";
import { openCheckpoint } from "../../src/checkpoint/open.ts";
import { npy } from "../../src/export/npz.ts";
import { readTransformerLensCache } from "../../src/probe/transformer-lens.ts";
import { sizeOf } from "../../src/tensor/shape.ts";
import { mutateBytes } from "./mutate.ts";
import { encoder, filesOf, folders, jsonOf, mutateFile, mutateTensors, test } from "./seeds.ts";
import { AttackError, type Target } from "./target.ts";

export function safetensors(): Target {
  const seeds = filesOf(join(test, "golden"), /\.safetensors$/);
  return {
    name: "safetensors",
    async attempt(random) {
      const bytes = mutateTensors(random.pick(seeds).bytes, random);
      const files = { "config.json": encoder.encode("{}"), "model.safetensors": bytes };
      const checkpoint = await openCheckpoint(memorySource(files));
      const expected = plainTensors(bytes);
      if (!isDeepStrictEqual([...checkpoint.tensors.keys()].sort(), [...expected.keys()].sort()))
        throw new AttackError(`other tensors: ${[...checkpoint.tensors.keys()]}`);
      for (const [name, { shape }] of checkpoint.tensors) {
        const count = shape.reduce((product, size) => product * size, 1);
        const own = await checkpoint.readBytes(name, 0, count);
        if (Buffer.compare(own, expected.get(name)!) !== 0)
          throw new AttackError(`${name}: other bytes than the header says`);
      }
    },
  };
}

/** The tensors' bytes by the format's own description; throws AttackError where a file is none that it describes. */
function plainTensors(bytes: Uint8Array): Map<string, Uint8Array> {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const header = jsonOf(bytes.subarray(8, 8 + length)) as Record<
    string,
    { data_offsets: number[] }
  >;
  const entries = Object.entries(header).filter(([name]) => name !== "__metadata__");
  let end = 0;
  const places = entries.map(
    ([
      name,
      {
        data_offsets: [from, to],
      },
    ]) => ({ name, from: from!, to: to! }),
  );
  for (const { name, from, to } of places.sort((a, b) => a.from - b.from || a.to - b.to)) {
    if (from !== end || to < from)
      throw new AttackError(`${name} lies at ${from} to ${to} behind ${end}`);
    end = to;
  }
  if (8 + length + end !== bytes.length)
    throw new AttackError(`${bytes.length - 8 - length - end} bytes are nobody's`);
  const part = (from: number, to: number) => bytes.subarray(8 + length + from, 8 + length + to);
  return new Map(places.map(({ name, from, to }) => [name, part(from, to)]));
}

export function pickles(): Target {
  const seeds = filesOf(join(test, "golden"), /\.bin$/);
  return {
    name: "pickle",
    async attempt(random) {
      const bytes = mutateBytes(random.pick(seeds).bytes, random);
      const files = { "config.json": encoder.encode("{}"), "pytorch_model.bin": bytes };
      const checkpoint = await openCheckpoint(memorySource(files));
      for (const [name, { shape }] of checkpoint.tensors)
        expectCount(name, await checkpoint.read(name), shape);
    },
  };
}

/** Weights in fewer bits with their scales: the tensors or what the configuration says of them is a mutant. */
export function quantised(): Target {
  const seeds = folders(join(test, "golden/quantized"), ["config.json", "model.safetensors"]);
  return {
    name: "quantised",
    async attempt(random) {
      const { "config.json": config, "model.safetensors": weights } = random.pick(seeds);
      const isConfig = random.next() < 0.5;
      const files = {
        "config.json": isConfig ? mutateFile(config!, random) : config!,
        "model.safetensors": isConfig ? weights! : mutateTensors(weights!, random),
      };
      const checkpoint = await openCheckpoint(memorySource(files));
      for (const [name, { shape }] of checkpoint.tensors)
        expectCount(name, await checkpoint.read(name), shape);
    },
  };
}

/** Arrays of NumPy in a ZIP archive, as TransformerLens's caches are saved. */
export function archives(): Target {
  const names = ["embed", "0.attn.hook_pattern", "0.attn.hook_q", "1.hook_resid_post"];
  const shapes = [
    [1, 3, 8],
    [1, 2, 3, 3],
    [1, 3, 2, 4],
    [1, 3, 8],
  ];
  const plain = names.map(
    (name, at) => [`blocks.${name}.npy`, npy(numbersIn(shapes[at]!))] as const,
  );
  return {
    name: "archive",
    async attempt(random) {
      const at = random.below(names.length);
      const isInside = random.next() < 0.6;
      const files = plain.map(([name, bytes], own) => [
        name,
        isInside && own === at ? mutateBytes(bytes, random) : bytes,
      ]);
      const bytes = zipSync(Object.fromEntries(files), { level: random.next() < 0.5 ? 0 : 6 });
      const { trace } = readTransformerLensCache(
        isInside ? bytes : mutateBytes(bytes, random),
        "mutant",
      );
      for (const site of trace.sites) {
        const { shape, data } = trace.get(site);
        expectCount(site, data, shape);
      }
    },
  };
}

function numbersIn(shape: readonly number[]) {
  return { shape, data: Float32Array.from({ length: sizeOf(shape) }, (_, at) => at / 7) };
}

function expectCount(name: string, numbers: ArrayLike<unknown>, shape: readonly number[]): void {
  if (numbers.length !== sizeOf(shape))
    throw new AttackError(`${name}: another count of numbers than its shape has`);
}
