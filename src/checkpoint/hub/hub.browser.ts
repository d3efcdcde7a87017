import { CheckpointError } from "../../errors/errors.ts";
import type { FileSource } from "../source.ts";
import { HubError } from "./errors.ts";
import {
  checkedFile,
  checkHubId,
  checkRevision,
  defaultHubUrl,
  fileUrl,
  type HubApi,
  type HubFile,
  type HubOptions,
  isCommit,
} from "./hub.ts";
import { selectFiles } from "./listing.ts";
import {
  type HubConnection,
  hubConnection,
  request,
  requestBytes,
  withRetries,
} from "./request.ts";

/** A file up to this size is fetched whole and kept; of a larger one only the ranges that are read. */
const wholeBytes = 4 << 20;

/** The browser's cache that keeps whole files between visits; their addresses name a commit, so they never age. */
const cacheName = "heed-hub";

/**
 * A repository's files straight from the hub, for browsers: nothing is downloaded before it is read, and of the
 * weights only the tensors asked for. Throws InputError for a malformed id or revision, HubError for what the hub refuses.
 */
export async function hubSource(id: string, options: HubOptions = {}): Promise<FileSource> {
  const revision = checkRevision(options.revision ?? "main");
  const connection = hubConnection({ ...options, hubUrl: options.hubUrl ?? defaultHubUrl });
  const api = webApi(connection);
  const commit = isCommit(revision) ? revision : await api.commit(checkHubId(id), revision);
  const whole = new Map<string, Promise<Uint8Array>>();

  const url = (name: string) => fileUrl(connection.hubUrl, id, commit, name);
  const load = (file: HubFile): Promise<Uint8Array> => {
    const known = whole.get(file.name);
    if (known) return known;
    const loading = wholeFile(connection, id, revision, url(file.name), file);
    whole.set(file.name, loading);
    loading.then(
      () => options.onProgress?.({ file: file.name, received: file.bytes, total: file.bytes }),
      () => whole.delete(file.name),
    );
    return loading;
  };

  const readText = async (file: HubFile) => new TextDecoder().decode(await load(file));
  const place = { api, id: checkHubId(id), revision, commit };
  const { files } = await selectFiles(place, readText, options.files);
  const byName = new Map(files.map((file) => [file.name, file]));

  return {
    label: options.revision ? `${id}@${revision}` : id,
    list: async () => [...byName.keys()],
    size: async (name) => byName.get(name)?.bytes,
    async read(name, start, end) {
      const file = byName.get(name);
      if (file === undefined)
        throw new CheckpointError(`hub: ${id} has no file ${name} at ${revision}.`);
      if (end > file.bytes)
        throw new CheckpointError(
          `hub: ${name} of ${id} has ${file.bytes} bytes, asked for ${start} to ${end}. Is the file cut short?`,
        );
      if (file.bytes <= wholeBytes) return (await load(file)).slice(start, end);
      return range(connection, { id, revision, file: name }, url(name), start, end);
    },
    close: async () => whole.clear(),
  };
}

/** The hub's listings by their routes; @huggingface/hub, used in Node, drags node modules into some bundles. */
export function webApi(connection: HubConnection): HubApi {
  const api = `${connection.hubUrl}/api/models`;
  async function json(
    id: string,
    revision: string,
    path: string,
    init?: RequestInit,
  ): Promise<unknown> {
    const { bytes } = await requestBytes(
      connection,
      { id, revision },
      `${api}/${id}/${path}`,
      init,
    );
    try {
      return JSON.parse(new TextDecoder().decode(bytes));
    } catch (cause) {
      throw new HubError(
        "refused",
        `hub: ${connection.hubUrl} answers for ${id} with something that is not JSON.`,
        { cause },
      );
    }
  }
  return {
    async commit(id, revision) {
      const info = await json(id, revision, `revision/${encodeURIComponent(revision)}`);
      const sha = (info as { sha?: unknown } | null)?.sha;
      if (typeof sha === "string" && isCommit(sha)) return sha;
      throw new HubError(
        "refused",
        `hub: ${connection.hubUrl} gives no commit for ${revision} of ${id}.`,
      );
    },
    async files(id, commit, names) {
      const entries = await json(id, commit, `paths-info/${commit}`, {
        method: "POST",
        headers: { accept: "application/json", "content-type": "application/json" },
        body: JSON.stringify({ paths: names }),
      });
      return listed(entries).map(checkedFile);
    },
    async list(id, commit) {
      return listed(await json(id, commit, `tree/${commit}`)).map(({ path }) => path);
    },
  };
}

function listed(entries: unknown): Parameters<typeof checkedFile>[0][] {
  if (!Array.isArray(entries))
    throw new HubError("refused", "hub: a listing came that is not a list.");
  return entries.filter((entry) => entry?.type === "file");
}

async function wholeFile(
  connection: HubConnection,
  id: string,
  revision: string,
  url: string,
  file: HubFile,
): Promise<Uint8Array> {
  // Not every page may use the cache (private windows, plain http): without it the file is fetched each time.
  const cache = await globalThis.caches?.open(cacheName).catch(() => undefined);
  const kept = await cache?.match(url).catch(() => undefined);
  const bytes = kept
    ? new Uint8Array(await kept.arrayBuffer())
    : (await requestBytes(connection, { id, revision, file: file.name }, url)).bytes;
  if (bytes.byteLength !== file.bytes) {
    await cache?.delete(url);
    throw new CheckpointError(
      `hub: ${file.name} of ${id} came with ${bytes.byteLength} bytes, ${file.bytes} are listed. Try again.`,
    );
  }
  if (!kept) await cache?.put(url, new Response(bytes)).catch(() => undefined);
  return bytes;
}

/** Bytes [start, end) of a file, continued where a connection was cut. */
async function range(
  connection: HubConnection,
  subject: { readonly id: string; readonly revision: string; readonly file: string },
  url: string,
  start: number,
  end: number,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(end - start);
  let filled = 0;
  if (bytes.byteLength === 0) return bytes;
  await withRetries(connection, async (progressed) => {
    const from = start + filled;
    const answer = await request(connection, subject, url, {
      headers: { range: `bytes=${from}-${end - 1}` },
    });
    // A server without ranges sends the whole file: what lies before is passed over, what lies behind not awaited.
    let skip = answer.status === 206 ? 0 : from;
    for await (const piece of answer.body()) {
      const chunk = piece
        .subarray(Math.min(skip, piece.byteLength))
        .subarray(0, bytes.byteLength - filled);
      skip -= Math.min(skip, piece.byteLength);
      bytes.set(chunk, filled);
      filled += chunk.byteLength;
      if (chunk.byteLength > 0) progressed();
      if (filled === bytes.byteLength) return;
    }
    throw new HubError(
      "cut",
      `hub: ${subject.file} of ${subject.id} ended after byte ${start + filled}. Try again.`,
    );
  });
  return bytes;
}
