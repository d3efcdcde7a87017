import { describe, expect, test } from "vitest";
import { type Block, Heap, spaceFor } from "./heap.ts";

/** A heap over plain buffers, whose regions lie far apart. */
function heap(): Heap {
  let address = 0;
  return new Heap(
    (bytes) => {
      address += 2 ** 32;
      return { buffer: new ArrayBuffer(bytes), offset: 0, address, bytes };
    },
    { regionBytes: 1 << 16, isShared: true },
  );
}

describe("heap", () => {
  test("blocks never overlap, and what was given back is used again", () => {
    const memory = heap();
    const held: Block[] = [];
    let state = 7;
    const random = (below: number) => {
      state = (state * 1103515245 + 12345) % 2 ** 31;
      return state % below;
    };
    for (let step = 0; step < 3000; step++) {
      if (held.length > 0 && random(2) === 0)
        memory.release(held.splice(random(held.length), 1)[0]!);
      else held.push(memory.allocate(random(3000), "block"));
      const places = held
        .map(({ region, start, bytes }) => ({ at: region.address + start, space: spaceFor(bytes) }))
        .sort((a, b) => a.at - b.at);
      for (const [index, { at, space }] of places.entries())
        if (index > 0)
          expect(at).toBeGreaterThanOrEqual(places[index - 1]!.at + places[index - 1]!.space);
        else expect(space).toBeGreaterThan(0);
    }
    for (const block of held) memory.release(block);
    expect(memory.used).toBe(0);
    const before = memory.held;
    memory.allocate((1 << 16) - 1024, "as long as a region");
    expect(memory.held).toBe(before);
  });

  test("memory given back twice is an error", () => {
    const memory = heap();
    const blocks = [
      memory.allocate(100, "a"),
      memory.allocate(100, "b"),
      memory.allocate(100, "c"),
    ];
    for (const block of blocks) memory.release(block);
    for (const block of blocks) expect(() => memory.release(block)).toThrow("given back twice");
  });
});
