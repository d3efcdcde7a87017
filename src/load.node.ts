import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { backendFor } from "./backends/choose.node.ts";
import type { BackendOptions } from "./backends/names.ts";
import { addressSource } from "./checkpoint/address.ts";
import { folderSource } from "./checkpoint/folder.node.ts";
import { hubPlace } from "./checkpoint/hub/hub-place.ts";
import { isCacheFolder, localPath, snapshotIn } from "./checkpoint/local-place.node.ts";
import type { FileSource } from "./checkpoint/source.ts";
import { CheckpointError, InputError } from "./errors/errors.ts";
import type { Model } from "./model.ts";
import { loadFrom } from "./model.ts";
import type { LoadFromOptions } from "./models/load.ts";

/** The folder of the model that comes with heed. */
export const embeddedModel: string = fileURLToPath(
  new URL("../models/all-MiniLM-L6-v2", import.meta.url),
);

/** How files are found and fetched, and who is told. */
export interface SourceOptions {
  /** A branch, a tag, a commit, or refs/pr/7; hub ids only. */
  readonly revision?: string;
  /**
   * Of hub ids, which are kept in the cache that Python shares: "check" (the default) asks the hub whether the revision has moved, true uses
   * what is at hand without asking. Files of addresses are not kept.
   */
  readonly cache?: true | "check";
  readonly signal?: AbortSignal;
  /** Told how many bytes of a file have come. */
  readonly onDownload?: (progress: { file: string; received: number; total: number }) => void;
  /** Told what is not quite right, in a sentence. */
  readonly onWarning?: (message: string) => void;
}

/** Where a model comes from, what computes it, and who is told. */
export interface LoadOptions extends SourceOptions, LoadFromOptions, BackendOptions {}

/**
 * A model, ready to run. `source` is nothing (the embedded all-MiniLM-L6-v2), a folder (also file://…, ~/…, or a repository of
 * Python's cache), a hub id (`owner/name`, `owner/name@revision`, hf://…, or its page's address), or the address of a folder (https://…/). Throws a HeedError that says what is missing and what to do.
 */
export async function load(source?: string, options: LoadOptions = {}): Promise<Model> {
  const files = await openSource(source, options);
  return loadFrom(files, await backendFor(options), options);
}

/** The files a source names. */
export async function openSource(
  source: string | undefined,
  { revision, cache = "check", signal, onDownload, onWarning }: SourceOptions = {},
): Promise<FileSource> {
  if (cache !== true && cache !== "check")
    throw new InputError(
      `load: cache is true or "check" here, got ${JSON.stringify(cache)}: hub ids go through the cache shared with Python. Set HF_HUB_CACHE to a folder that you remove`,
    );
  if (source === undefined) return folderSource(embeddedModel);
  if (typeof source !== "string" || source.trim() === "")
    throw new InputError(
      `load: the source must be a folder, a hub id or an address, got ${JSON.stringify(source)}`,
    );
  const path = localPath(source);
  const isLocal = /^(\.{0,2}[/\\]|~|[a-zA-Z]:[/\\])/.test(path) || path === ".";
  const isAddress = /^https?:\/\//.test(source);
  if (!isAddress && (isLocal || existsSync(path))) {
    if (existsSync(path) && isCacheFolder(path))
      return { ...folderSource(snapshotIn(path, revision)), label: source };
    if (revision !== undefined)
      throw new InputError(`load: ${source} is a folder; a revision belongs to a hub id`);
    if (!existsSync(path)) throw new CheckpointError(`${source}: there is no such folder`);
    return folderSource(path);
  }
  const place = hubPlace(source, process.env.HF_ENDPOINT);
  if (isAddress && !place) {
    const { proxiedFetch } = await import("./checkpoint/hub/proxy.node.ts");
    return addressSource(source, {
      signal,
      onWarning,
      onProgress: onDownload,
      fetch: proxiedFetch(),
    });
  }
  if (place?.revision !== undefined && revision !== undefined && place.revision !== revision)
    throw new InputError(
      `load: ${source} names the revision ${place.revision}, and the option ${revision}. Give one`,
    );
  // Whoever loads from a disk does without all that a hub needs.
  const { hubSource } = await import("./checkpoint/hub/hub.node.ts");
  return hubSource(place?.id ?? source, {
    revision: place?.revision ?? revision,
    signal,
    cacheFirst: cache === true,
    onProgress: onDownload,
    onWarning,
  });
}
