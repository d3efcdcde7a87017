import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { crc32 } from "node:zlib";
import { reference } from "../../src/backends/reference/reference.ts";
import { memorySource } from "../../src/checkpoint/memory.ts";
import { openCheckpoint } from "../../src/checkpoint/open.ts";
import { parseJson } from "../../src/checkpoint/strict-json.ts";
import { decodePng } from "../../src/images/png.ts";
import { loadFrom } from "../../src/model.ts";
import { readTokenizer } from "../../src/models/load.ts";
import { mutateBytes, mutateJson } from "./mutate.ts";
import type { Random } from "./random.ts";
import { AttackError, type Target } from "./target.ts";

const test = fileURLToPath(new URL("../../test", import.meta.url));
const encoder = new TextEncoder();
/** Files larger than this are no seeds: mutants of small ones reach as far, many times as fast. */
const MOST_BYTES = 60_000;

interface Seed {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** The small files below a folder whose path fits. */
function filesOf(folder: string, pattern: RegExp): Seed[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => pattern.test(path) && statSync(path).isFile())
    .filter((path) => statSync(path).size <= MOST_BYTES)
    .sort()
    .map((path) => ({ path, bytes: new Uint8Array(readFileSync(path)) }));
}

const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const jsonOf = (bytes: Uint8Array): unknown => JSON.parse(textOf(bytes));

/** A JSON file by its values or, now and then, by its bytes. */
function mutateFile(bytes: Uint8Array, random: Random): Uint8Array {
  if (random.next() < 0.1) return mutateBytes(bytes, random);
  return encoder.encode(mutateJson(jsonOf(bytes), random));
}

function safetensors(): Target {
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

/** The file's bytes changed, or values of its header with the length in front made right. */
function mutateTensors(bytes: Uint8Array, random: Random): Uint8Array {
  if (random.next() < 0.4) return mutateBytes(bytes, random);
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const header = encoder.encode(mutateJson(jsonOf(bytes.subarray(8, 8 + length)), random));
  const mutant = new Uint8Array(8 + header.length + bytes.length - 8 - length);
  new DataView(mutant.buffer).setBigUint64(0, BigInt(header.length), true);
  mutant.set(header, 8);
  mutant.set(bytes.subarray(8 + length), 8 + header.length);
  return mutant;
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

function pickles(): Target {
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

/** Folders of a model that are small enough, with their files. */
function folders(home: string): Record<string, Uint8Array>[] {
  return readdirSync(home, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(home, name))
    .map((folder) =>
      Object.fromEntries(
        readdirSync(folder, { recursive: true, encoding: "utf8" })
          .map((name) => [name, join(folder, name)] as const)
          .filter(([, path]) => statSync(path).isFile() && !/trace|tasks\.json/.test(path))
          .map(([name, path]) => [name, new Uint8Array(readFileSync(path))]),
      ),
    )
    .filter((files) => files["config.json"] && files["model.safetensors"])
    .filter((files) => Object.values(files).every(({ length }) => length < 4 * MOST_BYTES));
}

/** A folder in which one JSON file is a mutant, opened and run. */
function models(name: string, home: string, pattern: RegExp): Target {
  const seeds = folders(join(test, home));
  return {
    name,
    async attempt(random) {
      const files = random.pick(seeds);
      const names = Object.keys(files)
        .filter((file) => pattern.test(file))
        .sort();
      const file = random.pick(names);
      const mutant = { ...files, [file]: mutateFile(files[file]!, random) };
      const model = await loadFrom(memorySource(mutant), reference(), { onWarning: () => {} });
      try {
        if (model.images) return;
        const onWarning = () => {};
        if (model.tokenizer) await model.run("The cat, tired.", { onWarning });
        else await model.run([1, 2, 3], { onWarning });
      } finally {
        await model.dispose();
      }
    },
  };
}

function tokenizers(): Target {
  const seeds = filesOf(test, /tokenizer\.json$/);
  const texts = [
    "",
    "The cat's mat, 2024!",
    "e\u0301 İ ß ﬁ 中文字 \u200d🙂",
    "[CLS] <s> a</s>  b\n\tc ",
    "a".repeat(300),
  ];
  return {
    name: "tokenizer",
    async attempt(random) {
      const json = textOf(mutateFile(random.pick(seeds).bytes, random));
      const tokenizer = await readTokenizer({
        label: "mutant",
        config: {},
        data: async () => undefined,
        text: async (file) => (file === "tokenizer.json" ? json : undefined),
      });
      for (const text of texts) {
        const { ids, tokens } = tokenizer!.encode(text);
        for (const id of ids)
          if (!Number.isInteger(id) || id < 0) throw new AttackError(`an id is ${id}`);
        for (const { start, end } of tokens)
          if (!(0 <= start && start <= end && end <= text.length))
            throw new AttackError(`offsets ${start} to ${end} of ${text.length}`);
        if (typeof tokenizer!.decode(ids) !== "string") throw new AttackError("decoded to no text");
      }
    },
  };
}

function pictures(): Target {
  const seeds = filesOf(join(test, "images"), /\.png$/);
  return {
    name: "picture",
    async attempt(random) {
      const mutant = mutateBytes(random.pick(seeds).bytes, random);
      // Most changes would end at a checksum otherwise.
      if (random.next() < 0.8) mendChecksums(mutant);
      const { width, height, rgb } = decodePng(mutant, "mutant");
      if (width * height > 1e8 || rgb.length !== 3 * width * height)
        throw new AttackError(`${width} × ${height} pixels of ${rgb.length} numbers`);
    },
  };
}

function mendChecksums(png: Uint8Array): void {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  for (let at = 8; at + 12 <= png.length; ) {
    const end = at + 8 + view.getUint32(at);
    if (end + 4 > png.length) return;
    view.setUint32(end, crc32(png.subarray(at + 4, end)));
    at = end + 4;
  }
}

function json(): Target {
  const seeds = filesOf(test, /\.json$/);
  return {
    name: "json",
    async attempt(random) {
      const { bytes } = random.pick(seeds);
      const text = textOf(
        random.next() < 0.5 ? mutateBytes(bytes, random) : mutateFile(bytes, random),
      );
      const value = parseJson(text, "mutant");
      if (!isDeepStrictEqual(value, JSON.parse(text.replace(/^\uFEFF/, ""))))
        throw new AttackError("another value");
    },
  };
}

/** Every kind of file, in the order a campaign attacks them; its share of the mutants. */
export const targets: Readonly<Record<string, { readonly share: number; make(): Target }>> = {
  safetensors: { share: 25, make: safetensors },
  pickle: { share: 20, make: pickles },
  json: { share: 15, make: json },
  config: { share: 8, make: () => models("config", "golden", /(^|\/)config\.json$/) },
  folder: { share: 4, make: () => models("folder", "tasks", /\.json$/) },
  tokenizer: { share: 16, make: tokenizers },
  picture: { share: 12, make: pictures },
};
