import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Checkpoint } from "../../src/checkpoint/checkpoint.ts";
import { folderSource } from "../../src/checkpoint/folder.node.ts";
import { memorySource } from "../../src/checkpoint/memory.ts";
import { isStoredType, toFloat32 } from "../../src/checkpoint/numbers.ts";
import { openCheckpoint } from "../../src/checkpoint/open.ts";
import { readTrace } from "../../src/checkpoint/trace-file.ts";

const home = new URL("../golden/checkpoints/", import.meta.url).pathname;

/** As Python wrote it: values in full, or the SHA-256 of their float32 bytes. */
interface Expected {
  readonly type: string;
  readonly shape: readonly number[];
  readonly values?: readonly (number | string)[];
  readonly sha256?: string;
}

function expectedOf(name: string): [string, Expected][] {
  return Object.entries(JSON.parse(readFileSync(`${home}${name}/expected.json`, "utf8")));
}

const pythonNames: Record<string, number> = {
  nan: Number.NaN,
  inf: Number.POSITIVE_INFINITY,
  "-inf": Number.NEGATIVE_INFINITY,
};
const numbers = (values: readonly (number | string)[]) =>
  values.map((value) => (typeof value === "string" ? pythonNames[value]! : value));

async function withCheckpoint(name: string, body: (checkpoint: Checkpoint) => Promise<void>) {
  const checkpoint = await openCheckpoint(folderSource(`${home}${name}`));
  try {
    await body(checkpoint);
  } finally {
    await checkpoint.close();
  }
}

const cases = readdirSync(home, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== "refused")
  .map((entry) => entry.name);

describe.each(cases)("checkpoint %s", (name) => {
  test("lists the tensors that Python lists", () =>
    withCheckpoint(name, async ({ tensors }) => {
      const found = [...tensors.values()].map(({ name, type, shape }) => [name, { type, shape }]);
      const expected = expectedOf(name).map(([key, { type, shape }]) => [key, { type, shape }]);
      expect(Object.fromEntries(found)).toEqual(Object.fromEntries(expected));
    }));

  test("reads the values that Python reads, whole and in pieces", () =>
    withCheckpoint(name, async (checkpoint) => {
      for (const [key, { type, values, sha256 }] of expectedOf(name)) {
        if (!isStoredType(type)) {
          await expect(checkpoint.read(key)).rejects.toThrow(`${key} in `);
          await expect(checkpoint.read(key)).rejects.toThrow(`stored as ${type}`);
          continue;
        }
        const read = await checkpoint.read(key);
        if (sha256 !== undefined)
          expect(createHash("sha256").update(read).digest("hex"), key).toBe(sha256);
        else expect([...read], key).toEqual(numbers(values!));
        const middle = Math.floor(read.length / 3);
        const pieces = [
          ...(await checkpoint.readRange(key, 0, middle)),
          ...(await checkpoint.readRange(key, middle, read.length)),
        ];
        expect(pieces, key).toEqual([...read]);
        const bytes = await checkpoint.readBytes(key, middle, read.length);
        expect([...toFloat32(type, bytes)], key).toEqual([...read.subarray(middle)]);
        const memory = new Float32Array(read.length + 2).fill(7);
        const target = memory.subarray(1, 1 + read.length - middle);
        expect(await checkpoint.readRange(key, middle, read.length, target), key).toBe(target);
        expect([...memory.subarray(0, 2 + target.length)], key).toEqual([7, ...target, 7]);
        expect([...target], key).toEqual([...read.subarray(middle)]);
        const own = new Uint8Array(bytes.length);
        expect(await checkpoint.readBytes(key, middle, read.length, own), key).toBe(own);
        expect([...own], key).toEqual([...bytes]);
      }
    }));
});

describe("files that hold more than a state dict", () => {
  const config = new TextEncoder().encode("{}");
  test.each([
    ["module-zip.bin", 'the global "torch.nn.modules.linear.Linear"'],
    ["module-legacy.bin", 'the global "torch.nn.modules.linear.Linear"'],
    ["sparse.bin", 'the global "torch._utils._rebuild_sparse_tensor"'],
    ["numpy.bin", 'the global "numpy'],
    ["nested.bin", 'a dict of tensors under "a"'],
  ])("%s is refused: %s", async (file, message) => {
    const bytes = readFileSync(`${home}refused/${file}`);
    const source = memorySource({ "config.json": config, "pytorch_model.bin": bytes }, file);
    await expect(openCheckpoint(source)).rejects.toThrow(message);
    await expect(openCheckpoint(source)).rejects.toThrow(`${file}: pytorch_model.bin: `);
    if (file !== "nested.bin")
      await expect(openCheckpoint(source)).rejects.toThrow("Nothing was executed.");
  });
});

const shared = new URL("../../../shared/goldens/", import.meta.url).pathname;
const sharedCases = existsSync(shared)
  ? readdirSync(shared).filter((name) => existsSync(`${shared}${name}/config.json`))
  : [];

describe("recorded checkpoints beside the repository", () => {
  if (sharedCases.length === 0)
    test("checkpoint and trace are read to the end", ({ skip }) =>
      skip("there is no ../shared/goldens beside the repository"));
  test.each(sharedCases)("%s: checkpoint and trace are read to the end", async (name) => {
    const checkpoint = await openCheckpoint(folderSource(`${shared}${name}`));
    for (const [key, { shape }] of checkpoint.tensors)
      expect(await checkpoint.read(key)).toHaveLength(shape.reduce((a, b) => a * b, 1));
    const trace = readTrace(readFileSync(`${shared}${name}/trace.safetensors`), name);
    expect(trace.metadata.family).toBe(checkpoint.config.model_type);
    expect(trace.tensors.size).toBeGreaterThan(10);
    await checkpoint.close();
  });
});
