import { InputError } from "./errors.ts";
import { nearest } from "./nearest.ts";

/** Every key of a type of options: the compiler refuses a list that lacks one, or has one that the type lacks. */
export type KeysOf<Options> = Readonly<Record<keyof Options, unknown>>;

/**
 * Throws InputError for options that are no object, and for a key that no option has: most are misspelt. Called first in every public
 * function that takes options: test/docs/options.test.ts.
 */
export function expectKeys<Options>(
  options: Options,
  known: NoInfer<KeysOf<Options>>,
  place: string,
): void {
  const names = Object.keys(known);
  if (typeof options !== "object" || options === null || Array.isArray(options))
    throw new InputError(
      `${place}: options are an object { ${names.slice(0, 2).join(", ")}, … }, got ${JSON.stringify(options)}`,
    );
  for (const key of Object.keys(options))
    if (!names.includes(key))
      throw new InputError(`${place}: there is no option "${key}"${nearest(key, names)}`);
}

/** An option that takes one of a few names. Throws InputError for any other; `place` ends with the option: "saliency: norm". */
export function choiceOf<T>(choices: readonly T[], given: unknown, place: string): T {
  if (!choices.includes(given as T))
    throw new InputError(
      `${place}: there is no "${given}"${nearest(String(given), choices.map(String))}; there are ${choices.join(", ")}`,
    );
  return given as T;
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
