import { expect, test } from "vitest";
import { Parts } from "./parts.ts";
import { Room } from "./room.ts";

const MB = 1024 * 1024;

test("the first part is put together when it has doubled, and when it is whole", () => {
  const parts = new Parts(new Room());
  const lengths: (number | undefined)[] = [];
  for (const [at, bytes] of [
    [0, 1],
    [1, 0.5],
    [1.5, 1.5],
    [3, 1],
  ] as const) {
    parts.put(0, at * MB, new Uint8Array(bytes * MB), true);
    lengths.push(parts.first()?.length);
  }
  expect(lengths).toEqual([MB, undefined, 3 * MB, 4 * MB]);
  expect(parts.first()).toBeUndefined();
});
