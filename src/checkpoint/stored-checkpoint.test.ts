import { expect, test } from "vitest";
import { memorySource } from "./memory.ts";
import { storedCheckpoint } from "./stored-checkpoint.ts";

// Two rows of three, stored column by column, of 16 bits each.
const columns = Uint16Array.of(1, 4, 2, 5, 3, 6);
const tensors = new Map([
  [
    "turned",
    {
      ...{ name: "turned", type: "F16", shape: [2, 3], strides: [1, 2], file: "weights" },
      locate: async () => 0,
      span: [0, 12] as const,
    },
  ],
]);

test("memory that moves while bytes come is asked for when they are there", async () => {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 3 });
  const source = memorySource({ weights: new Uint8Array(columns.buffer) });
  const read: typeof source.read = async (...range) => {
    const bytes = await source.read(...range);
    memory.grow(1);
    return bytes;
  };
  const pour = async () => expect.fail("what lies otherwise in its file is not poured");
  const checkpoint = storedCheckpoint({ ...source, read, pour }, {}, tensors);
  await checkpoint.readBytes("turned", 0, 6, () => new Uint8Array(memory.buffer, 0, 12));
  expect([...new Uint16Array(memory.buffer, 0, 6)]).toEqual([1, 2, 3, 4, 5, 6]);
});
