import { CheckpointError } from "../errors/errors.ts";
import { short } from "../errors/visible.ts";
import type { StoredType } from "./checkpoint.ts";
import { isStoredType, toFloat32, toInt32 } from "./numbers.ts";
import { parseSafetensors } from "./safetensors.ts";

/** The format that a recorded trace says in its metadata. */
export const traceFormat = "heed-trace-1";

/** One recorded tensor: floating types as float32, integers and BOOL as int32. */
export interface TraceTensor {
  readonly type: StoredType;
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

/** A recorded forward pass: its inputs (`input.ids`) and sites (`layers.0.weights`) by name. */
export interface RecordedTrace {
  /** Strings; `format`, `family` and `class` say what was recorded. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: ReadonlyMap<string, TraceTensor>;
}

/** Reads the bytes of a trace.safetensors of format "heed-trace-1"; throws CheckpointError for another format or a broken file. */
export function readTrace(bytes: Uint8Array, place: string): RecordedTrace {
  const { metadata, entries } = parseSafetensors(bytes, place);
  if (metadata.format !== traceFormat) throw otherFormat(metadata.format, place);
  const tensors = new Map<string, TraceTensor>();
  for (const { name, type, shape, start, end } of entries) {
    const where = `${place}: ${short(name)}`;
    if (!isStoredType(type))
      throw new CheckpointError(`${where} is stored as ${type}, which heed does not read`);
    const stored = bytes.subarray(start, end);
    const isFloat = type.includes("F");
    const data = isFloat ? toFloat32(type, stored) : toInt32(type, stored, where);
    tensors.set(name, { type, shape, data });
  }
  return { metadata, tensors };
}

function otherFormat(format: string | undefined, place: string): CheckpointError {
  if (format === undefined)
    return new CheckpointError(
      `${place}: not a heed trace: its metadata has no "format". Is this a checkpoint? A trace says format "${traceFormat}".`,
    );
  const isNewer = /^heed-trace-\d+$/.test(format);
  return new CheckpointError(
    `${place}: the trace's format is "${short(format)}", this version of heed reads "${traceFormat}". ${isNewer ? "Update heed, or record the trace again." : "Record the trace again in that format."}`,
  );
}
