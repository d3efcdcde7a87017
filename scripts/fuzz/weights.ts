import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { zipSync } from "fflate";
import { memorySource } from "../../src/checkpoint/memory.ts";
import { openCheckpoint } from "../../src/checkpoint/open.ts";
import { readTransformerLensCache } from "../../src/probe/transformer-lens.ts";
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
      for (const [name, { shape }] of checkpoint.tensors) {
        const count = shape.reduce((product, size) => product * size, 1);
        if ((await checkpoint.read(name)).length !== count)
          throw new AttackError(`${name}: another count of numbers than its shape has`);
      }
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
      for (const [name, { shape }] of checkpoint.tensors) {
        const count = shape.reduce((product, size) => product * size, 1);
        if ((await checkpoint.read(name)).length !== count)
          throw new AttackError(`${name}: another count of numbers than its shape has`);
      }
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
  const plain = names.map((name, at) => [`blocks.${name}.npy`, npy(shapes[at]!)] as const);
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
        if (data.length !== shape.reduce((product, size) => product * size, 1))
          throw new AttackError(`${site}: another count of numbers than its shape has`);
      }
    },
  };
}

/** An array of float32 as numpy.lib.format has it. */
function npy(shape: readonly number[]): Uint8Array {
  const count = shape.reduce((product, size) => product * size, 1);
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(", ")}), }`;
  const length = Math.ceil((11 + header.length) / 64) * 64 - 10;
  const bytes = new Uint8Array(10 + length + 4 * count);
  bytes.set([0x93, ...encoder.encode("NUMPY"), 1, 0, length & 0xff, length >> 8]);
  bytes.set(encoder.encode(`${header.padEnd(length - 1)}\n`), 10);
  bytes.set(
    new Uint8Array(Float32Array.from({ length: count }, (_, at) => at / 7).buffer),
    10 + length,
  );
  return bytes;
}
