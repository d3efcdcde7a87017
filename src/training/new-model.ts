import { expectKeys } from "../errors/options.ts";
import type { RawConfig } from "../families/config.ts";
import { familyOf } from "../families/families.ts";
import { Parameters } from "../families/parameters.ts";
import { initialNumbers } from "./initial-values.ts";
import { modelSafetensors } from "./stored-tensors.ts";

/** Files of a checkpoint, by name. */
export type ModelFiles = Readonly<Record<string, Uint8Array>>;

/**
 * The files of a new, untrained model: its weights begin as transformers' own class would begin them (same distributions, drawn from the
 * seed), under the names its files have. `load` opens them, and so does Python. `others` are files that come along: a tokenizer's.
 */
export async function newModel(
  config: RawConfig,
  options: { readonly seed?: number; readonly others?: ModelFiles } = {},
): Promise<ModelFiles> {
  expectKeys(options, { seed: true, others: true }, "newModel");
  const { seed = 0, others = {} } = options;
  const family = await familyOf(config, "new model");
  const parameters = new Parameters({ label: "new model", checkpoint: undefined });
  family.open(config, parameters);
  const numbers = parameters.list.map((parameter, stream) => ({
    parameter,
    numbers: initialNumbers(parameter, config, { seed, stream }),
  }));
  return {
    "config.json": configFile(config),
    ...others,
    "model.safetensors": modelSafetensors(numbers),
  };
}

/** Settings that transformers wants to be written with a point: 1.0, which is 1 here. */
const broken = /(dropout|pdrop|_prob|_factor|_eps|epsilon|_range|_theta|_rate)$/;

/** config.json as Python reads it: numbers that it takes for parts of one keep their point. */
export function configFile(config: RawConfig): Uint8Array {
  const lines = JSON.stringify(config, null, 2).replace(
    /^( {2}"(\w+)": -?\d+)(?=,?$)/gm,
    (line, _, name: string) => (broken.test(name) ? `${line}.0` : line),
  );
  return new TextEncoder().encode(`${lines}\n`);
}

/** A value as a JSON file. */
export function jsonFile(value: unknown): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`);
}
