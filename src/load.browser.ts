import { backendFor } from "./backends/choose.browser.ts";
import type { BackendOptions } from "./backends/names.ts";
import { type BrowserFiles, filesSource } from "./checkpoint/files.ts";
import { type HubPlace, hubPlace } from "./checkpoint/hub/hub-place.ts";
import { type CacheMode, hubKey, keptAddress, keptHub } from "./checkpoint/kept-source.ts";
import { removeKept } from "./checkpoint/remote/kept.ts";
import { ChangedError } from "./checkpoint/remote/transfer-error.ts";
import type { FileSource } from "./checkpoint/source.ts";
import { InputError } from "./errors/errors.ts";
import type { Model } from "./model.ts";
import { loadFrom } from "./model.ts";
import type { LoadFromOptions } from "./models/load.ts";

/** Where the model that comes with heed lies, beside the built files. */
export const embeddedModel: string = new URL("../models/all-MiniLM-L6-v2/", import.meta.url).href;

/** Where a model comes from, what computes it, and who is told. */
export interface LoadOptions extends LoadFromOptions, BackendOptions {
  /** A branch, a tag, a commit, or refs/pr/7; hub ids only. */
  readonly revision?: string;
  /** For gated and private repositories. */
  readonly token?: string;
  /**
   * Models from addresses and hubs are kept in the browser's storage: true (the default) takes them from there without asking the network;
   * "check" asks first whether they changed, and uses them where nobody answers; false neither keeps nor takes.
   */
  readonly cache?: CacheMode;
  /** Told how many bytes of a file have come over the network. */
  readonly onDownload?: (progress: { file: string; received: number; total: number }) => void;
}

/**
 * A model, ready to run. `source` is nothing (the embedded all-MiniLM-L6-v2), a hub id (`owner/name`), the address of a
 * folder, or files: dropped, chosen, or a directory handle. Throws a HeedError that says what is missing and what to do.
 */
export async function load(
  source?: string | BrowserFiles,
  options: LoadOptions = {},
): Promise<Model> {
  const open = async () =>
    loadFrom(await openSource(source, options), await backendFor(options), options);
  try {
    return await open();
  } catch (error) {
    if (!(error instanceof ChangedError) || typeof source === "object") throw error;
    options.onWarning?.(`${error.message}: it is loaded anew`);
    await removeKept(placeOf(source, options).key);
    return open();
  }
}

/**
 * Removes what the browser keeps of a model: `source` and `revision` as they were given to `load`, or a source of `keptModels()`. False where
 * nothing was kept.
 */
export async function forgetModel(
  source?: string,
  options: Pick<LoadOptions, "revision"> = {},
): Promise<boolean> {
  const known = source !== undefined && (await removeKept(source));
  return (await removeKept(placeOf(source, options).key)) || known;
}

/** What a source names, and the name under which the browser keeps it. */
function placeOf(
  source: string | undefined,
  { revision }: Pick<LoadOptions, "revision">,
): { readonly key: string; readonly hub?: HubPlace } {
  if (source === undefined) return { key: embeddedModel };
  if (/^file:/i.test(source))
    throw new InputError(
      `load: a page cannot read ${source}. Choose its files: load(files) takes what a person drops or chooses`,
    );
  const place = hubPlace(source);
  if (!place && /^https?:\/\/|^\.{0,2}\//.test(source))
    return { key: new URL(source, globalThis.location?.href).href };
  const hub = { id: place?.id ?? source, revision: revision ?? place?.revision };
  return { key: hubKey(hub.id, hub), hub };
}

async function openSource(
  source: string | BrowserFiles | undefined,
  options: LoadOptions,
): Promise<FileSource> {
  if (source !== undefined && typeof source !== "string") return filesSource(source);
  const { token, signal, onDownload, onWarning, cache = true } = options;
  if (![true, false, "check"].includes(cache))
    throw new InputError(`load: cache is true, false or "check", got ${JSON.stringify(cache)}`);
  const { key, hub } = placeOf(source, options);
  const told = { signal, onWarning, onProgress: onDownload };
  if (!hub) return keptAddress(key, cache, told);
  return keptHub(hub.id, cache, { ...told, revision: hub.revision, token });
}
