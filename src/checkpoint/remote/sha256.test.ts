import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { Sha256 } from "./sha256.ts";

test("SHA-256 in pieces is that of the whole, of every length around a block", () => {
  const bytes = Uint8Array.from({ length: 1000 }, (_, n) => (n * n * 31 + n) % 256);
  for (let length = 0; length <= 260; length++) {
    const hash = new Sha256();
    for (let at = 0, size = 1; at < length; at += size, size = (size * 7 + 3) % 97)
      hash.update(bytes.subarray(at, Math.min(length, at + size)));
    const expected = createHash("sha256").update(bytes.subarray(0, length)).digest("hex");
    expect(hash.digest()).toBe(expected);
  }
});
