import { InputError } from "../../errors/errors.ts";
import { defaultHubUrl } from "./hub.ts";

/** A repository of a hub, as a person named it. */
export interface HubPlace {
  readonly id: string;
  readonly revision?: string;
  /** One file of it that is a model by itself: a GGUF file. */
  readonly file?: string;
}

const hosts = ["huggingface.co", "www.huggingface.co", "hf.co"];

/**
 * The repository that an address of its page names (https://huggingface.co/owner/name, /tree/main, /blob/main/config.json), or
 * hf://owner/name@revision, or owner/name@revision, also with a GGUF file behind it; undefined for anything else. Throws InputError for pages of data sets and
 * spaces, and for folders inside a repository.
 */
export function hubPlace(source: string, hubUrl = defaultHubUrl): HubPlace | undefined {
  const model = /^(.*?)\/([^/?#]+\.gguf)(\?[^#]*)?(#.*)?$/i.exec(source);
  if (!model) return repositoryPlace(source, hubUrl);
  const [, repository = "", file = ""] = model;
  if (/^[\w.-]+\/[\w.-]+$/.test(repository) && !/^\.+\//.test(repository))
    return { id: repository, file };
  // The page of a file, and the address that it is fetched from.
  const place = repositoryPlace(
    repository.replace(/\/(resolve|blob)\/([^/]+)$/, "/tree/$2"),
    hubUrl,
  );
  return place && { ...place, file: URL.canParse(source) ? decodeURIComponent(file) : file };
}

function repositoryPlace(source: string, hubUrl: string): HubPlace | undefined {
  const short = /^hf:\/\/(?:models\/)?(.*)$/.exec(source);
  if (short) return fromPath(source, short[1]!.split("/"));
  if (!/^https?:\/\//.test(source))
    return /^[\w.-]+\/[\w.-]+@/.test(source) ? fromPath(source, source.split("/")) : undefined;
  if (!URL.canParse(source)) return undefined;
  const { host, pathname } = new URL(source);
  const own = URL.canParse(hubUrl) ? new URL(hubUrl).host : undefined;
  if (!hosts.includes(host) && host !== own) return undefined;
  const parts = pathname
    .split("/")
    .filter((part) => part !== "")
    .map(decodeURIComponent);
  // The files' own addresses are read as a folder's.
  if (parts.includes("resolve") || (!hosts.includes(host) && parts.length < 2)) return undefined;
  return fromPath(source, parts);
}

/** owner/name, then @revision, or a page's /tree/revision or /blob/revision/file. */
function fromPath(source: string, parts: readonly string[]): HubPlace {
  if (["datasets", "spaces", "collections", "papers"].includes(parts[0] ?? ""))
    throw new InputError(
      `"${source}" is of the hub's ${parts[0]}, not of a model. Give owner/name of a model`,
    );
  const path = parts.join("/").replace(/\/$/, "");
  const match =
    /^((?:[^/@]+\/)?[^/@]+)(?:@(refs\/[^/]+\/[^/]+|[^/]+)(\/.*)?|\/(tree|blob|commit)\/(refs\/[^/]+\/[^/]+|[^/]+)(\/.*)?)?$/.exec(
      path,
    );
  if (!match)
    throw new InputError(
      `"${source}" is no page of a model: those are https://huggingface.co/owner/name, /tree/revision and /blob/revision/file. Give owner/name`,
    );
  const [, id = "", at, afterAt, page, revision, afterPage] = match;
  const inside = afterAt ?? (page === "tree" ? afterPage : undefined);
  if (inside !== undefined)
    throw new InputError(
      `"${source}" names ${inside.slice(1)} inside the repository ${id}; heed reads a repository's top. Download that folder and give its path, or give ${id}`,
    );
  const named = at ?? revision;
  return named === undefined ? { id } : { id, revision: named };
}
