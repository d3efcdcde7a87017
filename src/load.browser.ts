import { backendFor } from "./backends/choose.browser.ts";
import { addressOf, onlyFile } from "./checkpoint/folders.ts";
import { givenSource, namedPlace } from "./checkpoint/given/given.ts";
import {
  type ModelSource,
  type SourceOptions,
  sourceOptions,
} from "./checkpoint/given/model-source.ts";
import { type HubPlace, hubPlace } from "./checkpoint/hub/hub-place.ts";
import { hubKey, keptAddress, keptHub } from "./checkpoint/kept-source.ts";
import { removeKept } from "./checkpoint/remote/kept.ts";
import { ChangedError } from "./checkpoint/remote/transfer-error.ts";
import type { FileSource } from "./checkpoint/source.ts";
import { InputError } from "./errors/errors.ts";
import { expectKeys } from "./errors/options.ts";
import type { Model } from "./model.ts";
import { loadFrom } from "./model.ts";
import { type LoadOptions, loadOptions, openBeside } from "./models/load.ts";

/**
 * A model, ready to run. `source` is the default export of `heed/model` (the embedded all-MiniLM-L6-v2), a hub id
 * (`owner/name`), the address of a folder, or files: a `FileList`, a drop, handles. Throws a HeedError that says what is
 * missing and what to do.
 */
export async function load(source?: ModelSource, options: LoadOptions = {}): Promise<Model> {
  expectKeys(options, loadOptions, "load");
  const open = async () => {
    const choosing = backendFor(options);
    const files = await openBeside(filesOf(source, options), choosing);
    return loadFrom(files, choosing, options, (base, revision) =>
      filesOf(base, { ...options, revision }),
    );
  };
  try {
    return await open();
  } catch (error) {
    const name = source && namedPlace(source);
    if (!(error instanceof ChangedError) || !name) throw error;
    options.onWarning?.(`${error.message}: it is loaded anew`);
    const { key } = placeOf(name, options);
    await removeKept(key);
    return open().catch(async (again: unknown) => {
      if (again instanceof ChangedError) await removeKept(key);
      throw again;
    });
  }
}

/**
 * Removes what the browser keeps of a model: `source` and `revision` as they were given to `load`, or a source of `keptModels()`. False where
 * nothing was kept.
 */
export async function forgetModel(
  source: string,
  options: Pick<LoadOptions, "revision"> = {},
): Promise<boolean> {
  expectKeys(options, { revision: true }, "forgetModel");
  const known = await removeKept(source);
  return (await removeKept(placeOf(source, options).key)) || known;
}

/** What a source names, and the name under which the browser keeps it. */
function placeOf(
  source: string,
  { revision }: Pick<LoadOptions, "revision">,
): { readonly key: string; readonly hub?: HubPlace } {
  if (/^file:/i.test(source))
    throw new InputError(
      `load: a page cannot read ${source}. Choose its files: load(files) takes what a person drops or chooses`,
    );
  const place = hubPlace(source);
  if (!place && /^https?:\/\/|^\.{0,2}\//.test(source))
    return { key: new URL(source, globalThis.location?.href).href };
  const hub = {
    id: place?.id ?? source,
    revision: revision ?? place?.revision,
    file: place?.file,
  };
  const files = hub.file === undefined ? undefined : [hub.file];
  return { key: hubKey(hub.id, { ...hub, files }), hub };
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
  options: SourceOptions,
): Promise<FileSource> {
  if (source === undefined)
    throw new InputError(
      'load: a page has the model that comes with heed where its module is imported: import embedded from "heed/model"; await load(embedded). Or name another source, such as load("owner/name") or load("/folder/")',
    );
  const name = namedPlace(source);
  if (name === undefined) return givenSource(source, options);
  const { token, signal, onDownload, onWarning, cache = true } = options;
  if (![true, false, "check"].includes(cache))
    throw new InputError(`load: cache is true, false or "check", got ${JSON.stringify(cache)}`);
  const { key, hub } = placeOf(name, options);
  const told = { signal, onWarning, onProgress: onDownload };
  if (!hub) return addressOf(key, (folder) => keptAddress(folder, cache, told));
  const { id, revision, file } = hub;
  const files = file === undefined ? {} : { files: [file] };
  const opened = await keptHub(id, cache, { ...told, ...files, revision, token });
  return file === undefined ? opened : onlyFile(opened, file);
}
