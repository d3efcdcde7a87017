import { readFile } from "node:fs/promises";
import { InputError } from "../../errors/errors.ts";

/** All bytes of a file; `what` is what it should be: "image". Throws InputError for a file that is not there, or cannot be read. */
export async function fileBytes(
  source: string | URL,
  place: string,
  what: string,
): Promise<Uint8Array> {
  try {
    return await readFile(source);
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    throw new InputError(
      isMissing
        ? `${place}: there is no such file`
        : `${place}: the ${what} cannot be read (${(cause as Error).message})`,
      { cause },
    );
  }
}
