import { CheckpointError } from "../errors/errors.ts";
import type { FileSource } from "./source.ts";

/** Files already in memory, by name. */
export function memorySource(
  files: Readonly<Record<string, Uint8Array>>,
  label = "memory",
): FileSource {
  const find = (name: string) => (Object.hasOwn(files, name) ? files[name] : undefined);
  return {
    label,
    list: async () => Object.keys(files),
    size: async (name) => find(name)?.length,
    read: async (name, start, end) => {
      const bytes = find(name);
      if (bytes === undefined) throw new CheckpointError(`${label}: there is no ${name}`);
      if (end > bytes.length) throw endsEarly(`${label}: ${name}`, bytes.length, end);
      return bytes.slice(start, end);
    },
    close: async () => {},
  };
}

/** The error of every source for a read past the end. */
export function endsEarly(place: string, size: number, end: number): CheckpointError {
  return new CheckpointError(
    `${place}: the file has ${size} bytes, ${end} are needed. Is the download complete?`,
  );
}
