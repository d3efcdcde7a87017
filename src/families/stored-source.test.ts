import { expect, test, vi } from "vitest";
import { memorySource } from "../checkpoint/memory.ts";
import { openCheckpoint } from "../checkpoint/open.ts";
import { encodeSafetensors } from "../checkpoint/safetensors.ts";
import { Spare } from "../tensor/spare.ts";
import { storedSource } from "./stored-source.ts";

const halves = Uint16Array.of(0x3c00, 0x4000, 0x4200, 0x4400, 0x4500, 0x4600);
const files = {
  "config.json": new TextEncoder().encode("{}"),
  "model.safetensors": encodeSafetensors({
    a: { type: "F16", shape: [3, 2], bytes: new Uint8Array(halves.buffer) },
  }),
};

test.each([true, false])(
  "halves are read into memory that threads share, where a source fills it: %s",
  async (fillsShared) => {
    const checkpoint = await openCheckpoint({ ...memorySource(files), fillsShared });
    const readBytes = vi.spyOn(checkpoint, "readBytes");
    const source = storedSource({ label: "here", checkpoint }, new Spare(), "a", {
      shape: [3, 2],
      role: "matrix",
    });
    for (const Buffer of [SharedArrayBuffer, ArrayBuffer]) {
      const target = new Uint16Array(new Buffer(8));
      await source.halves!(1, 3, () => target);
      expect([...target]).toEqual([...halves.subarray(2)]);
      const into = readBytes.mock.lastCall![3] as Uint8Array;
      expect(into.buffer === target.buffer).toBe(fillsShared && Buffer === SharedArrayBuffer);
    }
  },
);
