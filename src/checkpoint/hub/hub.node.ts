import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { CheckpointError } from "../../errors/errors.ts";
import { folderSource } from "../folder.node.ts";
import type { FileSource } from "../source.ts";
import { libraryApi } from "./api.node.ts";
import { type RepositoryCache, repositoryCache } from "./cache.node.ts";
import { damageOf, expectIntact } from "./damage.node.ts";
import { diskError, downloadBlob } from "./download.node.ts";
import { hubEnvironment } from "./environment.node.ts";
import { HubError } from "./errors.ts";
import {
  checkHubId,
  checkRevision,
  fileUrl,
  type HubFile,
  type HubOptions,
  isCommit,
  neededFiles,
} from "./hub.ts";
import { type HubSelection, selectFiles } from "./listing.ts";
import { proxiedFetch } from "./proxy.node.ts";
import { type HubConnection, hubConnection, requestBytes } from "./request.ts";

/** HubOptions, with what only a machine with a disk has. All override the environment. */
export interface NodeHubOptions extends HubOptions {
  /** The folder with the repositories' folders, shared with Python; as HF_HUB_CACHE. */
  readonly cacheDir?: string;
  /** Nothing is asked of the network; as HF_HUB_OFFLINE. */
  readonly isOffline?: boolean;
  /**
   * What is compared of files at hand: "names" that they are there, "sizes" that they are as long as the hub says, "hashes" that every byte
   * is right. What is not is fetched again. "names".
   */
  readonly check?: FileCheck;
  /** True: what is at hand is used without asking whether the revision has moved. */
  readonly cacheFirst?: boolean;
}

export type FileCheck = "names" | "sizes" | "hashes";

/** What a fetch would read. */
export interface HubFiles {
  readonly id: string;
  readonly revision: string;
  readonly commit: string;
  readonly files: readonly (HubFile & { readonly isCached: boolean })[];
}

/** Files downloaded side by side. */
const lanes = 3;

interface Job {
  readonly id: string;
  readonly revision: string;
  readonly wanted: readonly string[] | undefined;
  readonly connection: HubConnection;
  readonly cache: RepositoryCache;
  readonly cacheDir: string;
  readonly isOffline: boolean;
  readonly check: FileCheck;
  readonly onProgress: NonNullable<HubOptions["onProgress"]>;
  readonly onWarning: NonNullable<HubOptions["onWarning"]>;
}

/**
 * Brings the needed files of a hub's repository into the cache that Python's huggingface_hub shares, and gives the
 * snapshot's folder. Asks the network nothing when the revision is a commit and all is at hand, or offline.
 * Throws InputError for a malformed id or revision, HubError for what the hub refuses, CheckpointError otherwise.
 */
export async function fetchFromHub(id: string, options: NodeHubOptions = {}): Promise<string> {
  const job = prepare(id, options);
  const { cache, revision, isOffline } = job;
  const remembered = await cache.commitOf(revision);
  const local = remembered === undefined ? undefined : await atHand(job, remembered);
  const isWhole = local !== undefined && local.missing.length === 0;
  const isSettled = isCommit(revision) || options.cacheFirst;
  const isEnough = isOffline || (isSettled && local?.isCertain && job.check === "names");
  if (remembered !== undefined && isWhole && isEnough) {
    if (job.check === "hashes") await expectIntact(cache, remembered, id);
    return cache.snapshot(remembered);
  }
  if (isOffline) throw offlineError(job, remembered, local?.missing);
  try {
    return await fetchOnline(job, isWhole);
  } catch (error) {
    const isFromHub = error instanceof HubError;
    if (!(error instanceof CheckpointError)) throw diskError(error, cache.blobs) ?? error;
    if (!isFromHub || !isWhole || remembered === undefined) throw error;
    if (error.isPassing) {
      job.onWarning(`${error.message} Using the copy at hand: commit ${remembered}.`);
      return cache.snapshot(remembered);
    }
    throw new HubError(
      error.failure,
      `${error.message} A copy is at hand: HF_HUB_OFFLINE=1 uses it.`,
      { cause: error },
    );
  }
}

