import { CheckpointError } from "../errors/errors.ts";
import { safeName } from "./file-name.ts";
import { isObject, parseJson } from "./json/strict-json.ts";
import { endsEarly } from "./memory.ts";
import type { FileSource } from "./source.ts";
import { readText } from "./stored-checkpoint.ts";

interface Part {
  readonly file: string;
  readonly start: number;
  readonly end: number;
}

/**
 * A source in which `name` can be read as one file where it lies in parts: `<name>.parts.json` lists them in order,
 * `{ "parts": ["model.part-1.bin", …] }`, since many hosts take no file above 20 MB. Undefined where there is no such list.
 */
export async function partedSource(
  source: FileSource,
  name: string,
): Promise<FileSource | undefined> {
  const index = `${name}.parts.json`;
  const text = await readText(source, index);
  if (text === undefined) return undefined;
  const parts = await placedParts(source, text, index);
  const total = parts.at(-1)!.end;
  return {
    ...source,
    pour: undefined,
    size: async (file) => (file === name ? total : source.size(file)),
    read: async (file, start, end, into) => {
      if (file !== name) return source.read(file, start, end, into);
      if (end > total) throw endsEarly(`${source.label}: ${name}`, total, end);
      const touched = parts.filter((part) => part.start < end && part.end > start);
      const [first] = touched;
      if (first && touched.length === 1)
        return source.read(first.file, start - first.start, end - first.start, into);
      const bytes = into ?? new Uint8Array(end - start);
      for (const part of touched) {
        const [from, to] = [Math.max(start, part.start), Math.min(end, part.end)];
        const place = bytes.subarray(from - start, to - start);
        const read = await source.read(part.file, from - part.start, to - part.start, place);
        if (read !== place) place.set(read);
      }
      return bytes;
    },
  };
}

async function placedParts(source: FileSource, text: string, index: string): Promise<Part[]> {
  const place = `${source.label}: ${index}`;
  const content = parseJson(text, place);
  const names = isObject(content) ? content.parts : undefined;
  if (!Array.isArray(names) || names.length === 0 || names.some((file) => typeof file !== "string"))
    throw new CheckpointError(`${place}: "parts" must be a list of file names`);
  const parts: Part[] = [];
  for (const file of names as string[]) {
    const size = await source.size(safeName(file, place));
    if (size === undefined)
      throw new CheckpointError(`${place}: the part ${file} is missing. Copy it too.`);
    const start = parts.at(-1)?.end ?? 0;
    parts.push({ file, start, end: start + size });
  }
  return parts;
}
