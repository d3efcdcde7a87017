import { expect, test, vi } from "vitest";
import { Keeper } from "./keeper.ts";
import { Keeping } from "./keeping.ts";
import { Pieces } from "./pieces.ts";

const MiB = 1024 * 1024;

/** A storage that takes its time: what is put there waits until it is let in. */
function slowStorage() {
  const entering: (() => void)[] = [];
  const file = {
    has: () => false,
    get: async () => undefined,
    put: () => new Promise<void>((resolve) => entering.push(resolve)),
  };
  return { file, entering };
}

test("what waits to be kept is bounded over all files of a source, and kept one after the other", async () => {
  const keeper = new Keeper();
  const { file, entering } = slowStorage();
  const files = Array.from({ length: 3 }, () => new Keeping(keeper));
  for (const one of files) one.file = file;
  const pieces = new Pieces();
  pieces.add(new Uint8Array(16 * MiB));
  let came = 0;
  let isDone = false;
  const coming = (async () => {
    for (let part = 0; part < 4; part++)
      for (const one of files) {
        await one.room();
        one.add(part, pieces, true);
        came++;
      }
    isDone = true;
  })();
  for (let entered = 0; entered < 12; entered++) {
    await vi.waitFor(() => expect(entering.length).toBeGreaterThan(0), 10_000);
    expect(entering).toHaveLength(1);
    // One more than the bound may have come when it was looked at.
    expect(keeper.bytes).toBeLessThanOrEqual((64 + 16) * MiB);
    expect(came - entered).toBeLessThanOrEqual(5);
    entering.shift()!();
    await new Promise((resolve) => setTimeout(resolve));
  }
  await coming;
  expect(isDone).toBe(true);
  await Promise.all(files.map((one) => one.settled()));
  expect(keeper.bytes).toBe(0);
});