/** The files of a hub's repository, fetched first where they are not at hand. Options and errors as fetchFromHub. */
export async function hubSource(id: string, options: NodeHubOptions = {}): Promise<FileSource> {
  let isFetched = false;
  const onProgress: HubOptions["onProgress"] = (progress) => {
    isFetched = true;
    options.onProgress?.(progress);
  };
  const snapshot = await fetchFromHub(id, { ...options, onProgress });
  const label = options.revision ? `${id}@${options.revision}` : id;
  return {
    ...folderSource(snapshot),
    label,
    commit: basename(snapshot),
    isCached: () => !isFetched,
  };
}

/** Lists what fetchFromHub would bring, and what of it is at hand, without writing anything. Errors as fetchFromHub. */
export async function hubFiles(id: string, options: NodeHubOptions = {}): Promise<HubFiles> {
  const job = prepare(id, options);
  if (job.isOffline)
    throw new CheckpointError(
      `hub: HF_HUB_OFFLINE is set, so the files of ${id} cannot be listed. Unset it and try again.`,
    );
  const { cache, connection, revision } = job;
  const api = libraryApi(connection);
  const commit = isCommit(revision) ? revision : await api.commit(id, revision);
  const { files } = await selectFiles(
    { api, id, revision, commit },
    (file) => readRemote(job, commit, file),
    job.wanted,
  );
  const present = await cache.present(
    commit,
    files.map(({ name }) => name),
  );
  return {
    id,
    revision,
    commit,
    files: files.map((file) => ({ ...file, isCached: present.has(file.name) })),
  };
}

function prepare(id: string, options: NodeHubOptions): Job {
  const environment = hubEnvironment();
  const hubUrl = options.hubUrl ?? environment.hubUrl;
  // The environment's token belongs to the environment's hub.
  const isSameHub = hubUrl === environment.hubUrl;
  const cacheDir = options.cacheDir ?? environment.cacheDir;
  return {
    id: checkHubId(id),
    revision: checkRevision(options.revision ?? "main"),
    wanted: options.files,
    connection: hubConnection({
      ...options,
      hubUrl,
      fetch: options.fetch ?? proxiedFetch(),
      token: options.token ?? (isSameHub ? environment.token : undefined),
    }),
    cache: repositoryCache(cacheDir, id),
    cacheDir,
    isOffline: options.isOffline ?? environment.isOffline,
    check: options.check ?? "names",
    onProgress: options.onProgress ?? (() => undefined),
    onWarning: options.onWarning ?? console.warn,
  };
}

interface AtHand {
  /** Files that are needed for sure and are not there. */
  readonly missing: readonly string[];
  /** Whether the disk knows of every file heed would read that it exists or does not. */
  readonly isCertain: boolean;
}

/** What the disk alone knows about a commit. */
async function atHand({ cache, wanted }: Job, commit: string): Promise<AtHand> {
  const absent = async (names: readonly string[]) => {
    const present = await cache.present(commit, names);
    return names.filter((name) => !present.has(name));
  };
  if (wanted !== undefined) return { missing: await absent(wanted), isCertain: true };
  const readText = (name: string) =>
    readFile(join(cache.snapshot(commit), name), "utf8").catch(() =>
      name === "modules.json" ? "[]" : '{"weight_map":{}}',
    );
  const needed = await neededFiles((names) => cache.known(commit, names), readText);
  const weights = needed.weights.length > 0 ? needed.weights : ["model.safetensors"];
  const config = /^adapter_/.test(weights[0]!) ? "adapter_config.json" : "config.json";
  const names = new Set([config, ...needed.texts, ...weights]);
  return { missing: await absent([...names]), isCertain: needed.isCertain };
}

