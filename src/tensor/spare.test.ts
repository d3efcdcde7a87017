import { expect, test } from "vitest";
import { Spare } from "./spare.ts";

test("memory is lent again, to one at a time, and never too short", async () => {
  const spare = new Spare();
  const buffers: ArrayBufferLike[] = [];
  const borrow = (length: number, during?: () => Promise<void>) =>
    spare.lend(length, async (memory) => {
      expect(memory.length).toBe(length);
      buffers.push(memory.buffer);
      await during?.();
    });
  await borrow(10, () => borrow(10));
  await borrow(8);
  await borrow(20);
  expect(buffers[1]).not.toBe(buffers[0]);
  expect(buffers.slice(0, 2)).toContain(buffers[2]);
  expect(buffers.slice(0, 2)).not.toContain(buffers[3]);
  spare.clear();
  await borrow(10);
  expect(buffers.slice(0, 4)).not.toContain(buffers[4]);
});

test("what went wrong is told, and the memory comes back", async () => {
  const spare = new Spare();
  const lost: ArrayBufferLike[] = [];
  const failing = spare.lend(4, async ({ buffer }) => {
    lost.push(buffer);
    throw new Error("torn");
  });
  await expect(failing).rejects.toThrow("torn");
  await spare.lend(4, async ({ buffer }) => expect(buffer).toBe(lost[0]));
});
