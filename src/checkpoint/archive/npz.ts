import { CheckpointError } from "../../errors/errors.ts";
import { short } from "../../errors/visible.ts";
import type { StoredType } from "../checkpoint.ts";
import { bytesPerElement, toFloat32, toInt32 } from "../numbers.ts";
import type { TraceTensor } from "../trace-file.ts";
import { unzipped } from "./zip.ts";

/** NumPy's names of types, and those heed has for them. */
const types: Readonly<Record<string, StoredType>> = {
  "<f2": "F16",
  "<f4": "F32",
  "<f8": "F64",
  "<i2": "I16",
  "<i4": "I32",
  "<i8": "I64",
  "|i1": "I8",
  "|u1": "U8",
  "|b1": "BOOL",
};

/** The arrays of an .npz file (numpy.savez), by their names: floats as float32, integers as int32. Throws CheckpointError for a broken file. */
export function readNpz(bytes: Uint8Array, place: string): Map<string, TraceTensor> {
  return new Map(
    [...unzipped(bytes, place)].map(([name, file]) => {
      const own = name.replace(/\.npy$/, "");
      return [own, readNpy(file, `${place}: ${short(own)}`)];
    }),
  );
}

/** One array (numpy.lib.format, versions 1 to 3). */
function readNpy(bytes: Uint8Array, place: string): TraceTensor {
  const isNpy = bytes[0] === 0x93 && String.fromCharCode(...bytes.subarray(1, 6)) === "NUMPY";
  if (!isNpy || bytes.length < 12) throw new CheckpointError(`${place}: is no array of NumPy`);
  const isWide = bytes[6]! > 1;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = (isWide ? 12 : 10) + (isWide ? view.getUint32(8, true) : view.getUint16(8, true));
  const header = new TextDecoder().decode(bytes.subarray(isWide ? 12 : 10, start));
  const descr = /'descr':\s*'([^']*)'/.exec(header)?.[1] ?? "";
  const sizes = /'shape':\s*\(([\d,\s]*)\)/.exec(header)?.[1];
  const type = types[descr];
  if (sizes === undefined || type === undefined)
    throw new CheckpointError(
      `${place}: is an array of ${short(descr) || "no type"}; heed reads ${Object.keys(types).join(", ")}`,
    );
  if (/'fortran_order':\s*True/.test(header))
    throw new CheckpointError(
      `${place}: is stored column by column. Save it row by row: numpy.ascontiguousarray(array)`,
    );
  const shape = sizes
    .split(",")
    .map((size) => size.trim())
    .filter((size) => size !== "")
    .map(Number);
  const count = shape.reduce((product, size) => product * size, 1);
  if (!Number.isSafeInteger(count))
    throw new CheckpointError(
      `${place}: its shape (${short(sizes)}) holds more numbers than can be counted`,
    );
  const end = start + count * bytesPerElement(type);
  if (end > bytes.length)
    throw new CheckpointError(
      `${place}: its header says ${count} numbers, and the file ends before them`,
    );
  // A copy begins where numbers may begin.
  const stored = bytes.slice(start, end);
  const data = type.includes("F") ? toFloat32(type, stored) : toInt32(type, stored, place);
  return { type, shape, data };
}
