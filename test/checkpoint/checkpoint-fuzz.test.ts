import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { memorySource } from "../../src/checkpoint/memory.ts";
import { openCheckpoint } from "../../src/checkpoint/open.ts";
import { encodeSafetensors, namedBytes } from "../../src/checkpoint/safetensors.ts";
import type { FileSource } from "../../src/checkpoint/source.ts";
import { readTrace } from "../../src/checkpoint/trace-file.ts";
import { CheckpointError } from "../../src/errors/errors.ts";

const home = new URL("../golden/checkpoints/", import.meta.url).pathname;
const config = new TextEncoder().encode("{}");

/** What a single input may take at most; measured ones take a few milliseconds. */
const LONGEST_MS = 3_000;

/** Fails on reads that were not checked against the file's size, which a CheckpointError of the source would hide. */
function strictSource(files: Record<string, Uint8Array>): FileSource {
  const inner = memorySource(files);
  return {
    ...inner,
    read: async (name, start, end) => {
      const size = await inner.size(name);
      const isChecked = Number.isSafeInteger(start) && 0 <= start && start <= end && end <= size!;
      if (!isChecked) throw new Error(`unchecked read of ${name}: ${start} to ${end} of ${size}`);
      return inner.read(name, start, end);
    },
  };
}

/** Opens and reads everything: it must work, or stop with CheckpointError, soon. True when it worked. */
async function survives(files: Record<string, Uint8Array>): Promise<boolean> {
  const started = performance.now();
  try {
    const checkpoint = await openCheckpoint(strictSource({ "config.json": config, ...files }));
    for (const [name, { shape }] of checkpoint.tensors)
      expect(await checkpoint.read(name)).toHaveLength(shape.reduce((a, b) => a * b, 1));
    return true;
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    expect(error.message.length).toBeLessThan(1_000);
    return false;
  } finally {
    expect(performance.now() - started).toBeLessThan(LONGEST_MS);
  }
}

/** All weight files of the goldens, small ones whole. */
const seeds = readdirSync(home, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .flatMap(({ name }) => readdirSync(`${home}${name}`).map((file) => `${name}/${file}`))
  .filter((file) => /\.(bin|safetensors)$/.test(file) && !file.startsWith("bert-tiny"))
  .map((file) => ({
    file,
    name: file.endsWith(".bin") ? "pytorch_model.bin" : "model.safetensors",
    bytes: new Uint8Array(readFileSync(`${home}${file}`)),
  }));

const seed = fc.constantFrom(...seeds);
const flips = fc.array(
  fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
    byte: fc.integer({ min: 0, max: 255 }),
  }),
  { minLength: 1, maxLength: 6 },
);

describe("only CheckpointError comes out", () => {
  test("of files cut anywhere: none of them opens as whole", async () => {
    for (const { name, bytes } of seeds.filter(({ file }) => !file.startsWith("refused")))
      for (let length = 0; length < bytes.length; length += 1 + Math.floor(bytes.length / 300))
        expect(await survives({ [name]: bytes.subarray(0, length) })).toBe(false);
  });

  test("of files with changed bytes", () =>
    fc.assert(
      fc.asyncProperty(seed, flips, async ({ name, bytes }, changes) => {
        const changed = bytes.slice();
        for (const { at, byte } of changes) changed[Math.floor(at * changed.length)] = byte;
        await survives({ [name]: changed });
      }),
      { numRuns: 3_000 },
    ));

  test("of files with parts removed, repeated or replaced by noise", () =>
    fc.assert(
      fc.asyncProperty(
        seed,
        fc.nat(),
        fc.nat(64),
        fc.uint8Array({ maxLength: 64 }),
        async ({ name, bytes }, at, gone, noise) => {
          const place = at % bytes.length;
          const parts = [bytes.subarray(0, place), noise, bytes.subarray(place + gone)];
          await survives({ [name]: Uint8Array.from(parts.flatMap((part) => [...part])) });
        },
      ),
      { numRuns: 1_500 },
    ));

  test("of noise under any name, and as a trace", () =>
    fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (noise) => {
        for (const name of [
          "model.safetensors",
          "pytorch_model.bin",
          "model.safetensors.index.json",
          "config.json",
        ])
          await survives({ [name]: noise });
        expect(() => readTrace(noise, "t")).toThrow(CheckpointError);
      }),
      { numRuns: 500 },
    ));
});

