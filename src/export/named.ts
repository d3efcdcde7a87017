import { InputError } from "../errors/errors.ts";
import { givenInputs } from "../models/input-names.ts";
import type { Run } from "../models/run.ts";
import { transformerLensTensor } from "../probe/transformer-lens.ts";

/** Numbers with a shape, as files of tensors hold them. */
export interface Named {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

/** How what a run read is called in a file of tensors. */
export interface NamedOptions {
  /** "tl" for TransformerLens's names and axes, where it has the same tensor (`blocks.0.attn.hook_pattern`); heed's own if not given. */
  readonly names?: "heed" | "tl";
}

/** What a run was given and what it read, by name: `input.ids` (B, T), `layers.0.weights` (B, H, T, S). Rows that were kept are made. */
export function namedTensors(
  { inputs, trace }: Run,
  { names = "heed" }: NamedOptions = {},
): Map<string, Named> {
  if (names !== "heed" && names !== "tl")
    throw new InputError(`names: there are heed and tl (TransformerLens), got ${names}`);
  const named = new Map<string, Named>();
  for (const [name, given] of givenInputs(inputs)) named.set(`input.${name}`, given);
  for (const site of trace.sites) {
    const tensor = trace.get(site);
    const other = names === "tl" ? transformerLensTensor(site, tensor) : undefined;
    named.set(other?.name ?? site, other?.tensor ?? tensor);
  }
  return named;
}
