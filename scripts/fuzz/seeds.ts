import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { mutateBytes, mutateJson } from "./mutate.ts";
import type { Random } from "./random.ts";

/** Where the files are that mutants are made of. */
export const test = fileURLToPath(new URL("../../test", import.meta.url));
/** Files larger than this are no seeds: mutants of small ones reach as far, many times as fast. */
const MOST_BYTES = 60_000;

export interface Seed {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** The small files below a folder whose path fits. */
export function filesOf(folder: string, pattern: RegExp, mostBytes = MOST_BYTES): Seed[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => pattern.test(path) && statSync(path).isFile())
    .filter((path) => statSync(path).size <= mostBytes)
    .sort()
    .map((path) => ({ path, bytes: new Uint8Array(readFileSync(path)) }));
}

/** A folder's files by their names. */
export type Files = Readonly<Record<string, Uint8Array>>;

/** Folders of a model that are small enough, with their files. */
export function folders(home: string, needed: readonly string[] = []): Files[] {
  return readdirSync(home, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => folderOf(join(home, name)))
    .filter((files) => needed.every((name) => files[name]))
    .filter((files) => Object.values(files).every(({ length }) => length < 4 * MOST_BYTES));
}

export function folderOf(folder: string): Files {
  return Object.fromEntries(
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .map((name) => [name, join(folder, name)] as const)
      .filter(([, path]) => statSync(path).isFile() && !/trace|tasks\.json/.test(path))
      .map(([name, path]) => [name, new Uint8Array(readFileSync(path))]),
  );
}

export const encoder = new TextEncoder();
export const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
export const jsonOf = (bytes: Uint8Array): unknown => JSON.parse(textOf(bytes));

/** A JSON file by its values or, now and then, by its bytes. */
export function mutateFile(bytes: Uint8Array, random: Random): Uint8Array {
  if (random.next() < 0.1) return mutateBytes(bytes, random);
  return encoder.encode(mutateJson(jsonOf(bytes), random));
}

/** A file of tensors: its bytes changed, or values of its header with the length in front made right. */
export function mutateTensors(bytes: Uint8Array, random: Random): Uint8Array {
  if (random.next() < 0.4) return mutateBytes(bytes, random);
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const header = encoder.encode(mutateJson(jsonOf(bytes.subarray(8, 8 + length)), random));
  const mutant = new Uint8Array(8 + header.length + bytes.length - 8 - length);
  new DataView(mutant.buffer).setBigUint64(0, BigInt(header.length), true);
  mutant.set(header, 8);
  mutant.set(bytes.subarray(8 + length), 8 + header.length);
  return mutant;
}
