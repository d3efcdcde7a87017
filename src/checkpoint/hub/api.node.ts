import { closest } from "fastest-levenshtein";
import { CheckpointError } from "../../errors/errors.ts";
import { about, HubError, type HubSubject } from "./errors.ts";
import { checkedFile, type HubApi, isCommit } from "./hub.ts";
import { type HubConnection, requestBytes } from "./request.ts";

/** Names asked for in one request. */
const atOnce = 100;

/** The hub's listings through @huggingface/hub, over a connection that retries, identifies and explains. */
export function libraryApi(connection: HubConnection): HubApi {
  const { hubUrl } = connection;
  // Loaded when first used: a cached checkpoint needs no hub, and the library takes 20 ms.
  const library = () => import("@huggingface/hub");
  return {
    async commit(id, revision) {
      const { modelInfo } = await library();
      const subject = { id, revision };
      try {
        const fetch = bufferedFetch(connection, subject);
        const additionalFields: "sha"[] = ["sha"];
        const { sha } = await understood(connection, subject, () =>
          modelInfo({ name: id, revision, hubUrl, fetch, additionalFields }),
        );
        if (sha !== undefined && isCommit(sha)) return sha;
        throw new HubError(
          "refused",
          `hub: ${hubUrl} gives no commit for ${revision} of ${id}. Is it a complete mirror?`,
        );
      } catch (error) {
        throw await withLikeness(connection, subject, error);
      }
    },
    async files(id, commit, names) {
      const { pathsInfo } = await library();
      const subject = { id, revision: commit };
      const fetch = bufferedFetch(connection, subject);
      return understood(connection, subject, async () => {
        const found = [];
        for (let start = 0; start < names.length; start += atOnce) {
          const paths = names.slice(start, start + atOnce);
          found.push(...(await pathsInfo({ repo: id, paths, revision: commit, hubUrl, fetch })));
        }
        return found.filter((entry) => entry.type === "file").map(checkedFile);
      });
    },
    async list(id, commit) {
      const { listFiles } = await library();
      const subject = { id, revision: commit };
      const fetch = bufferedFetch(connection, subject);
      return understood(connection, subject, async () => {
        const names: string[] = [];
        for await (const entry of listFiles({ repo: id, revision: commit, hubUrl, fetch }))
          if (entry.type === "file") names.push(entry.path);
        return names;
      });
    },
  };
}

/** What the library makes of an answer. Throws HubError where the answer is of no form that it reads; other errors stay. */
async function understood<T>(
  { hubUrl }: HubConnection,
  subject: HubSubject,
  read: () => Promise<T>,
): Promise<T> {
  try {
    return await read();
  } catch (error) {
    // Those of the library come of what it read; a server that refuses was told before.
    if (error instanceof CheckpointError || error instanceof DOMException) throw error;
    throw new HubError(
      "refused",
      `hub: ${hubUrl} answers for ${about(subject)} in no form that a hub has (${(error as Error).message}). Is it a complete mirror?`,
      { cause: error },
    );
  }
}

/** A `fetch` for small answers: whole bodies, tried again when cut. */
function bufferedFetch(connection: HubConnection, subject: HubSubject): typeof fetch {
  return async (url, init) => {
    const { answer, bytes } = await requestBytes(connection, subject, String(url), init);
    const type = answer.headers.get("content-type") ?? "none";
    if (!type.includes("json"))
      throw new HubError(
        "refused",
        `hub: ${connection.hubUrl} answers for ${about(subject)} with ${type}, not with JSON. Does the network ask to log in first?`,
      );
    return new Response(bytes, { status: answer.status, headers: answer.headers });
  };
}

/** Adds the nearest name on the hub to "there is no repository". */
async function withLikeness(
  connection: HubConnection,
  { id }: HubSubject,
  error: unknown,
): Promise<unknown> {
  if (!(error instanceof HubError) || error.failure !== "repository") return error;
  const { listModels } = await import("@huggingface/hub");
  const names: string[] = [];
  const fetch = bufferedFetch({ ...connection, attempts: 1 }, { id, revision: "main" });
  const search = { query: id.split("/").at(-1) };
  try {
    for await (const model of listModels({ hubUrl: connection.hubUrl, search, limit: 5, fetch }))
      names.push(model.name);
  } catch {
    return error; // the search is a courtesy; the error itself says enough
  }
  if (names.length === 0) return error;
  return new HubError("repository", `${error.message} Nearest: ${closest(id, names)}.`, {
    cause: error,
  });
}
