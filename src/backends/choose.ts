import { InputError } from "../errors.ts";
import type { Backend } from "../tensor/backend.ts";
import { reference } from "./reference/reference.ts";

/** What can carry out a model's arithmetic. */
export type BackendName = "auto" | "reference";

const names: readonly BackendName[] = ["auto", "reference"];

/** A new backend by name; HEED_BACKEND in `environment` overrides. Throws InputError that lists the names. */
export async function backendFor(
  name: BackendName = "auto",
  environment: Readonly<Record<string, string | undefined>> = {},
): Promise<Backend> {
  const wanted = environment.HEED_BACKEND || name;
  if (!names.includes(wanted as BackendName))
    throw new InputError(`backend "${wanted}" is not known; known are ${names.join(", ")}`);
  return reference();
}
