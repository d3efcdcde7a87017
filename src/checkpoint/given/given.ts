import { InputError } from "../../errors/errors.ts";
import type { FileSource } from "../source.ts";
import { type CarriedOptions, carriedSource, isCarriedModel } from "./carried.ts";
import type { ChosenFiles } from "./chosen.ts";
import { filesSource } from "./files.ts";
import type { ModelSource, SourceOptions } from "./model-source.ts";

const what =
  'a hub id, a folder, an address, files that were chosen or dropped, or the default export of "heed/model"';

/** A source that is named: its text. Throws InputError for an empty one. */
export function namedPlace(source: ModelSource): string | undefined {
  const name = typeof source === "object" && source && "href" in source ? source.href : source;
  if (typeof name !== "string") return undefined;
  if (name.trim() === "")
    throw new InputError(`load: the source must be ${what}, got ${JSON.stringify(name)}`);
  return name;
}

/**
 * A source over what is handed over rather than named. Throws InputError for what is neither, and for a revision, which
 * only a hub has. What a drop holds is taken before anything is awaited.
 */
export async function givenSource(
  source: ModelSource,
  { revision, ...options }: Pick<SourceOptions, "revision"> & CarriedOptions,
): Promise<FileSource> {
  if (typeof source !== "object" || source === null) throw notGiven(source);
  if (revision !== undefined)
    throw new InputError("load: a revision belongs to a hub id, and files were given");
  if (isFileSource(source)) return source;
  if (isCarriedModel(source)) return carriedSource(source, options);
  const files = filesSource(source as ChosenFiles);
  if (!files) throw notGiven(source);
  return files;
}

function isFileSource(source: object): source is FileSource {
  const { read, size, close } = source as Partial<FileSource>;
  return [read, size, close].every((each) => typeof each === "function");
}

function notGiven(source: unknown): InputError {
  const got =
    source === null ? "null" : typeof source === "object" ? named(source!) : typeof source;
  return new InputError(`load: the source must be ${what}, got ${got}`);
}

function named(source: object): string {
  const keys = Object.keys(source).slice(0, 5).join(", ");
  return `${source.constructor?.name ?? "an object"} { ${keys} }`;
}
