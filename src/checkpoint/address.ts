import { CheckpointError, InputError } from "../errors/errors.ts";
import { safeName } from "./file-name.ts";
import { endsEarly } from "./memory.ts";
import type { FileSource } from "./source.ts";

export interface AddressOptions {
  /** Sent with every request, such as an authorization. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Instead of the platform's fetch. */
  readonly fetch?: typeof fetch;
  /** Stops all requests of this source, now and later. */
  readonly signal?: AbortSignal;
}

/** What is known of a file after its first request. */
interface RemoteFile {
  readonly size: number;
  /** Its first bytes; all of them where the server does not serve ranges. */
  readonly head: Uint8Array;
}

/** Enough for most headers and configurations, so that they take one request. */
const HEAD_BYTES = 65_536;

/**
 * Files below a web address (`https://host/folder/`), read by Range requests (RFC 9110, 14). Where the server ignores ranges, a file
 * is downloaded once and kept until `close`. Throws CheckpointError with the next step for what the server refuses.
 */
export function addressSource(address: string, options: AddressOptions = {}): FileSource {
  const base = parseAddress(address);
  const files = new Map<string, Promise<RemoteFile | undefined>>();
  let hasAnswered = false;

  async function open(name: string): Promise<RemoteFile | undefined> {
    const url = fileUrl(base, name);
    const response = await request(url, options, `bytes=0-${HEAD_BYTES - 1}`);
    // Buckets that may not be listed answer 403 for a file that is not there.
    const isMissing =
      [404, 410].includes(response.status) || (response.status === 403 && hasAnswered);
    const isEmpty =
      response.status === 416 && /\/0$/.test(response.headers.get("content-range") ?? "");
    if (isMissing || isEmpty || isFallbackPage(response, name)) {
      await response.body?.cancel();
      return isEmpty ? { size: 0, head: new Uint8Array(0) } : undefined;
    }
    if (response.status !== 200 && response.status !== 206) throw await refused(response, url);
    hasAnswered = true;
    if (response.status === 200) {
      const head = await readBody(response, url, options.signal);
      return { size: head.length, head };
    }
    const { start, end, size } = contentRange(response, url);
    if (start !== 0 || end !== Math.min(HEAD_BYTES, size)) throw wrongRange(response, url);
    return { size, head: await readBody(response, url, options.signal, end) };
  }

  function find(name: string): Promise<RemoteFile | undefined> {
    const known = files.get(safeName(name, address));
    if (known !== undefined) return known;
    const opening = open(name);
    files.set(name, opening);
    opening.catch(() => files.delete(name));
    return opening;
  }

  return {
    label: address,
    list: async () => undefined,
    size: async (name) => (await find(name))?.size,
    read: async (name, start, end) => {
      const file = await find(name);
      const url = fileUrl(base, name);
      if (file === undefined) throw new CheckpointError(`${url}: there is no such file`);
      if (end > file.size) throw endsEarly(url, file.size, end);
      if (end <= file.head.length || start === end) return file.head.slice(start, end);
      const response = await request(url, options, `bytes=${start}-${end - 1}`);
      if (response.status !== 206) throw await refused(response, url);
      const range = contentRange(response, url);
      if (range.start !== start || range.end !== end) throw wrongRange(response, url);
      if (range.size !== file.size)
        throw new CheckpointError(
          `${url}: the file had ${file.size} bytes and now has ${range.size}. It changed while it was read: open it again.`,
        );
      return readBody(response, url, options.signal, end - start);
    },
    close: async () => files.clear(),
  };
}

function parseAddress(address: string): URL {
  if (!URL.canParse(address) || !/^https?:/i.test(address))
    throw new InputError(`"${address}" is not a web address; it begins with https:// or http://`);
  const url = new URL(address);
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  url.hash = "";
  return url;
}

/** A query of the address (a signature, a token) goes with every file. */
function fileUrl(base: URL, name: string): string {
  const url = new URL(base);
  url.pathname += name.split("/").map(encodeURIComponent).join("/");
  return url.href;
}

async function request(
  url: string,
  { headers, fetch: ask = fetch, signal }: AddressOptions,
  range: string,
): Promise<Response> {
  try {
    return await ask(url, { headers: { ...headers, range }, signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw new CheckpointError(`${url}: cannot be reached (${reason(error)}). Is there a network?`, {
      cause: error,
    });
  }
}

/** Servers of single-page sites answer with their page for whatever is missing. */
function isFallbackPage(response: Response, name: string): boolean {
  const type = response.headers.get("content-type") ?? "";
  return response.ok && type.startsWith("text/html") && !name.endsWith(".html");
}

function contentRange(response: Response, url: string) {
  const match = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(response.headers.get("content-range") ?? "");
  if (match === null) throw wrongRange(response, url);
  const [start, last, size] = match.slice(1).map(Number) as [number, number, number];
  return { start, end: last + 1, size };
}

function wrongRange(response: Response, url: string): CheckpointError {
  const given = response.headers.get("content-range");
  const hint =
    given === null
      ? "Does the server expose that header to other sites (CORS)?"
      : "The server is at fault.";
  return new CheckpointError(
    `${url}: the answer's content-range is ${given ?? "missing"}, not what was asked for. ${hint}`,
  );
}

/** The body, of exactly `length` bytes where given. */
async function readBody(
  response: Response,
  url: string,
  signal?: AbortSignal,
  length = Number.POSITIVE_INFINITY,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let received = 0;
  try {
    const reader = response.body?.getReader();
    for (;;) {
      const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
      if (done) break;
      parts.push(value);
      received += value.length;
      if (received > length) await reader?.cancel();
      if (received > length) break;
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw new CheckpointError(`${url}: the connection broke off (${reason(error)}). Try again.`, {
      cause: error,
    });
  }
  if (received !== length && length !== Number.POSITIVE_INFINITY)
    throw new CheckpointError(
      `${url}: ${received} bytes came where ${length} were due. Try again, or download the folder.`,
    );
  return joined(parts, received);
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

async function refused(response: Response, url: string): Promise<CheckpointError> {
  await response.body?.cancel();
  const { status } = response;
  const wait = response.headers.get("retry-after");
  let next = "Open the address in a browser to see what it serves.";
  if (status === 401 || status === 403)
    next = 'It needs a permission: pass headers, such as { authorization: "Bearer …" }.';
  else if (status === 404 || status === 410) next = "The file is gone.";
  else if (status === 429)
    next = `Too many requests: wait ${wait === null ? "a while" : `${wait} (seconds, or until then)`} and try again.`;
  else if (status >= 500) next = "The server has a problem: try again later.";
  return new CheckpointError(`${url}: the server answered ${status}. ${next}`);
}

function reason(error: unknown): string {
  const { message, cause } = error as { message?: string; cause?: { code?: string } };
  return cause?.code ?? message ?? String(error);
}
