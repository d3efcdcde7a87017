import { encodeSafetensors, namedBytes } from "../checkpoint/safetensors.ts";
import { traceFormat } from "../checkpoint/trace-file.ts";
import { expectKeys } from "../errors/options.ts";
import type { Run } from "../models/run.ts";
import { type NamedOptions, namedTensors } from "./named.ts";

/**
 * A run as a safetensors file, which Python opens (`safetensors.numpy.load_file`): what went in as `input.…`, every site that was read by its
 * name, the model and the tokens in the metadata. heed reads it again as a recorded trace; under TransformerLens's names, by `readTransformerLensCache`.
 */
export function traceSafetensors(run: Run, options: NamedOptions = {}): Uint8Array {
  expectKeys(options, { names: true }, "traceSafetensors");
  const tensors = [...namedTensors(run, options)].map(
    ([name, { shape, data }]) => [name, namedBytes(shape, data)] as const,
  );
  return encodeSafetensors(Object.fromEntries(tensors), {
    ...(options.names === "tl" ? {} : { format: traceFormat }),
    ...(run.madeBy && { model: run.madeBy.label }),
    tokens: JSON.stringify(run.tokens.map((row) => row.map(({ surface }) => surface))),
  });
}