async function fetchOnline(job: Job, hasStandIn: boolean): Promise<string> {
  const { cache, id, revision, wanted } = job;
  // With a copy at hand nobody should wait long for a hub that is away.
  const connection = hasStandIn ? { ...job.connection, attempts: 2 } : job.connection;
  const api = libraryApi(connection);
  const commit = isCommit(revision) ? revision : await api.commit(id, revision);
  const local = await atHand(job, commit);
  if (!local.isCertain || local.missing.length > 0 || job.check !== "names") {
    const place = { api, id, revision, commit };
    const selection = await selectFiles(place, (file) => readFetched(job, commit, file), wanted);
    await downloadAll(job, commit, selection);
    // Only a shortcut for the next time: a cache that cannot be written works without.
    await cache.noteAbsent(commit, selection.absent).catch(() => undefined);
  }
  await cache.remember(revision, commit).catch((error: Error) => {
    job.onWarning(
      `hub: the cache could not note which commit ${revision} is (${error.message}); offline it will not be found.`,
    );
  });
  return cache.snapshot(commit);
}

/** Downloads what the snapshot lacks, a few files side by side; the first failure stops the others. */
async function downloadAll(job: Job, commit: string, { files }: HubSelection): Promise<void> {
  const { cache, onProgress } = job;
  const snapshot = cache.snapshot(commit);
  const waiting: HubFile[] = [];
  for (const file of files) {
    const damage = await damageOf(join(snapshot, file.name), file, job.check === "hashes");
    if (damage !== undefined) waiting.push(file);
    if (damage === undefined || damage === "missing") continue;
    job.onWarning(`hub: ${file.name} of ${job.id} ${damage}: it is fetched again`);
    await cache.removeBlob(file.etag);
  }
  for (const { name, bytes } of waiting) onProgress({ file: name, received: 0, total: bytes });
  const stop = new AbortController();
  const outer = job.connection.signal;
  const passOn = () => stop.abort(outer?.reason);
  outer?.addEventListener("abort", passOn, { once: true });
  if (outer?.aborted) passOn();
  const connection = { ...job.connection, signal: stop.signal };
  const lane = async () => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift())
      await download({ ...job, connection }, commit, file);
  };
  const ended = await Promise.allSettled(
    Array.from({ length: lanes }, () =>
      lane().catch((error: unknown) => {
        stop.abort(error); // the others end with this same error
        throw error;
      }),
    ),
  );
  outer?.removeEventListener("abort", passOn);
  for (const end of ended) if (end.status === "rejected") throw stop.signal.reason;
}

async function download(job: Job, commit: string, file: HubFile): Promise<void> {
  const { cache, connection, id, onProgress, revision } = job;
  await downloadBlob({
    connection,
    subject: { id, revision, file: file.name },
    url: fileUrl(connection.hubUrl, id, commit, file.name),
    file,
    blobs: cache.blobs,
    onBytes: (received) => {
      if (received > 0 || file.bytes === 0)
        onProgress({ file: file.name, received, total: file.bytes });
    },
  });
  await cache.place(commit, file.name, file.etag);
}

/** The text of a weight index, which comes into the cache before the shards it names. */
async function readFetched(job: Job, commit: string, file: HubFile): Promise<string> {
  await downloadAll(job, commit, { files: [file], absent: [] });
  return readFile(join(job.cache.snapshot(commit), file.name), "utf8");
}

async function readRemote(
  { cache, connection, id, revision }: Job,
  commit: string,
  file: HubFile,
): Promise<string> {
  const cached = await readFile(join(cache.snapshot(commit), file.name), "utf8").catch(
    () => undefined,
  );
  if (cached !== undefined) return cached;
  const subject = { id, revision, file: file.name };
  const { bytes } = await requestBytes(
    connection,
    subject,
    fileUrl(connection.hubUrl, id, commit, file.name),
  );
  return new TextDecoder().decode(bytes);
}

function offlineError(
  job: Job,
  commit: string | undefined,
  missing: readonly string[] | undefined,
): CheckpointError {
  const lacks = commit === undefined ? "nothing" : `no ${missing?.join(", no ")}`;
  return new CheckpointError(
    `hub: HF_HUB_OFFLINE is set and ${job.cacheDir} holds ${lacks} of ${job.id} at ${job.revision}. ` +
      `Unset HF_HUB_OFFLINE and run it once with a network.`,
  );
}
