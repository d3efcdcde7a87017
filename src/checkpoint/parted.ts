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
  /** What each part has of bytes [start, end): from where in it, and where that belongs. */
  const shares = (start: number, end: number) => {
    if (end > total) throw endsEarly(`${source.label}: ${name}`, total, end);
    return parts
      .filter((part) => part.start < end && part.end > start)
      .map((part) => {
        const [from, to] = [Math.max(start, part.start), Math.min(end, part.end)];
        const within = [from - part.start, to - part.start] as const;
        return { file: part.file, within, place: [from - start, to - start] as const };
      });
  };
  return {
    ...source,
    pour:
      source.pour &&
      (async (file, start, end, into) => {
        if (file !== name) return source.pour!(file, start, end, into);
        for (const { file: part, within, place } of shares(start, end))
          await source.pour!(part, ...within, () => into().subarray(...place));
      }),
    expectRanges:
      source.expectRanges &&
      ((file, ranges) => {
        if (file !== name) return source.expectRanges!(file, ranges);
        const all = ranges.flatMap(([start, end]) => shares(start, end));
        for (const { file: part } of parts)
          source.expectRanges!(
            part,
            all.filter((share) => share.file === part).map(({ within }) => within),
          );
      }),
    size: async (file) => (file === name ? total : source.size(file)),
    read: async (file, start, end, into) => {
      if (file !== name) return source.read(file, start, end, into);
      const touched = shares(start, end);
      const [first] = touched;
      if (first && touched.length === 1) return source.read(first.file, ...first.within, into);
      const bytes = into ?? new Uint8Array(end - start);
      for (const { file: part, within, place } of touched) {
        const own = bytes.subarray(...place);
        const read = await source.read(part, ...within, own);
        if (read !== own) own.set(read);
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
