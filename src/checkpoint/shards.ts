import { CheckpointError } from "../errors/errors.ts";
import { short } from "../errors/visible.ts";
import { safeName } from "./file-name.ts";
import { isObject, parseJson } from "./json/strict-json.ts";
import type { FileSource } from "./source.ts";
import { type PlacedTensor, readText, type TensorTable } from "./stored-checkpoint.ts";

/** Which file each tensor lies in, as `*.index.json` says; shard names that leave the folder are refused. */
async function readIndex(source: FileSource, index: string): Promise<ReadonlyMap<string, string>> {
  const place = `${source.label}: ${index}`;
  const text = await readText(source, index);
  if (text === undefined) throw new CheckpointError(`${source.label}: there is no ${index}`);
  const content = parseJson(text, place);
  const map = isObject(content) ? content.weight_map : undefined;
  if (!isObject(map)) throw new CheckpointError(`${place}: "weight_map" must be an object`);
  const files = new Map<string, string>();
  for (const [name, file] of Object.entries(map)) {
    if (typeof file !== "string")
      throw new CheckpointError(`${place}: tensor "${short(name)}" needs a file name as its shard`);
    files.set(name, safeName(file, place));
  }
  if (files.size === 0) throw new CheckpointError(`${place}: "weight_map" lists no tensors`);
  return files;
}

/**
 * The tensors of all shards an index lists, each file opened by `openShard`. A missing shard, a tensor in two shards, and a
 * tensor that the index lists and its shard lacks throw CheckpointError; one that only the shard knows is included.
 */
export async function shardedTable(
  source: FileSource,
  index: string,
  openShard: (file: string, position: number, count: number) => Promise<TensorTable>,
): Promise<TensorTable> {
  const place = `${source.label}: ${index}`;
  const fileOf = await readIndex(source, index);
  const files = [...new Set(fileOf.values())].sort();
  const missing: string[] = [];
  for (const file of files) if ((await source.size(file)) === undefined) missing.push(file);
  if (missing.length > 0)
    throw new CheckpointError(
      `${place}: ${missing.length} of ${files.length} shards are missing: ${missing
        .slice(0, 5)
        .map((file) => short(file))
        .join(", ")}${missing.length > 5 ? " …" : ""}. Download them too.`,
    );
  const tensors = new Map<string, PlacedTensor>();
  for (const [position, file] of files.entries())
    for (const [name, tensor] of await openShard(file, position, files.length)) {
      const other = tensors.get(name);
      if (other !== undefined)
        throw new CheckpointError(
          `${place}: tensor "${short(name)}" lies in two shards, ${other.file} and ${file}`,
        );
      tensors.set(name, tensor);
    }
  for (const [name, file] of fileOf) {
    const found = tensors.get(name)?.file;
    if (found !== file)
      throw new CheckpointError(
        `${place}: tensor "${short(name)}" should lie in ${file}, ${found === undefined ? "no shard holds it" : `it is in ${found}`}`,
      );
  }
  return tensors;
}
