import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { CheckpointError } from "../../errors/errors.ts";
import { fileSize, type RepositoryCache } from "./cache.node.ts";
import type { HubFile } from "./hub.ts";

/** A hash of the kind that names a blob: SHA-256 (64 digits), or git's SHA-1 of a file of so many bytes (40). */
export function blobHash(etag: string, bytes: number): Hash {
  if (etag.length === 64) return createHash("sha256");
  return createHash("sha1").update(`blob ${bytes}\0`);
}

/** What is wrong with a file at hand, by its size and, if asked, its hash; undefined where nothing is. */
export async function damageOf(
  path: string,
  { bytes, etag }: Pick<HubFile, "bytes" | "etag">,
  readsAll: boolean,
): Promise<string | undefined> {
  const size = await fileSize(path);
  if (size === undefined) return "missing";
  if (size !== bytes) return `has ${size} bytes in the cache, the hub lists ${bytes}`;
  if (!readsAll) return undefined;
  const hash = blobHash(etag, bytes);
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }))
    hash.update(chunk as Uint8Array);
  const digest = hash.digest("hex");
  return digest === etag ? undefined : `has the hash ${digest} in the cache, the hub lists ${etag}`;
}

/** Compares a snapshot with the hashes in its blobs' names, without a hub. Throws CheckpointError that names what is damaged. */
export async function expectIntact(
  cache: RepositoryCache,
  commit: string,
  id: string,
): Promise<void> {
  const damaged: string[] = [];
  for (const [name, etag] of await cache.hashes(commit)) {
    const path = join(cache.snapshot(commit), name);
    const bytes = (await fileSize(path)) ?? 0;
    const isNamed = etag !== undefined && /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(etag);
    if (isNamed && (await damageOf(path, { bytes, etag }, true)) !== undefined) damaged.push(name);
  }
  if (damaged.length > 0)
    throw new CheckpointError(
      `hub: of ${id} at ${commit} the cache holds damaged files: ${damaged.join(", ")}. Unset HF_HUB_OFFLINE and run heed fetch --verify ${id} with a network.`,
    );
}
