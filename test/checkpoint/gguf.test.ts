import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { folderSource } from "../../src/checkpoint/folder.node.ts";
import { blockTypes, unpackBlocks } from "../../src/checkpoint/gguf/blocks.ts";
import { hubPlace } from "../../src/checkpoint/hub/hub-place.ts";
import { memorySource } from "../../src/checkpoint/memory.ts";
import { openCheckpoint } from "../../src/checkpoint/open.ts";
import { HeedError, load } from "../../src/index.ts";
import { goldenFolder } from "../support/small-models.ts";

interface Expected {
  readonly ids: readonly number[];
  readonly logits: readonly number[];
  readonly tensors: Readonly<Record<string, string>>;
  readonly texts: readonly {
    readonly text: string;
    readonly ids: number[];
    readonly decoded: string;
  }[];
}

const options = { backend: "reference" } as const;
const home = goldenFolder("gguf");
const names = readdirSync(home).filter((name) => !name.endsWith(".json"));
const expectedOf = (name: string): Expected =>
  JSON.parse(readFileSync(join(home, name, "gguf.json"), "utf8"));
const sha256 = ({ buffer, byteOffset, byteLength }: Float32Array) =>
  createHash("sha256")
    .update(new Uint8Array(buffer, byteOffset, byteLength))
    .digest("hex");
const made = mkdtempSync(join(tmpdir(), "heed-gguf-"));
afterAll(() => rmSync(made, { recursive: true }));

describe("blocks are gguf-py's numbers to the bit", () => {
  const blocks: Record<string, { bytes: string; sha256: string }> = JSON.parse(
    readFileSync(join(home, "blocks.json"), "utf8"),
  );
  test.each([...blockTypes.values()].filter(({ unpack }) => unpack))("$name", (type) => {
    const expected = blocks[type.name]!;
    const bytes = new Uint8Array(Buffer.from(expected.bytes, "base64"));
    const numbers = new Float32Array((bytes.length / type.bytes) * type.elements);
    unpackBlocks(type, bytes, numbers);
    expect(bytes.length).toBeGreaterThan(0);
    expect(sha256(numbers)).toBe(expected.sha256);
  });
});

describe("a GGUF file is what transformers makes of it", () => {
  test.each(names)("every tensor of %s, to the bit", async (name) => {
    const checkpoint = await openCheckpoint(folderSource(join(home, name)));
    const { tensors } = expectedOf(name);
    const got = new Map<string, string>();
    for (const key of checkpoint.tensors.keys()) got.set(key, sha256(await checkpoint.read(key)));
    const tied = Object.keys(tensors).filter((key) => key === "lm_head.weight" && !got.has(key));
    for (const key of Object.keys(tensors))
      if (!tied.includes(key)) expect(got.get(key), key).toBe(tensors[key]);
    expect([...got.keys()].filter((key) => !(key in tensors))).toEqual([]);
    for (const key of got.keys()) {
      const whole = await checkpoint.read(key);
      const [start, end] = [Math.min(7, whole.length), Math.max(7, whole.length - 5)];
      expect(sha256(await checkpoint.readRange(key, start, end))).toBe(
        sha256(whole.slice(start, end)),
      );
      const stored = checkpoint.tensors.get(key)!;
      const bytes = await checkpoint.readBytes(key, start, end);
      if (stored.type === "F32")
        expect(sha256(new Float32Array(bytes.slice().buffer))).toBe(
          sha256(whole.slice(start, end)),
        );
      else expect(bytes.length).toBe(2 * (end - start));
    }
    await checkpoint.close();
  });

  test.each(names)("the tokens and the logits of %s", async (name) => {
    const told: string[] = [];
    const { ids, logits, texts } = expectedOf(name);
    const model = await load(join(home, name, "model.gguf"), {
      ...options,
      onWarning: (message) => told.push(message),
    });
    const run = await model.run({ ids });
    const own = run.output.logits!.data.slice(-logits.length);
    const far = logits.map((value, at) => Math.abs(value - own[at]!));
    expect(Math.max(...far)).toBeLessThan(2e-5 * Math.max(1, ...logits.map(Math.abs)));
    expect(model.unused).toEqual([]);
    for (const { text, ids, decoded } of texts) {
      expect([...model.tokenizer!.encode(text).ids], text).toEqual(ids);
      expect(model.tokenizer!.decode(ids), text).toBe(decoded);
    }
    expect(told.join("\n")).toMatch(
      /tensors are quantised \(Q4_0.*\): they are computed with as float32/,
    );
    expect(model.label).toBe(join(home, name, "model.gguf"));
    await model.dispose();
  });
});

