import { expect, test } from "vitest";
import { Parts } from "./parts.ts";
import { Room } from "./room.ts";

const MB = 1024 * 1024;

test("the first part is put together when it has doubled, and when it is whole", () => {
  const parts = new Parts(new Room());
  const lengths: (number | undefined)[] = [];
  for (const [at, bytes] of [
    [0, 2],
    [2, 1],
    [3, 1],
  ] as const) {
    parts.put(0, at * MB, new Uint8Array(bytes * MB), true);
    lengths.push(parts.first()?.length);
  }
  expect(lengths).toEqual([2 * MB, undefined, 4 * MB]);
  expect(parts.first()).toBeUndefined();
});
