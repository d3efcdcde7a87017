import { InputError } from "../errors/errors.ts";
import { safeName } from "./file-name.ts";
import type { RangeRequest } from "./remote/file-facts.ts";
import type { KeptIndex, KeptModel } from "./remote/kept.ts";
import { RemoteFile } from "./remote/remote-file.ts";
import { remoteSource } from "./remote/remote-source.ts";
import { shownAddress, withoutCredentials } from "./remote/shown-address.ts";
import { type Answer, ask, type Connection, connectionOf } from "./remote/transfer.ts";
import { retryAfter, TransferError } from "./remote/transfer-error.ts";
import { declaredSize } from "./safetensors.ts";
import type { FileSource } from "./source.ts";

export interface AddressOptions extends Partial<Connection> {
  /** Sent with every request, such as an authorization. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Told of bytes that came over the network. */
  readonly onProgress?: (progress: { file: string; received: number; total: number }) => void;
  /** Where what comes is kept, and taken from. */
  readonly kept?: KeptModel;
  /** What an earlier visit knew of the files: nothing is asked for that it answers. */
  readonly index?: KeptIndex;
}

/** The most bytes of a file whose answer does not say how many there are: of one with numbers, and of any other. */
const MOST_NUMBERS = 2 ** 30;
const MOST_TEXT = 256 * 1024 * 1024;

/**
 * Files below a web address (`https://host/folder/`). Each comes in one answer, as it is read; one that breaks off is continued by a
 * range (RFC 9110, 14) of the same version, or where the server names none by a second answer that begins with the same bytes.
 * Throws InputError for what is no address, CheckpointError with the next step for what the server refuses.
 */
export function addressSource(address: string, options: AddressOptions = {}): FileSource {
  const { url: base, authorization } = parseAddress(address);
  const label = shownAddress(address);
  const connection = connectionOf(options);
  const { kept, index, onProgress } = options;
  const given = { ...(authorization ? { authorization } : {}), ...options.headers };
  let isReached = false;
  let hasGiven = false;
  /** Settles with the first answer, by which others are understood. */
  let first: Promise<unknown> | undefined;

  async function send(name: string, range: RangeRequest | undefined): Promise<Answer | undefined> {
    const url = fileUrl(base, name);
    const place = shownAddress(url);
    const answering = ask(
      connection,
      url,
      { headers: headersOf(url, given, range) },
      {
        unreachable: (why, { isPassing, ...more }) =>
          new TransferError(`${place}: cannot be reached (${why}). Is there a network?`, {
            // A server that never answered is rather misspelt than away.
            isPassing: isPassing && isReached,
            ...more,
          }),
        cut: (why, more) =>
          new TransferError(`${place}: the connection broke off (${why}). Try again.`, {
            isPassing: true,
            ...more,
          }),
        refused: (response) => refused(response, place),
      },
    );
    const isFirst = first === undefined;
    first ??= answering.catch(() => undefined);
    const answer = await answering;
    isReached = true;
    // Buckets that may not be listed answer 403 for a file that is not there.
    if (answer.status === 403 && !isFirst) await first;
    if (answer.status === 403 && !hasGiven) throw denied(403, place);
    const isMissing = [403, 404, 410].includes(answer.status) || isFallbackPage(answer, name);
    if (!isMissing) {
      hasGiven = true;
      return answer;
    }
    void readAway(answer);
    return undefined;
  }

  return remoteSource({
    label,
    kept,
    index,
    place: (name) => shownAddress(fileUrl(base, name)),
    list: async () => undefined,
    file(name, room) {
      safeName(name, label);
      const facts = index?.files[name];
      if (facts === null && index?.isComplete) return undefined;
      return new RemoteFile({
        name,
        room,
        connection,
        place: shownAddress(fileUrl(base, name)),
        ask: (range) => send(name, range),
        // Without a version what is kept of an interrupted download cannot be continued.
        facts: index?.isComplete || facts?.version !== undefined ? (facts ?? undefined) : undefined,
        most: /\.bin$/.test(name) ? MOST_NUMBERS : MOST_TEXT,
        declaredSize: /\.safetensors$/.test(name) ? declaredSize : undefined,
        keep: kept && ((known) => kept.file(name, known)),
        onBytes: (received, total) => onProgress?.({ file: name, received, total }),
      });
    },
  });
}

function parseAddress(address: string) {
  if (!URL.canParse(address) || !/^https?:/i.test(address))
    throw new InputError(
      `"${shownAddress(address)}" is not a web address; it begins with https:// or http://`,
    );
  const url = new URL(address);
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  url.hash = "";
  return withoutCredentials(url);
}

/** A query of the address (a signature, a token) goes with every file. */
function fileUrl(base: URL, name: string): string {
  const url = new URL(base);
  url.pathname += name.split("/").map(encodeURIComponent).join("/");
  return url.href;
}

function headersOf(
  url: string,
  given: Readonly<Record<string, string>>,
  range: RangeRequest | undefined,
): Record<string, string> {
  const page = globalThis.location?.origin;
  const headers: Record<string, string> = { ...given };
  // A page may not say it, and what is packed has no length to be told.
  if (page === undefined) headers["accept-encoding"] = "identity";
  if (!range) return headers;
  headers.range = `bytes=${range.start}-${range.end - 1}`;
  // Another site would have to allow the header first; the answer's version is compared in any case.
  const isOwn = page === undefined || page === new URL(url).origin;
  if (isOwn && range.version?.startsWith('"')) headers["if-range"] = range.version;
  return headers;
}

/** Servers of single-page sites answer with their page for whatever is missing. */
function isFallbackPage({ status, headers }: Answer, name: string): boolean {
  const type = headers.get("content-type") ?? "";
  return status === 200 && type.startsWith("text/html") && !name.endsWith(".html");
}

/** Reads what a server says of a missing file, so that its connection can be used again. */
async function readAway(answer: Answer): Promise<void> {
  let bytes = 0;
  try {
    for await (const piece of answer.body()) {
      bytes += piece.length;
      if (bytes > 65_536) return;
    }
  } catch {
    // Nobody needs it.
  }
}

function refused({ status, headers }: Response, place: string): TransferError | undefined {
  if ([200, 206, 403, 404, 410].includes(status)) return undefined;
  if (status === 416 && /\/0$/.test(headers.get("content-range") ?? "")) return undefined;
  if (status === 401) return denied(status, place);
  const said = headers.get("retry-after");
  let next = "Open the address in a browser to see what it serves.";
  if (status === 429)
    next = `Too many requests: wait ${said === null ? "a while" : `${said} (seconds, or until then)`} and try again.`;
  else if (status >= 500) next = "The server has a problem: try again later.";
  return new TransferError(`${place}: the server answered ${status}. ${next}`, {
    isPassing: status === 429 || status === 408 || status >= 500,
    retryAfterMs: retryAfter(headers),
  });
}

function denied(status: number, place: string): TransferError {
  return new TransferError(
    `${place}: the server answered ${status}. It needs a permission: pass headers, such as { authorization: "Bearer …" }.`,
  );
}
