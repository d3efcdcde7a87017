import { encodeSafetensors, namedBytes } from "../checkpoint/safetensors.ts";
import { traceFormat } from "../checkpoint/trace-file.ts";
import type { Run } from "../models/run.ts";
import { namedTensors } from "./named.ts";

/**
 * A run as a safetensors file, which Python opens (`safetensors.numpy.load_file`): what went in as `input.…`, every site that was read by its
 * name, the model and the tokens in the metadata. heed reads it again as a recorded trace.
 */
export function traceSafetensors(run: Run): Uint8Array {
  const tensors = [...namedTensors(run)].map(
    ([name, { shape, data }]) => [name, namedBytes(shape, data)] as const,
  );
  return encodeSafetensors(Object.fromEntries(tensors), {
    format: traceFormat,
    ...(run.madeBy && { model: run.madeBy.label }),
    tokens: JSON.stringify(run.tokens.map((row) => row.map(({ surface }) => surface))),
  });
}
