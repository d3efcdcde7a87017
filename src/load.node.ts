import { existsSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname, isAbsolute, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { backendFor } from "./backends/choose.node.ts";
import { addressSource } from "./checkpoint/address.ts";
import { folderSource } from "./checkpoint/folder.node.ts";
import { addressOf, onlyFile } from "./checkpoint/folders.ts";
import { type Fetched, fetchWhole } from "./checkpoint/given/carried.ts";
import { givenSource, namedPlace } from "./checkpoint/given/given.ts";
import {
  type ModelSource,
  type SourceOptions,
  sourceOptions,
} from "./checkpoint/given/model-source.ts";
import { hubPlace } from "./checkpoint/hub/hub-place.ts";
import { isCacheFolder, localPath, snapshotIn } from "./checkpoint/local-place.node.ts";
import type { FileSource } from "./checkpoint/source.ts";
import { CheckpointError, InputError } from "./errors/errors.ts";
import { expectKeys } from "./errors/options.ts";
import type { Model } from "./model.ts";
import { loadFrom } from "./model.ts";
import { type LoadOptions, loadOptions } from "./models/load.ts";

/** Models that come with heed, by name; the first where none is named. */
export const embeddedModels = ["all-MiniLM-L6-v2", "heed-stories"] as const;
export type EmbeddedModel = (typeof embeddedModels)[number];

/**
 * A model, ready to run. `source` is nothing (the embedded all-MiniLM-L6-v2), "heed-stories" (the language model that comes with heed), a folder (also file://…, ~/…, or a repository of
 * Python's cache), a hub id (`owner/name`, `owner/name@revision`, hf://…, or its page's address), the address of a folder
 * (https://…/), files (a `FileList`, a drop, handles), or the default export of `heed/model`. Throws a HeedError that says
 * what is missing and what to do.
 */
export async function load(source?: ModelSource, options: LoadOptions = {}): Promise<Model> {
  expectKeys(options, loadOptions, "load");
  const files = await filesOf(source, options);
  return loadFrom(files, backendFor(options), options, (base, revision) =>
    filesOf(besideAdapter(base, files), { ...options, revision }),
  );
}

/** A base's path as it was trained with, from where Python runs; or from the adapter's own folder. */
function besideAdapter(base: ModelSource, { label }: FileSource): ModelSource {
  if (typeof base !== "string" || existsSync(localPath(base))) return base;
  const beside = resolve(localPath(label), base);
  return !isAbsolute(base) && existsSync(beside) ? beside : base;
}

/** The files a source names. */
export async function openSource(
  source: ModelSource | undefined,
  options: SourceOptions = {},
): Promise<FileSource> {
  expectKeys(options, sourceOptions, "openSource");
  return filesOf(source, options);
}

async function filesOf(
  source: ModelSource | undefined,
  { revision, token, cache = "check", signal, onDownload, onWarning }: SourceOptions,
): Promise<FileSource> {
  if (cache !== true && cache !== "check")
    throw new InputError(
      `load: cache is true or "check" here, got ${JSON.stringify(cache)}: hub ids go through the cache shared with Python. Set HF_HUB_CACHE to a folder that you remove`,
    );
  if (source === undefined) return embeddedFiles(embeddedModels[0]);
  const name = namedPlace(source);
  if (name === undefined)
    return givenSource(source, { revision, signal, onDownload, fetched: fetchedHere });
  const path = localPath(name);
  const isLocal = /^(\.{0,2}[/\\]|~|[a-zA-Z]:[/\\])/.test(path) || path === ".";
  const isAddress = /^https?:\/\//.test(name);
  const embedded = embeddedModels.find((one) => one === name);
  if (embedded !== undefined && !existsSync(path)) {
    if (revision !== undefined)
      throw new InputError(
        `load: ${name} comes with heed, in one version; a revision belongs to a hub id`,
      );
    return embeddedFiles(embedded);
  }
  if (!isAddress && (isLocal || existsSync(path))) {
    if (existsSync(path) && isCacheFolder(path)) {
      const snapshot = snapshotIn(path, revision);
      return { ...folderSource(snapshot), label: name, commit: basename(snapshot) };
    }
    if (revision !== undefined)
      throw new InputError(`load: ${name} is a folder; a revision belongs to a hub id`);
    if (!existsSync(path)) throw new CheckpointError(`${name}: there is no such folder`);
    if (/\.gguf$/i.test(path) && statSync(path).isFile())
      return onlyFile(folderSource(dirname(path)), basename(path));
    return folderSource(path);
  }
  const place = hubPlace(name, process.env.HF_ENDPOINT);
  if (isAddress && !place) {
    const { proxiedFetch } = await import("./checkpoint/hub/proxy.node.ts");
    return addressOf(name, (folder) =>
      addressSource(folder, {
        signal,
        onWarning,
        onProgress: onDownload,
        fetch: proxiedFetch(),
      }),
    );
  }
  if (place?.revision !== undefined && revision !== undefined && place.revision !== revision)
    throw new InputError(
      `load: ${name} names the revision ${place.revision}, and the option ${revision}. Give one`,
    );
  // Whoever loads from a disk does without all that a hub needs.
  const { hubSource } = await import("./checkpoint/hub/hub.node.ts");
  const file = place?.file;
  const files = await hubSource(place?.id ?? name, {
    ...(file === undefined ? {} : { files: [file] }),
    revision: place?.revision ?? revision,
    token,
    signal,
    cacheFirst: cache === true,
    onProgress: onDownload,
    onWarning,
  });
  return file === undefined ? files : onlyFile(files, file);
}

/** In browsers, removes what is kept of a model. Here there is nothing to remove, and it says where models lie. */
export async function forgetModel(source: string): Promise<boolean> {
  throw new InputError(
    `forgetModel: in Node models lie in the cache that Python shares; remove ${source} from there (hf cache rm)`,
  );
}

/** The files of a model that comes with heed, which messages name by its name: where they lie is no concern of a person's. */
function embeddedFiles(name: EmbeddedModel): FileSource {
  return { ...folderSource(embeddedModel(name)), label: name };
}

/** The folder of a model that comes with heed. Throws InputError where it is not beside this file, as in a bundle. */
export function embeddedModel(name: EmbeddedModel = embeddedModels[0]): string {
  // In the package this lies in dist/, or in dist/node/ with others in one file.
  const folders = ["../models", "../../models"].map((models) =>
    besideThisFile(`${models}/${name}`),
  );
  const found = folders.find((folder) => folder && existsSync(`${folder}/config.json`));
  if (found !== undefined) return found;
  const [folder] = folders;
  const entry = name === "heed-stories" ? "heed/stories" : "heed/model";
  throw new InputError(
    `load: the model that comes with heed${name === embeddedModels[0] ? "" : `, ${name},`} is not ${folder === undefined ? "to be found from a bundle that does not know where it lies" : `at ${folder}`}. In a bundle import it, import embedded from "${entry}"; await load(embedded), keep heed outside of the bundle, or give its folder: load("node_modules/heed/models/${name}")`,
  );
}

/** The address in two steps: `new URL("…", import.meta.url)` bundlers read as a file to carry, and a folder is none. */
function besideThisFile(path: string): string | undefined {
  const here: string | undefined = import.meta.url;
  const isKnown = here?.startsWith("file:");
  return isKnown ? fileURLToPath(new URL(path, here)) : undefined;
}

const fetchedHere: Fetched = async (address, options) => {
  if (address.protocol !== "file:") return fetchWhole(address, options);
  const bytes = await readFile(address, { signal: options.signal });
  options.onReceived(bytes.length);
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
};
