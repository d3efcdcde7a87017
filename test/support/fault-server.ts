import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";

/** How a file is served; everything left out is as a good server does it. */
export interface Served {
  content: Uint8Array | string;
  /** null: the server names none. */
  etag?: string | null;
  lastModified?: string;
  /** False: ranges are ignored. */
  hasRanges?: boolean;
  /** False: no Content-Length. */
  hasLength?: boolean;
  isPacked?: boolean;
  type?: string;
  /** Sent with every answer. */
  headers?: Readonly<Record<string, string>>;
  /** What goes wrong with the next requests for it, one after the other. */
  faults?: Fault[];
}

/** Something that goes wrong with one request. */
export interface Fault {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Breaks the connection after so many bytes of the body. */
  readonly cutAfter?: number;
  /** Sends so many bytes of the body, then nothing more. */
  readonly stallAfter?: number;
  /** Done before the request is answered. */
  readonly before?: () => void | Promise<void>;
  /** Answers in the server's place. */
  readonly answer?: (request: IncomingMessage, response: ServerResponse) => void;
}

export interface FaultServer {
  readonly url: string;
  readonly files: Record<string, Served>;
  /** Every request: its path, and the range it asks for. */
  readonly requests: {
    path: string;
    range: string | undefined;
    headers: IncomingMessage["headers"];
  }[];
  /** Bytes of bodies that were sent. */
  sent(): number;
  close(): Promise<void>;
}

/** A server of files on this machine whose faults are told request by request. */
export async function faultServer(
  files: Record<string, Served>,
  headersOfAll: Readonly<Record<string, string>> = {},
): Promise<FaultServer> {
  const requests: FaultServer["requests"] = [];
  let sent = 0;
  const server: Server = createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url!, "http://host").pathname.slice(1));
    requests.push({ path: request.url!, range: request.headers.range, headers: request.headers });
    const file = files[path];
    const fault = file?.faults?.shift() ?? {};
    await fault.before?.();
    if (fault.answer) return fault.answer(request, response);
    if (fault.status !== undefined)
      return void response.writeHead(fault.status, fault.headers).end("no");
    if (!file)
      return void response
        .writeHead(404, { "content-type": "text/plain", ...headersOfAll })
        .end("not here");
    const content = Buffer.from(file.content as string);
    const etag = file.etag === undefined ? `"${path}-1"` : file.etag;
    const wanted = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "");
    const isSame =
      request.headers["if-range"] === undefined || request.headers["if-range"] === etag;
    const range = file.hasRanges !== false && !file.isPacked && isSame ? wanted : null;
    const start = range ? Number(range[1]) : 0;
    const end = range?.[2] ? Math.min(Number(range[2]) + 1, content.length) : content.length;
    let body = content.subarray(start, end);
    if (file.isPacked) body = gzipSync(body);
    response.writeHead(range ? 206 : 200, {
      "content-type": file.type ?? "application/octet-stream",
      ...(etag === null ? {} : { etag }),
      ...(file.lastModified ? { "last-modified": file.lastModified } : {}),
      ...(file.hasLength === false ? {} : { "content-length": body.length }),
      ...(file.isPacked ? { "content-encoding": "gzip" } : {}),
      ...(range ? { "content-range": `bytes ${start}-${end - 1}/${content.length}` } : {}),
      ...headersOfAll,
      ...file.headers,
    });
    response.setMaxListeners(0);
    const limit = Math.min(fault.cutAfter ?? fault.stallAfter ?? body.length, body.length);
    for (let at = 0; at < limit && !response.destroyed; at += 65536) {
      const piece = body.subarray(at, Math.min(at + 65536, limit));
      if (!response.write(piece))
        await new Promise((resolve) => {
          response.once("drain", resolve);
          response.once("close", resolve);
        });
      sent += piece.length;
    }
    if (fault.stallAfter !== undefined) return;
    // Written bytes arrive before the connection breaks.
    if (fault.cutAfter !== undefined) setTimeout(() => response.destroy(), 20);
    else response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    files,
    requests,
    sent: () => sent,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
