import fc from "fast-check";
import { expect, test } from "vitest";
import { MinHeap } from "./min-heap.ts";

test("gives numbers back in order", () => {
  fc.assert(
    fc.property(fc.array(fc.nat()), (numbers) => {
      const heap = new MinHeap();
      for (const number of numbers) heap.push(number);
      const sorted = numbers.map(() => heap.pop());
      expect(sorted).toEqual([...numbers].sort((a, b) => a - b));
      expect(heap.size).toBe(0);
    }),
    { seed: 1 },
  );
});
