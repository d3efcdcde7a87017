import type { Run } from "../models/run.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Numbers with a shape, as files of tensors hold them. */
export interface Named {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

/** What a run was given and what it read, by name: `input.ids` (B, T), `layers.0.weights` (B, H, T, S). Rows that were kept are made. */
export function namedTensors({ inputs, trace }: Run): Map<string, Named> {
  const { batch, length, decoder } = inputs;
  const named = new Map<string, Named>();
  const integers = (name: string, data: Int32Array | undefined, width = length) => {
    if (data) named.set(`input.${name}`, { shape: [batch, width], data });
  };
  const floats = (name: string, tensor: Tensor | undefined) => {
    if (tensor) named.set(`input.${name}`, tensor);
  };
  for (const name of ["ids", "mask", "types", "positions", "globalMask"] as const)
    integers(name, inputs[name]);
  if (decoder) {
    integers("decoderIds", decoder.ids, decoder.length);
    integers("decoderMask", decoder.mask, decoder.length);
  }
  for (const name of ["pixels", "permMask", "targetMapping"] as const) floats(name, inputs[name]);
  for (const site of trace.sites) named.set(site, trace.get(site));
  return named;
}
