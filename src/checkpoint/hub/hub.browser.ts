import { parseJsonBytes } from "../json/strict-json.ts";
import type { KeptIndex, KeptModel } from "../remote/kept.ts";
import { RemoteFile } from "../remote/remote-file.ts";
import { remoteSource } from "../remote/remote-source.ts";
import type { FileSource } from "../source.ts";
import { about, HubError } from "./errors.ts";
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
import { type HubConnection, hubConnection, request, requestBytes } from "./request.ts";

export interface BrowserHubOptions extends HubOptions {
  /** Where what comes is kept, and taken from. */
  readonly kept?: KeptModel;
  /** What an earlier visit knew of the repository: the hub is asked nothing that it answers. */
  readonly index?: KeptIndex;
}

/**
 * A repository's files straight from the hub, for browsers: nothing is downloaded before it is read or planned. Throws InputError for
 * a malformed id or revision, HubError for what the hub refuses.
 */
export async function hubSource(id: string, options: BrowserHubOptions = {}): Promise<FileSource> {
  const revision = checkRevision(options.revision ?? "main");
  checkHubId(id);
  const connection = hubConnection({ ...options, hubUrl: options.hubUrl ?? defaultHubUrl });
  const { kept, index, onProgress } = options;
  const isKnown = index?.isComplete && index.commit !== undefined;
  const { commit, byName } = isKnown
    ? { commit: index.commit!, byName: filesOf(index) }
    : await listing(connection, { id, revision }, options.files);

  return remoteSource({
    label: options.revision ? `${id}@${revision}` : id,
    commit,
    kept,
    index,
    place: (name) => `hub: ${name} of ${id} at ${revision}`,
    list: async () => [...byName.keys()],
    file(name, room) {
      const file = byName.get(name);
      if (file === undefined) return undefined;
      const subject = { id, revision, file: name };
      const url = fileUrl(connection.hubUrl, id, commit, name);
      return new RemoteFile({
        name,
        room,
        connection,
        place: `hub: ${about(subject)}`,
        ask: (range) => {
          const headers: Record<string, string> = {};
          if (range) headers.range = `bytes=${range.start}-${range.end - 1}`;
          return request(connection, subject, url, { headers });
        },
        facts: { size: file.bytes, version: file.etag, partBytes: index?.files[name]?.partBytes },
        hash: file.etag,
        most: file.bytes,
        keep: kept && ((facts) => kept.file(name, facts)),
        onBytes: (received, total) => onProgress?.({ file: name, received, total }),
      });
    },
  });
}

/** The files of a commit that heed reads, as the hub lists them. */
async function listing(
  connection: HubConnection,
  { id, revision }: { readonly id: string; readonly revision: string },
  wanted: readonly string[] | undefined,
) {
  const api = webApi(connection);
  const commit = isCommit(revision) ? revision : await api.commit(id, revision);
  const readText = async ({ name, bytes }: HubFile) => {
    const url = fileUrl(connection.hubUrl, id, commit, name);
    const subject = { id, revision, file: name };
    const answer = await requestBytes(connection, subject, url, {}, bytes);
    return new TextDecoder().decode(answer.bytes);
  };
  const { files } = await selectFiles({ api, id, revision, commit }, readText, wanted);
  return { commit, byName: new Map(files.map((file) => [file.name, file])) };
}

/** The files that an earlier visit kept, as the hub listed them then. */
function filesOf({ files }: KeptIndex): ReadonlyMap<string, HubFile> {
  return new Map(
    Object.entries(files).flatMap(([name, facts]) =>
      facts?.version ? [[name, { name, bytes: facts.size, etag: facts.version }]] : [],
    ),
  );
}

/** The commit that a revision stands for now. */
export async function currentCommit(id: string, options: HubOptions): Promise<string> {
  const revision = checkRevision(options.revision ?? "main");
  if (isCommit(revision)) return revision;
  return webApi(hubConnection({ ...options, hubUrl: options.hubUrl ?? defaultHubUrl })).commit(
    checkHubId(id),
    revision,
  );
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
      return parseJsonBytes(bytes, `${connection.hubUrl}: ${id}`);
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
