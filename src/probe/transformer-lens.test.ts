import fc from "fast-check";
import { zipSync } from "fflate";
import { expect, test } from "vitest";
import { siteKinds } from "./sites.ts";
import {
  readTransformerLensCache,
  traceOfTransformerLens,
  transformerLensName,
} from "./transformer-lens.ts";

const floats = (shape: readonly number[], from = 0) => ({
  type: "F32" as const,
  shape,
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, n) => n + from),
});

test("names go there and back, where they mean the same tensor", () => {
  const layer = fc.nat({ max: 40 });
  fc.assert(
    fc.property(layer, fc.constantFrom(...siteKinds), (number, kind) => {
      const site = kind.of === "layer" ? `layers.${number}.${kind.name}` : kind.name;
      const name = transformerLensName(site);
      const { transformerLens } = kind;
      if (!transformerLens) {
        expect(name).toBeUndefined();
        return;
      }
      const there = `${kind.of === "layer" ? `blocks.${number}.` : ""}${transformerLens.name}`;
      const cache = new Map([[there, floats(kind.axes.map(() => 2))]]);
      const { trace, left } = traceOfTransformerLens(cache);
      if (transformerLens.differs?.startsWith("there ")) {
        expect(name).toBeUndefined();
        expect(left[0]!.reason).toContain("is not heed's");
      } else {
        expect(name).toBe(there);
        expect(trace.sites).toEqual([site]);
      }
    }),
  );
});

test("axes by position become axes by head, and a batch axis is added", () => {
  const { trace } = traceOfTransformerLens(
    new Map([
      ["blocks.0.attn.hook_q", floats([1, 3, 2, 4])],
      ["blocks.0.attn.hook_z", floats([3, 2, 4])],
      ["blocks.0.attn.hook_pattern", floats([2, 3, 3])],
      ["blocks.0.hook_resid_post", floats([1, 3, 8])],
    ]),
  );
  expect(trace.get("layers.0.q").shape).toEqual([1, 2, 3, 4]);
  // [0, position 2, head 1, number 3]
  expect(trace.get("layers.0.q").at(0, 1, 2, 3)).toBe((2 * 2 + 1) * 4 + 3);
  expect(trace.get("layers.0.mixed").at(0, 1, 2, 3)).toBe(trace.get("layers.0.q").at(0, 1, 2, 3));
  expect(trace.get("layers.0.weights").shape).toEqual([1, 2, 3, 3]);
  expect(trace.row("layers.0.weights", { head: 1, query: 2 }).data).toEqual(
    Float32Array.of(15, 16, 17),
  );
});

/** An array as numpy.save writes it. */
function npy(descr: string, shape: string, numbers: Uint8Array, isFortran = "False"): Uint8Array {
  const dict = `{'descr': '${descr}', 'fortran_order': ${isFortran}, 'shape': (${shape}), }`;
  const header = `${dict.padEnd(117)}\n`;
  const start = [0x93, ...new TextEncoder().encode("NUMPY"), 1, 0, header.length, 0];
  return Uint8Array.from([...start, ...new TextEncoder().encode(header), ...numbers]);
}

/** The bytes with one of them another. */
function damaged(bytes: Uint8Array, at: number): Uint8Array {
  const other = bytes.slice();
  other[at]! ^= 1;
  return other;
}

const bytesOf = (numbers: Float32Array | Float64Array) => new Uint8Array(numbers.buffer);

test("an .npz file is read, float64 too; what is broken or column by column is refused", () => {
  const pattern = npy("<f8", "1, 1, 2, 2", bytesOf(Float64Array.of(1, 0, 0.25, 0.75)));
  const stream = npy("<f4", "1, 2, 1", bytesOf(Float32Array.of(7, 8)));
  const cache = readTransformerLensCache(
    zipSync({
      "blocks.3.attn.hook_pattern.npy": pattern,
      "blocks.3.hook_resid_pre.npy": stream,
      "blocks.3.mlp.hook_pre.npy": stream,
    }),
    "cache.npz",
  );
  expect(cache.trace.get("layers.3.weights").data).toEqual(Float32Array.of(1, 0, 0.25, 0.75));
  expect(cache.trace.get("layers.3.input").data).toEqual(Float32Array.of(7, 8));
  expect(cache.left).toEqual([{ name: "blocks.3.mlp.hook_pre", reason: "heed has no such site" }]);
  const zipped = (file: Uint8Array) => zipSync({ "blocks.0.attn.hook_pattern.npy": file });
  const refused: [Uint8Array, string][] = [
    [zipped(npy("<f4", "1, 1, 2, 2", new Uint8Array(4))), "the file ends before them"],
    [zipped(npy("<f4", "1, 1, 1, 1", new Uint8Array(4), "True")), "column by column"],
    [zipped(npy("|O", "1", new Uint8Array(4))), "an array of |O"],
    [zipped(new Uint8Array(20)), "is no array of NumPy"],
    [Uint8Array.of(0x50, 0x4b, 3, 4, 9, 9), "the zip has no end record"],
    [zipped(stream.subarray(0, 11)), "is no array of NumPy"],
    [zipped(npy("<f4", "9007199254740993, 9", new Uint8Array(4))), "more numbers than can be"],
    [damaged(zipSync({ "a.npy": stream }, { level: 0 }), 150), "a.npy: its checksum is wrong"],
    [zipSync({ "a.npy": stream }), "holds no activation"],
    [new Uint8Array(3), "too few for safetensors"],
  ];
  for (const [bytes, message] of refused)
    expect(() => readTransformerLensCache(bytes, "cache")).toThrow(message);
});
