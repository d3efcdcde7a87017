import { isObject } from "../json/strict-json.ts";
import { Checksum } from "./checksum.ts";
import type { FileFacts } from "./file-facts.ts";
import { type KeptFile, sha256 } from "./kept-file.ts";
import { Pieces } from "./pieces.ts";
import { shownAddress } from "./shown-address.ts";

/** What is remembered of a model beside its bytes. */
export interface KeptIndex {
  readonly label: string;
  /** Of a hub's repository: the commit the files are of. */
  readonly commit?: string;
  /** By name; null for what was looked for and is not there. */
  readonly files: Readonly<Record<string, FileFacts | null>>;
  /** Whether the same `load` needs nothing more. */
  readonly isComplete: boolean;
  /** Milliseconds since 1970. */
  readonly keptAt: number;
}

/** A model that the browser keeps for the next visit. */
export interface KeptEntry {
  /** As it was loaded: a hub id, an address (its query left out). */
  readonly source: string;
  readonly bytes: number;
  /** Undefined where a download was interrupted. */
  readonly keptAt: Date | undefined;
  /** False where a download was interrupted: the next `load` goes on with it. */
  readonly isComplete: boolean;
}

/** What is kept of one model. */
export interface KeptModel {
  readonly index: KeptIndex | undefined;
  /** The parts of one version of a file. */
  file(name: string, facts: FileFacts): KeptFile;
  /** Remembers what is known of the files, unless another load of the model that came to its end meanwhile knows more. */
  write(index: KeptIndex): Promise<void>;
}

/** Models have a cache each: its name is the source that it was loaded from. */
const prefix = "heed: ";
/** Keys of caches are addresses; nothing is ever asked of this one. */
const home = "https://heed.invalid/";
const indexKey = `${home}index`;
const sumHeader = "x-checksum";

/**
 * What the browser keeps of a model, by the Cache API; undefined where it keeps nothing (pages of plain http, private windows). `warn` is told
 * once when there is no room.
 */
export async function openKept(
  source: string,
  warn: (message: string) => void,
): Promise<KeptModel | undefined> {
  const name = await cacheName(source);
  const isThere = await globalThis.caches?.has(name).catch(() => undefined);
  if (isThere === undefined || !globalThis.crypto?.subtle) return undefined;
  const open = () => globalThis.caches.open(name);
  // Made when there is something to keep: a model that is not there leaves nothing.
  let cache = isThere ? await open().catch(() => undefined) : undefined;
  const [index, keys] = await Promise.all([cache && readIndex(cache), cache?.keys() ?? []]);
  const there = new Set(keys.map(({ url }) => url));
  let isFull = false;

  const put = async (key: string, made: () => Response) => {
    try {
      if (isFull) return false;
      cache ??= await open();
      await cache.put(key, made());
      return true;
    } catch (error) {
      if (!isFull)
        warn(
          `${shownAddress(source)}: the browser has no room to keep it (${(error as Error).message}); the next visit fetches it again. forgetModel() frees what earlier models take`,
        );
      isFull = true;
      return false;
    }
  };

  return {
    index,
    file(name, facts) {
      const own = partsKey(name, facts);
      const key = (part: number) => `${own}&part=${part}`;
      /** The part behind the one that was asked for last, which is mostly asked for next. */
      let ahead:
        | { readonly part: number; readonly response: Promise<Response | undefined> }
        | undefined;
      // What a storage cannot read is as good as damaged.
      const look = async (part: number) => cache?.match(key(part)).catch(() => undefined);
      const find = (part: number) => {
        const found = ahead?.part === part ? ahead.response : look(part);
        const next = part + 1;
        ahead = there.has(key(next)) ? { part: next, response: look(next) } : undefined;
        return found;
      };
      return {
        has: (part) => there.has(key(part)),
        async get(part, length) {
          const response = await find(part);
          const pieces = response && (await piecesOf(response, length));
          if (pieces) return pieces;
          there.delete(key(part));
          await cache?.delete(key(part)).catch(() => undefined);
          return undefined;
        },
        async put(part, pieces) {
          const sum = new Checksum();
          for (const bytes of pieces) sum.update(bytes);
          const headers = { [sumHeader]: sum.digest(), "content-length": String(pieces.length) };
          // To put a part together takes memory, of which there may be none.
          const made = () => new Response(pieces.joined(), { headers });
          if (await put(key(part), made)) there.add(key(part));
        },
      };
    },
    async write(written) {
      const now = cache && (await readIndex(cache));
      const isOther = now?.keptAt !== index?.keptAt;
      if (isOther && now?.isComplete && !written.isComplete) return;
      await put(indexKey, () => Response.json(written));
      const known = Object.entries(written.files);
      const current = known.flatMap(([name, facts]) => (facts ? [partsKey(name, facts)] : []));
      // Parts of versions that are no more; of files that are not known another load may be keeping them.
      for (const key of there) {
        const isKnown = written.isComplete || known.some(([name]) => key.startsWith(fileKey(name)));
        if (key !== indexKey && isKnown && !current.some((own) => key.startsWith(`${own}&`)))
          await cache?.delete(key);
      }
    },
  };
}

