import { type AddressOptions, addressSource } from "./address.ts";
import { type BrowserHubOptions, currentCommit, hubSource } from "./hub/hub.browser.ts";
import { type KeptIndex, type KeptModel, openKept } from "./remote/kept.ts";
import { TransferError } from "./remote/transfer-error.ts";
import type { FileSource } from "./source.ts";

/**
 * What the browser's storage is used for: true takes a model from there without asking the network, and keeps what comes; "check" asks
 * first whether it is still the same; false does neither.
 */
export type CacheMode = boolean | "check";

/** Files at an address, as an earlier visit kept them or from the network. Errors as addressSource. */
export async function keptAddress(
  address: string,
  cache: CacheMode,
  options: AddressOptions,
): Promise<FileSource> {
  const kept = cache === false ? undefined : await opened(address, options);
  // A download that was interrupted is gone on with; what it knew of files is compared when more of them comes.
  const index = cache === true ? kept?.index : usable(kept?.index);
  if (!index || cache === true) return addressSource(address, { ...options, kept, index });
  // Without the index every file is asked for; parts of the same version do not come again.
  const source = addressSource(address, { ...options, kept });
  try {
    await source.size("config.json");
    return source;
  } catch (error) {
    const known = standIn(index, error, options);
    return addressSource(address, { ...options, kept, index: known });
  }
}

/** A hub's repository, as an earlier visit kept it or from the network. Errors as hubSource. */
export async function keptHub(
  id: string,
  cache: CacheMode,
  options: BrowserHubOptions,
): Promise<FileSource> {
  const kept = cache === false ? undefined : await opened(hubKey(id, options), options);
  let index = usable(kept?.index);
  if (index && cache === "check")
    try {
      if ((await currentCommit(id, options)) !== index.commit) index = undefined;
    } catch (error) {
      index = standIn(index!, error, options);
    }
  return hubSource(id, { ...options, kept, index });
}

/** The name under which a repository is kept. */
export function hubKey(id: string, { revision, hubUrl, files = [] }: BrowserHubOptions): string {
  const name = [revision === undefined ? id : `${id}@${revision}`, ...files].join("/");
  return hubUrl === undefined ? name : `${hubUrl.replace(/\/+$/, "")}/${name}`;
}

function opened(
  source: string,
  { onWarning = console.warn }: Pick<AddressOptions, "onWarning">,
): Promise<KeptModel | undefined> {
  return openKept(source, onWarning);
}

/** What answers for a whole model. */
function usable(index: KeptIndex | undefined): KeptIndex | undefined {
  return index?.isComplete ? index : undefined;
}

/** What is kept stands in for a server that cannot be reached. */
function standIn(
  index: KeptIndex,
  error: unknown,
  { onWarning = console.warn }: Pick<AddressOptions, "onWarning">,
): KeptIndex {
  if (!(error instanceof TransferError)) throw error;
  const { message } = error;
  if (!error.isPassing && !message.includes("cannot be reached")) throw error;
  onWarning(
    `${message} Using what was kept on ${new Date(index.keptAt).toISOString().slice(0, 10)}`,
  );
  return index;
}
