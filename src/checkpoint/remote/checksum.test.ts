import { expect, test } from "vitest";
import { Checksum } from "./checksum.ts";
import { Pieces } from "./pieces.ts";

const bytes = Uint8Array.from({ length: 4096 }, (_, i) => (i * 31 + (i >> 8)) & 255);

function sumOf(...pieces: readonly Uint8Array[]): string {
  const sum = new Checksum();
  for (const piece of pieces) sum.update(piece);
  return sum.digest();
}

test("the accumulators are xxHash32's: finished as it finishes them they are what the xxhash library gives", () => {
  const digits = sumOf(bytes).slice(0, 32).match(/.{8}/g)!;
  const turned = digits.map((eight, place) => {
    const [word, by] = [Number.parseInt(eight, 16), [1, 7, 12, 18][place]!];
    return (word << by) | (word >>> (32 - by));
  });
  let hash = turned.reduce((sum, word) => (sum + word) | 0, bytes.length);
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca77);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae3d);
  // python: xxhash.xxh32(bytes((i * 31 + (i >> 8)) & 255 for i in range(4096))).hexdigest()
  expect(((hash ^ (hash >>> 16)) >>> 0).toString(16)).toBe("a672fc1b");
});

test("pieces of any length and place give the same, and any other byte, or one more, another", () => {
  const whole = sumOf(bytes.subarray(0, 4001));
  for (const cut of [1, 3, 15, 16, 17, 1000, 3999])
    expect(sumOf(bytes.subarray(0, cut), bytes.subarray(cut, 4001)), `${cut}`).toBe(whole);
  for (const place of [0, 5, 2000, 4000]) {
    const changed = bytes.slice(0, 4001);
    changed[place]! ^= 0x80;
    expect(sumOf(changed), `${place}`).not.toBe(whole);
  }
  expect(sumOf(bytes.subarray(0, 4001), Uint8Array.of(0))).not.toBe(whole);
});

test("pieces are read across their ends, and compared as far as they reach", () => {
  const pieces = new Pieces();
  for (const [start, end] of [
    [0, 10],
    [10, 10],
    [10, 11],
    [11, 300],
  ] as const)
    pieces.add(bytes.subarray(start, end));
  const into = new Uint8Array(30);
  pieces.copy(5, 30, into);
  expect([...into.subarray(0, 25)]).toEqual([...bytes.subarray(5, 30)]);
  expect([...pieces.joined()]).toEqual([...bytes.subarray(0, 300)]);
  expect(pieces.matches(8, bytes.subarray(8, 400))).toBe(true);
  expect(pieces.matches(8, bytes.subarray(9, 400))).toBe(false);
});
