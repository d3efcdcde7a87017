import { MessageChannel } from "node:worker_threads";
import { expect, test } from "vitest";
import { planInWorker, planner, servePlanner } from "../../src/explore/index.ts";
import { ConfigError, InputError } from "../../src/index.ts";
import { presets } from "../../src/models/presets/presets.ts";

const own = planner();

test("the table has every preset, with its family's agreement where one was recorded", async () => {
  const known = await own.known();
  expect(known.map(({ name }) => name)).toEqual(presets.map(({ name }) => name));
  const bert = known.find(({ name }) => name === "bert-base")!;
  expect(bert).toMatchObject({ family: "bert", kind: "encoder", parameters: 109482240 });
  expect(bert.agreement!.passes).toBeGreaterThan(0);
  expect(new Set(known.map(({ kind }) => kind)).size).toBe(6);
});

test("memory: weights by type, and attention weights that grow with the square of the text", async () => {
  const { weightBytes, counts, longest, by } = await own.memory("gpt2", 512);
  expect({ weightBytes, longest, by }).toEqual({
    weightBytes: { float32: 4 * 124439808, float16: 2 * 124439808, int8: 124439808 },
    longest: 1024,
    by: "tokens",
  });
  expect(counts.map(({ tokens }) => tokens)).toEqual([1, 64, 128, 192, 256, 320, 384, 448, 512]);
  for (const { tokens, weightsTensorBytes, cacheBytes } of counts) {
    expect(weightsTensorBytes).toBe(4 * 12 * 12 * tokens ** 2);
    expect(cacheBytes).toBe(4 * 2 * 12 * 768 * tokens);
  }
});

test("windows are counted as they are kept: not with the square of the text", async () => {
  const { counts } = await own.memory("longformer-base", 4096);
  const [half, whole] = [counts[4]!, counts[8]!];
  expect(half.weightsTensorBytes).toBeGreaterThan(0);
  expect(whole.weightsTensorBytes / half.weightsTensorBytes).toBeCloseTo(2, 1);
});

test("a text is no longer than the model reads; pictures are counted one to eight", async () => {
  const { counts } = await own.memory("bert-base", 4096);
  expect(counts.at(-1)!.tokens).toBe(512);
  const pictures = await own.memory("vit-b16", 4096);
  expect(pictures.by).toBe("pictures");
  expect(pictures.counts.map(({ tokens, batch }) => [tokens, batch])).toEqual(
    Array.from({ length: 8 }, (_, place) => [197, place + 1]),
  );
});

test("of two towers each is counted by itself", async () => {
  const vision = await own.memory("clip-vit-b32", 64, "vision");
  const text = await own.memory("clip-vit-b32", 64, "text");
  expect([vision.by, vision.counts[0]!.tokens]).toEqual(["pictures", 50]);
  expect([text.by, text.longest, text.counts.at(-1)!.tokens]).toEqual(["tokens", 77, 64]);
  const known = (await own.known()).find(({ name }) => name === "clip-vit-b32")!;
  const both = vision.weightBytes.int8 + text.weightBytes.int8;
  // Both towers, but for the one number that scales their likeness and what joins them.
  expect(both).toBeLessThanOrEqual(known.parameters);
  expect(both).toBeGreaterThan(0.98 * known.parameters);
  await expect(own.memory("gpt2", 64, "text")).rejects.toThrow(ConfigError);
});

test("what cannot be counted is refused by name", async () => {
  await expect(own.memory("gpt-9", 512)).rejects.toThrow(/"gpt-9".*known\(\)/);
  await expect(own.memory("clip-vit-b32", 64)).rejects.toThrow(/Say which: "vision" or "text"/);
  await expect(own.memory("gpt2", 4)).rejects.toThrow(/up to 4 tokens/);
  await expect(own.memory({ model_type: "no-such" }, 64)).rejects.toThrow(ConfigError);
});

test("a worker counts the same", async () => {
  const { port1, port2 } = new MessageChannel();
  servePlanner(port1 as never);
  const elsewhere = await planInWorker(port2 as never);
  expect(await elsewhere.memory("bert-base", 64)).toEqual(await own.memory("bert-base", 64));
  expect(await elsewhere.memory("clip-vit-b32", 64, "text")).toEqual(
    await own.memory("clip-vit-b32", 64, "text"),
  );
  await expect(elsewhere.memory("gpt-9", 64)).rejects.toThrow(InputError);
  await elsewhere.dispose();
  port1.close();
});
