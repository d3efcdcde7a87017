import { backendFor } from "./backends/choose.browser.ts";
import type { BackendOptions } from "./backends/names.ts";
import { addressSource } from "./checkpoint/address.ts";
import { type BrowserFiles, filesSource } from "./checkpoint/files.ts";
import { hubSource } from "./checkpoint/hub/hub.browser.ts";
import { hubPlace } from "./checkpoint/hub/hub-place.ts";
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
  /** Told how many bytes of a file have come. */
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
  return loadFrom(await openSource(source, options), await backendFor(options), options);
}

async function openSource(
  source: string | BrowserFiles | undefined,
  { revision, token, signal, onDownload, onWarning }: LoadOptions,
): Promise<FileSource> {
  if (source === undefined) return addressSource(embeddedModel, { signal });
  if (typeof source !== "string") return filesSource(source);
  if (/^file:/i.test(source))
    throw new InputError(
      `load: a page cannot read ${source}. Choose its files: load(files) takes what a person drops or chooses`,
    );
  const place = hubPlace(source);
  if (!place && /^https?:\/\/|^\.{0,2}\//.test(source))
    return addressSource(new URL(source, globalThis.location?.href).href, { signal });
  return hubSource(place?.id ?? source, {
    revision: revision ?? place?.revision,
    token,
    signal,
    onProgress: onDownload,
    onWarning,
  });
}
