import { CheckpointError } from "../errors/errors.ts";
import { short } from "../errors/visible.ts";

/** A relative path that stays below its folder, as it came; throws CheckpointError for any other name. */
export function safeName(name: string, place: string): string {
  const parts = name.split("/");
  const bad =
    /[\\\0]|^[A-Za-z]:/.test(name) ||
    parts.some((part) => part === "" || part === "." || part === "..");
  if (bad)
    throw new CheckpointError(
      `${place}: the file name "${short(name)}" leads out of the checkpoint's folder or is malformed`,
    );
  return name;
}