/** A safetensors file with this header text. */
function withHeader(header: string, data: Uint8Array): Uint8Array {
  const json = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + json.length + data.length);
  new DataView(bytes.buffer).setUint32(0, json.length, true);
  bytes.set(json, 8);
  bytes.set(data, 8 + json.length);
  return bytes;
}

describe("safetensors headers", () => {
  const size = fc.oneof(
    fc.nat(20),
    fc.integer(),
    fc.double(),
    fc.constantFrom(2 ** 53, 1e308, null, "4", [1]),
  );
  const entry = fc.record(
    {
      dtype: fc.constantFrom("F32", "U8", "F4", "F8_E4M3", "X", 7, null),
      shape: fc.oneof(fc.array(size, { maxLength: 4 }), size),
      data_offsets: fc.oneof(fc.array(size, { minLength: 2, maxLength: 2 }), fc.array(size)),
    },
    { requiredKeys: [] },
  );
  const name = fc.constantFrom("a", "b", "__metadata__", "__proto__", "constructor", "");

  test("of any content are read or refused", () =>
    fc.assert(
      fc.asyncProperty(
        fc.dictionary(name, fc.oneof(entry, fc.jsonValue())),
        fc.nat(40),
        async (header, bytes) => {
          await survives({
            "model.safetensors": withHeader(JSON.stringify(header), new Uint8Array(bytes)),
          });
        },
      ),
      { numRuns: 2_000 },
    ));

  test("with characters changed are read or refused", () => {
    const file = encodeSafetensors({
      a: namedBytes([2], Float32Array.of(1, 2)),
      b: namedBytes([1], Int32Array.of(3)),
    });
    const length = new DataView(file.buffer).getUint32(0, true);
    const header = new TextDecoder().decode(file.subarray(8, 8 + length));
    const piece = fc.constantFrom(
      "",
      "{",
      "}",
      "[",
      "]",
      '"',
      ",",
      ":",
      "-",
      "1e999",
      "NaN",
      "\\u0000",
      "\uFEFF",
      "9".repeat(30),
      '"a":{},',
    );
    return fc.assert(
      fc.asyncProperty(fc.nat(header.length), fc.nat(4), piece, async (at, gone, text) => {
        const changed = header.slice(0, at) + text + header.slice(at + gone);
        await survives({ "model.safetensors": withHeader(changed, file.subarray(8 + length)) });
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("hostile pickles", () => {
  const latin = (text: string) => Buffer.from(text, "latin1");
  const globals = [
    "collections\nOrderedDict",
    "torch._utils\n_rebuild_tensor_v2",
    "torch._utils\n_rebuild_tensor_v3",
    "torch\nFloatStorage",
    "torch\nUntypedStorage",
    "torch\nfloat16",
    "torch\nfloat8_e4m3fn",
    "torch\nSize",
    "torch._utils\n_rebuild_parameter",
    "os\nsystem",
  ];
  const opcode = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.constantFrom(..."()]}te0uasRbQN2h\x85\x86\x87\x88\x89\x93\x94".split("")),
    },
    {
      weight: 3,
      arbitrary: fc
        .integer({ min: 0, max: 3 })
        .chain((index) =>
          fc.constantFrom(`q${String.fromCharCode(index)}`, `h${String.fromCharCode(index)}`),
        ),
    },
    {
      weight: 3,
      arbitrary: fc.integer({ min: 0, max: 255 }).map((value) => `K${String.fromCharCode(value)}`),
    },
    { weight: 3, arbitrary: fc.constantFrom(...globals).map((name) => `c${name}\n`) },
    {
      weight: 3,
      arbitrary: fc
        .constantFrom("storage", "0", "state_dict", "x")
        .map((text) => `X${String.fromCharCode(text.length)}\0\0\0${text}`),
    },
    {
      weight: 1,
      arbitrary: fc.uint8Array({ maxLength: 12 }).map((bytes) => String.fromCharCode(...bytes)),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        "X\xff\xff\xff\x7f",
        "\x8d\xff\xff\xff\xff\xff\xff\xff\x7f",
        "\x8b\xff\xff\xff\x7f",
        "\x95\xff\xff\xff\xff\xff\xff\xff\xff",
        "r\xff\xff\xff\xff",
        "\x8a\x10".padEnd(18, "\x7f"),
      ),
    },
  );
  const legacy = seeds.find(({ file }) => file === "types-legacy/pytorch_model.bin")!.bytes;
  const zip = seeds.find(({ file }) => file === "types-zip/pytorch_model.bin")!.bytes;
  const objectStart = Buffer.from(legacy).indexOf(latin("\x80\x02ccollections"));
  const zipPickle = Buffer.from(zip).indexOf(latin("\x80\x02ccollections"));
  const zipPickleLength = Buffer.from(zip).indexOf(latin(".PK"), zipPickle) - zipPickle;

  /** The pickle in place of the object of a legacy file, and over the data.pkl of a zip. */
  async function tryPickle(pickle: Uint8Array): Promise<void> {
    const before = legacy.subarray(0, objectStart);
    await survives({ "pytorch_model.bin": new Uint8Array(Buffer.concat([before, pickle])) });
    const changed = zip.slice();
    changed.set(pickle.subarray(0, zipPickleLength), zipPickle);
    await survives({ "pytorch_model.bin": changed });
  }

  test("of random opcodes", () =>
    fc.assert(
      fc.asyncProperty(fc.array(opcode, { maxLength: 60 }), (opcodes) =>
        tryPickle(latin(`${opcodes.join("")}.`)),
      ),
      { numRuns: 3_000 },
    ));

  test("with random opcodes put into a real one", () => {
    const real = zip.subarray(zipPickle, zipPickle + zipPickleLength);
    return fc.assert(
      fc.asyncProperty(
        fc.nat(real.length),
        fc.nat(6),
        fc.array(opcode, { maxLength: 4 }),
        (at, gone, opcodes) =>
          tryPickle(
            new Uint8Array(
              Buffer.concat([
                real.subarray(0, at),
                latin(opcodes.join("")),
                real.subarray(at + gone),
                latin("."),
              ]),
            ),
          ),
      ),
      { numRuns: 2_000 },
    );
  });

  test.each([
    ["empty dicts", "}"],
    ["nested lists", "](".repeat(1)],
    ["nested tuples", ")\x85"],
    ["lists in lists", "]q\0h\0a"],
    ["memo entries", "N\x94"],
    ["numbers", "K\x01"],
    ["empty dicts by call", "ccollections\nOrderedDict\n)R"],
  ])("twenty million bytes of %s stay small and short", async (_, piece) => {
    const before = process.memoryUsage().rss;
    const pickle = Buffer.alloc(20_000_000, latin(piece));
    await survives({
      "pytorch_model.bin": new Uint8Array(Buffer.concat([legacy.subarray(0, objectStart), pickle])),
    });
    expect(process.memoryUsage().rss - before).toBeLessThan(700e6);
  });

  test("lengths that no file has are not allocated", async () => {
    const count = "\x8a\x08\xff\xff\xff\xff\xff\xff\x1f\0";
    const storage = `(X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\x000X\x03\0\0\0cpu${count}tQ`;
    const tensor = `ctorch._utils\n_rebuild_tensor_v2\n(${storage}K\0(${count}t(K\x01t\x89NtR`;
    const pickle = latin(`}X\x01\0\0\0a${tensor}s.`);
    const keys = latin("](X\x01\0\0\x000e.");
    const file = Buffer.concat([legacy.subarray(0, objectStart), pickle, keys, Buffer.alloc(100)]);
    const opening = openCheckpoint(
      strictSource({ "config.json": config, "pytorch_model.bin": new Uint8Array(file) }),
    );
    await expect(opening).rejects.toThrow("storage 0 ends at byte");
  });
});
