import { givenInputs } from "../models/input-names.ts";
import type { Run } from "../models/run.ts";

/** Numbers with a shape, as files of tensors hold them. */
export interface Named {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

/** What a run was given and what it read, by name: `input.ids` (B, T), `layers.0.weights` (B, H, T, S). Rows that were kept are made. */
export function namedTensors({ inputs, trace }: Run): Map<string, Named> {
  const named = new Map<string, Named>();
  for (const [name, given] of givenInputs(inputs)) named.set(`input.${name}`, given);
  for (const site of trace.sites) named.set(site, trace.get(site));
  return named;
}
