import { InputError } from "./errors.ts";
import { nearest } from "./nearest.ts";

/** Throws InputError for options that are no object, and for a key that no option has: most are misspelt. */
export function expectKeys(
  options: unknown,
  known: readonly string[],
  place: string,
): asserts options is object {
  if (typeof options !== "object" || options === null || Array.isArray(options))
    throw new InputError(
      `${place}: options are an object { ${known.slice(0, 2).join(", ")}, … }, got ${JSON.stringify(options)}`,
    );
  for (const key of Object.keys(options))
    if (!known.includes(key))
      throw new InputError(`${place}: there is no option "${key}"${nearest(key, known)}`);
}

/** Throws InputError for an option that is yes or no and is given as something else: 0, "false". */
export function expectFlags(flags: Readonly<Record<string, unknown>>, place: string): void {
  for (const [name, value] of Object.entries(flags))
    if (value !== undefined && typeof value !== "boolean")
      throw new InputError(`${place}: ${name} is ${JSON.stringify(value)}, needs true or false`);
}

/** Throws InputError where a list of sites is something else: one site alone, say. */
export function expectReads(reads: unknown): void {
  if (!Array.isArray(reads))
    throw new InputError(
      `read: must be a list of sites, got ${JSON.stringify(reads)}. Write read: [${typeof reads === "string" ? JSON.stringify(reads) : "…"}]`,
    );
}