describe("where GGUF files lie", () => {
  test("dropped, beside others, and by name", async () => {
    const bytes = new Uint8Array(readFileSync(join(home, "llama", "model.gguf")));
    const one = await load(memorySource({ "a.gguf": bytes }), options);
    expect(one.type).toBe("llama");
    await one.dispose();
    await expect(load(memorySource({ "a.gguf": bytes, "b.GGUF": bytes }), options)).rejects.toThrow(
      "there are 2 GGUF files: a.gguf, b.GGUF. Name one: memory/a.gguf",
    );
    await expect(load(join(home, "no.gguf"), options)).rejects.toThrow("there is no such");
  });

  test.each([
    ["owner/name/model-Q4_K_M.gguf", { id: "owner/name", file: "model-Q4_K_M.gguf" }],
    ["hf://owner/name@v1/m.gguf", { id: "owner/name", revision: "v1", file: "m.gguf" }],
    ["owner/name@v1/m.gguf", { id: "owner/name", revision: "v1", file: "m.gguf" }],
    [
      "https://huggingface.co/o/n/blob/main/m.gguf",
      { id: "o/n", revision: "main", file: "m.gguf" },
    ],
    [
      "https://huggingface.co/o/n/resolve/main/m.gguf?download=true",
      { id: "o/n", revision: "main", file: "m.gguf" },
    ],
    ["https://example.org/models/m.gguf", undefined],
  ])("%s", (source, place) => {
    expect(hubPlace(source)).toEqual(place);
  });
});

describe("a hostile or broken file is refused by name", () => {
  const whole = new Uint8Array(readFileSync(join(home, "llama-bytes", "model.gguf")));
  const opened = (bytes: Uint8Array) => load(memorySource({ "m.gguf": bytes }), options);
  const changed = (at: number, value: number | bigint) => {
    const bytes = whole.slice();
    const view = new DataView(bytes.buffer);
    if (typeof value === "bigint") view.setBigUint64(at, value, true);
    else view.setUint32(at, value, true);
    return bytes;
  };
  const placeOf = (text: string) => Buffer.from(whole).indexOf(text) + text.length;

  test.each([
    ["another beginning", () => changed(0, 7), 'does not begin with "GGUF"'],
    ["version 1", () => changed(4, 1), "of GGUF's version 1; heed reads 2 and 3"],
    ["a big-endian file", () => changed(4, 0x03000000), "of a big-endian machine"],
    ["many tensors", () => changed(8, 1n << 40n), "more than"],
    ["many values", () => changed(16, 1n << 50n), "more than"],
    ["sizes above 2^53", () => changed(8, 1n << 60n), "where a size is due"],
    ["a long key", () => changed(24, 1n << 40n), "the header does not end within"],
    [
      "a long list",
      () => changed(placeOf("tokenizer.ggml.tokens") + 8, 1n << 34n),
      "does not end within",
    ],
    ["a value of no kind", () => changed(placeOf("general.architecture"), 99), "of kind 99"],
    [
      "another architecture",
      () => {
        const bytes = whole.slice();
        bytes.set(new TextEncoder().encode("mambo"), placeOf("general.architecture") + 12);
        return bytes;
      },
      'of the architecture "mambo"; of GGUF files heed reads llama',
    ],
    [
      "a tensor outside",
      () => changed(placeOf("output_norm.weight") + 4 + 8 + 4, 1n << 30n),
      "Is the download complete?",
    ],
    [
      "a tensor off its place",
      () => changed(placeOf("output_norm.weight") + 4 + 8 + 4, 7n),
      "no multiple of 32",
    ],
    [
      "a type of its own",
      () => changed(placeOf("output_norm.weight") + 4 + 8, 16),
      "type IQ2_XXS, which heed does not read",
    ],
    ["many axes", () => changed(placeOf("output_norm.weight"), 9), "9 axes, 4 are the most"],
    [
      "rows that blocks do not fill",
      () => changed(placeOf("token_embd.weight") + 4, 33n),
      "rows of 33 numbers, Q8_0 needs a multiple of 32",
    ],
    [
      "a token that is not there",
      () => changed(placeOf("tokenizer.ggml.bos_token_id") + 4, 9999),
      "bos_token_id must be below",
    ],
  ] as const)("%s", async (_, bytes, message) => {
    await expect(opened(bytes())).rejects.toThrow(message);
  });

  test("cut anywhere, it is an error with its name", async () => {
    for (const length of [0, 3, 20, 100, 1000, whole.length >> 1, whole.length - 1])
      await expect(opened(whole.slice(0, length))).rejects.toThrow(/m\.gguf/);
  });

  test("whatever bytes of the header are others, it opens or is refused by name", async () => {
    let seed = 5;
    const random = (below: number) => {
      seed = (seed * 1103515245 + 12345) & 0x7fffffff;
      return seed % below;
    };
    for (let n = 0; n < 80; n++) {
      const bytes = whole.slice();
      for (let k = 0; k <= n % 3; k++) bytes[random(6000)] = random(256);
      await opened(bytes).then(
        (model) => model.dispose(),
        (error: unknown) => expect(error).toBeInstanceOf(HeedError),
      );
    }
  });

  test("a folder's file is read in ranges", async () => {
    const file = join(made, "model.gguf");
    writeFileSync(file, whole);
    const source = folderSource(made);
    const reads: number[] = [];
    const watched = {
      ...source,
      read: (name: string, start: number, end: number, into?: Uint8Array) => {
        reads.push(end - start);
        return source.read(name, start, end, into);
      },
    };
    const checkpoint = await openCheckpoint(watched);
    const before = reads.length;
    await checkpoint.readRange("model.embed_tokens.weight", 40, 41);
    expect(reads.slice(before)).toEqual([34]);
    await checkpoint.close();
  });
});