/** The models that the browser keeps of earlier visits, by name; none where it keeps nothing. */
export async function keptModels(): Promise<KeptEntry[]> {
  const names = (await globalThis.caches?.keys()) ?? [];
  const entries: KeptEntry[] = [];
  for (const name of names.filter((one) => one.startsWith(prefix)).sort()) {
    const cache = await caches.open(name);
    const index = await readIndex(cache);
    let bytes = 0;
    for (const request of await cache.keys())
      bytes += Number((await cache.match(request))?.headers.get("content-length") ?? 0);
    entries.push({
      source: name.slice(prefix.length),
      bytes,
      keptAt: index && new Date(index.keptAt),
      isComplete: index?.isComplete ?? false,
    });
  }
  return entries;
}

/** Removes what is kept of a model, by the source it was loaded from or as `keptModels` names it; false where nothing was kept. */
export async function removeKept(source: string): Promise<boolean> {
  const names = new Set([await cacheName(source), `${prefix}${source}`]);
  let isRemoved = false;
  for (const name of names) isRemoved = (await globalThis.caches?.delete(name)) || isRemoved;
  return isRemoved;
}

/** A query may hold a secret, so that its hash stands in its place. */
async function cacheName(source: string): Promise<string> {
  if (!URL.canParse(source)) return `${prefix}${source}`;
  const { search } = new URL(source);
  const shown = shownAddress(source);
  if (search === "") return `${prefix}${shown}`;
  const hash = await sha256(new TextEncoder().encode(search));
  return `${prefix}${shown.replace("?…", `?${hash?.slice(0, 16)}`)}`;
}

async function readIndex(cache: Cache): Promise<KeptIndex | undefined> {
  const response = await cache.match(indexKey).catch(() => undefined);
  const index: unknown = await response?.json().catch(() => undefined);
  // What is damaged is as good as not there.
  return isIndex(index) ? index : undefined;
}

function isIndex(index: unknown): index is KeptIndex {
  if (!isObject(index) || !isObject(index.files)) return false;
  const isFacts = (facts: unknown) =>
    facts === null || (isObject(facts) && Number.isSafeInteger(facts.size));
  return Object.values(index.files).every(isFacts);
}

/** What the keys of all parts of one version of a file begin with. */
function partsKey(name: string, { version = "", size, partBytes }: FileFacts): string {
  const query = new URLSearchParams({
    version,
    size: String(size),
    cut: String(partBytes),
    sum: "4",
  });
  return `${fileKey(name)}${query}`;
}

/** What the keys of all parts of a file begin with. */
function fileKey(name: string): string {
  return `${home}files/${name.split("/").map(encodeURIComponent).join("/")}?`;
}

/** What a response of the storage holds; undefined where it is not what was put there. */
async function piecesOf(response: Response, length: number): Promise<Pieces | undefined> {
  const pieces = new Pieces();
  const sum = new Checksum();
  // Into memory of one's own (mode "byob") would be faster, and in Chromium 156 some reads of short answers never end.
  const reader = response.body?.getReader();
  try {
    for (let read = await reader?.read(); read?.value; read = await reader?.read()) {
      pieces.add(read.value);
      sum.update(read.value);
    }
  } catch {
    return undefined; // a disk that cannot be read
  }
  const isWhole = pieces.length === length && sum.digest() === response.headers.get(sumHeader);
  return isWhole ? pieces : undefined;
}
