import { InputError } from "../errors/errors.ts";

/** What can carry out a model's arithmetic: "auto" takes the fastest that works here, the others are one of its kinds, or the plain definition. */
export const backendNames = ["auto", "native", "avx512", "avx2", "wasm", "reference"] as const;
export type BackendName = (typeof backendNames)[number];

/** How a model's weights are kept and what computes with them. */
export interface BackendOptions {
  /** What computes; HEED_BACKEND overrides. */
  readonly backend?: BackendName;
  /** How learned matrices are kept: "half" takes half the memory, 16-bit files as they are, f32 files rounded to float16 after a range check. Sums stay f32. */
  readonly dtype?: "f32" | "half";
}

/** A backend's name. Throws InputError that lists the names for any other. */
export function checkedName(name: string): BackendName {
  const found = backendNames.find((known) => known === name);
  if (!found)
    throw new InputError(`backend "${name}" is not known; known are ${backendNames.join(", ")}`);
  return found;
}

/** Throws InputError for a way to keep weights that there is not. */
export function checkedDtype(dtype: string): "f32" | "half" {
  if (dtype !== "f32" && dtype !== "half")
    throw new InputError(`dtype "${dtype}" is not known; known are f32, half`);
  return dtype;
}
