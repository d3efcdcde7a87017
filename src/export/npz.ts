import { zipSync } from "fflate";
import { expectKeys } from "../errors/options.ts";
import type { Run } from "../models/run.ts";
import { type Named, type NamedOptions, namedTensors } from "./named.ts";

/** The earliest day a zip can name, as numpy has it: the same run gives the same file. */
const earliest = new Date(1980, 0, 1);

/**
 * A run as an .npz file, which NumPy opens (`numpy.load`): what went in as `input.…`, every site that was read by its name, or by
 * that of TransformerLens. Uncompressed, since attention hardly packs.
 */
export function traceNpz(run: Run, options: NamedOptions = {}): Uint8Array {
  expectKeys(options, { names: true }, "traceNpz");
  const files = [...namedTensors(run, options)].map(
    ([name, named]) => [`${name}.npy`, npy(named)] as const,
  );
  return zipSync(Object.fromEntries(files), { level: 0, mtime: earliest });
}

/** An array in NumPy's format 1.0 (numpy.lib.format): a magic word, a header as a Python dict, the numbers. */
export function npy({ shape, data }: Named): Uint8Array {
  const type = data instanceof Float32Array ? "<f4" : "<i4";
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const dict = `{'descr': '${type}', 'fortran_order': False, 'shape': (${sizes}), }`;
  const start = 10;
  // The numbers begin at a multiple of 64, as NumPy writes them.
  const headerLength = Math.ceil((start + dict.length + 1) / 64) * 64 - start;
  const header = `${dict.padEnd(headerLength - 1)}\n`;
  const file = new Uint8Array(start + headerLength + data.byteLength);
  file.set([
    0x93,
    ...new TextEncoder().encode("NUMPY"),
    1,
    0,
    headerLength % 256,
    headerLength >> 8,
  ]);
  file.set(new TextEncoder().encode(header), start);
  file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), start + headerLength);
  return file;
}
