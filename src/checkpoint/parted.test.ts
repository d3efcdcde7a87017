import { expect, test } from "vitest";
import { memorySource } from "./memory.ts";
import { openCheckpoint } from "./open.ts";
import { partedSource } from "./parted.ts";
import { encodeSafetensors, namedBytes } from "./safetensors.ts";

const text = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const values = Float32Array.from({ length: 40 }, (_, index) => index);
const whole = encodeSafetensors({
  a: namedBytes([40], values),
  b: namedBytes([2], Float32Array.of(7, 8)),
});

function parted(size: number, changed: Record<string, Uint8Array> = {}) {
  const count = Math.ceil(whole.length / size);
  const parts = Array.from({ length: count }, (_, index) => `model.part-${index + 1}.bin`);
  const bytes = parts.map((_, index) => whole.slice(index * size, (index + 1) * size));
  return memorySource({
    "config.json": text({ model_type: "bert" }),
    "model.safetensors.parts.json": text({ parts }),
    ...Object.fromEntries(parts.map((file, index) => [file, bytes[index]!])),
    ...changed,
  });
}

test.each([1, 7, 100, 10_000])("a file in parts of %d bytes reads as one", async (size) => {
  const checkpoint = await openCheckpoint(parted(size));
  expect(await checkpoint.read("a")).toEqual(values);
  expect([...(await checkpoint.read("b"))]).toEqual([7, 8]);
  const part = new Float32Array(3);
  await checkpoint.readRange("a", 5, 8, part);
  expect([...part]).toEqual([5, 6, 7]);
});

test.each([1, 7, 100, 10_000])(
  "parts of %d bytes are poured into one stretch of memory, and asked for by their own ranges",
  async (size) => {
    const files = parted(size);
    const asked: string[] = [];
    const pouring = {
      ...files,
      pour: async (name: string, start: number, end: number, into: () => Uint8Array) =>
        into().set(await files.read(name, start, end)),
      expectRanges: (name: string, ranges: readonly (readonly [number, number])[]) =>
        void asked.push(...ranges.map(([start, end]) => `${name} ${start} ${end}`)),
    };
    const source = (await partedSource(pouring, "model.safetensors"))!;
    const bytes = new Uint8Array(whole.length - 3);
    await source.pour!("model.safetensors", 3, whole.length, () => bytes);
    expect(bytes).toEqual(whole.slice(3));
    source.expectRanges!("model.safetensors", [[3, whole.length]]);
    const told = asked.map((one) => one.split(" "));
    expect(told.reduce((sum, [, start, end]) => sum + Number(end) - Number(start), 0)).toBe(
      whole.length - 3,
    );
    expect(told.map(([name]) => name)).toEqual([...new Set(told.map(([name]) => name))]);
    await expect(
      source.pour!("model.safetensors", 0, whole.length + 1, () => bytes),
    ).rejects.toThrow("the file h");
  },
);

test("a list that names no files, leads out, or misses a part says so", async () => {
  const index = "model.safetensors.parts.json";
  const open = (content: unknown) => openCheckpoint(parted(50, { [index]: text(content) }));
  await expect(open({ parts: [] })).rejects.toThrow(
    `${index}: "parts" must be a list of file names`,
  );
  await expect(open({ parts: ["../x.bin"] })).rejects.toThrow("leads out");
  await expect(open({ parts: ["model.part-9.bin"] })).rejects.toThrow(
    "the part model.part-9.bin is missing",
  );
  await expect(open({ parts: ["model.part-1.bin"] })).rejects.toThrow(/bytes/);
});
