import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** One repository as the stub serves it. */
export interface StubRepository {
  /** Commit ids by branch, tag or pull request. */
  readonly refs: Readonly<Record<string, string>>;
  /** Files by commit. */
  readonly commits: Readonly<Record<string, Readonly<Record<string, Uint8Array | string>>>>;
  /** A licence must be accepted: only this token may read files. */
  readonly gatedFor?: string;
  /** Only this token sees that the repository is there. */
  readonly privateFor?: string;
}

/** Something that goes wrong with matching requests, `times` times. */
export interface StubFault {
  readonly path: RegExp;
  times: number;
  /** Answers this instead. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Breaks the connection after so many bytes of the body. */
  readonly cutAfter?: number;
  /** Sends so many bytes of the body, then nothing more until the client leaves. */
  readonly stallAfter?: number;
  /** Changes a byte of the body. */
  readonly isWrong?: boolean;
  /** Sends the whole file whatever range was asked for. */
  readonly ignoresRange?: boolean;
  /** Pauses this long between pieces of 64 KiB. */
  readonly pauseMs?: number;
}

/** What a client asked. */
export interface StubRequest {
  readonly method: string;
  /** Path and query, decoded. */
  readonly path: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
  /** Whether it came to the second origin, where large files lie. */
  readonly isCdn: boolean;
}

export interface HubStub {
  readonly url: string;
  readonly requests: StubRequest[];
  readonly faults: StubFault[];
  close(): Promise<void>;
}

/** Files of this size or more are kept as on the hub's large file store: SHA-256, behind a redirect to another origin. */
const largeBytes = 4096;

export function sha256(content: Uint8Array | string): string {
  return createHash("sha256").update(content).digest("hex");
}

export function gitBlob(content: Uint8Array | string): string {
  const bytes = Buffer.from(content as string);
  return createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
}

/** The name of a file's blob in the cache. */
export function etagOf(content: Uint8Array | string): string {
  return content.length >= largeBytes ? sha256(content) : gitBlob(content);
}

/** A hub on two loopback ports with the routes heed and Python's huggingface_hub use. */
export async function hubStub(repositories: Record<string, StubRepository>): Promise<HubStub> {
  const requests: StubRequest[] = [];
  const faults: StubFault[] = [];
  const blobs = new Map<string, Buffer>();
  for (const { commits } of Object.values(repositories))
    for (const content of Object.values(commits).flatMap((files) => Object.values(files)))
      blobs.set(etagOf(content), Buffer.from(content as string));

  const cdn = await listening(
    createServer((request, response) => {
      const fault = noted(request, true);
      const blob = blobs.get(new URL(request.url ?? "/", "http://cdn").pathname.slice(1));
      if (fault?.status !== undefined)
        return refuse(response, fault.status, fault.headers, fault.body);
      if (blob === undefined) return refuse(response, 404);
      void sendFile(request, response, blob, {}, fault);
    }),
  );
  const hub = await listening(createServer((request, response) => void answer(request, response)));

  function noted(request: IncomingMessage, isCdn: boolean): StubFault | undefined {
    const path = decodeURIComponent(request.url ?? "/");
    const { range, authorization } = request.headers;
    requests.push({ method: request.method ?? "GET", path, range, authorization, isCdn });
    const fault = faults.find((each) => each.times > 0 && each.path.test(path));
    if (fault) fault.times -= 1;
    return fault;
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request);
    const fault = noted(request, false);
    if (fault?.status !== undefined)
      return refuse(response, fault.status, fault.headers, fault.body);
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://hub");
    if (pathname === "/api/models") {
      const asked = searchParams.get("search") ?? "";
      const found = Object.keys(repositories).filter((id) => id.includes(asked));
      return json(
        response,
        found.map((id) => ({ id, _id: id, lastModified: "2024-01-01" })),
      );
    }
    const match =
      /^\/api\/models\/(.+?)\/(revision|paths-info|tree)\/([^/]+)$/.exec(pathname) ??
      /^\/(.+?)\/(resolve)\/([^/]+)\/(.+)$/.exec(pathname);
    if (!match) return refuse(response, 404);
    const [id, route, revision, file] = match
      .slice(1)
      .map((part) => decodeURIComponent(part ?? ""));
    const repository = repositories[id!];
    const token = request.headers.authorization?.replace("Bearer ", "");
    if (!repository || (repository.privateFor !== undefined && repository.privateFor !== token))
      return refuse(response, token ? 404 : 401, { "x-error-code": "RepoNotFound" });
    const commit = repository.refs[revision!] ?? revision!;
    const files = repository.commits[commit];
    if (!files) return refuse(response, 404, { "x-error-code": "RevisionNotFound" });
    const entries = Object.entries(files).map(([path, content]) => entryOf(path, content));
    if (route === "revision")
      return json(response, {
        id,
        _id: "1",
        sha: commit,
        private: false,
        siblings: entries.map(({ path }) => ({ rfilename: path })),
      });
    if (route === "tree")
      return json(
        response,
        searchParams.get("recursive")?.toLowerCase() === "true"
          ? entries
          : entries.filter(({ path }) => !path.includes("/")),
      );
    if (route === "paths-info") {
      const { paths } = JSON.parse(body) as { paths: string[] };
      return json(
        response,
        entries.filter(({ path }) => paths.includes(path)),
        fault,
      );
    }
    if (repository.gatedFor !== undefined && repository.gatedFor !== token)
      return refuse(response, token ? 403 : 401, { "x-error-code": "GatedRepo" });
    const content = files[file!];
    if (content === undefined) return refuse(response, 404, { "x-error-code": "EntryNotFound" });
    const etag = etagOf(content);
    const common = {
      "x-repo-commit": commit,
      etag: `"${etag}"`,
      "access-control-allow-origin": "*",
    };
    if (content.length < largeBytes)
      return sendFile(request, response, Buffer.from(content as string), common, fault);
    response.writeHead(302, {
      ...common,
      location: `${cdn.url}/${etag}?signed`,
      "x-linked-etag": `"${etag}"`,
      "x-linked-size": String(content.length),
    });
    response.end();
  }

  return {
    url: hub.url,
    requests,
    faults,
    async close() {
      for (const { server } of [hub, cdn]) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
}

function entryOf(path: string, content: Uint8Array | string) {
  const size = content.length;
  if (size < largeBytes) return { type: "file", path, size, oid: gitBlob(content) };
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${sha256(content)}\nsize ${size}\n`;
  const lfs = { oid: sha256(content), size, pointerSize: pointer.length };
  return { type: "file", path, size, oid: gitBlob(pointer), lfs };
}

async function listening(server: Server): Promise<{ server: Server; url: string }> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

function json(response: ServerResponse, value: unknown, fault?: StubFault): void {
  const text = JSON.stringify(value);
  response.writeHead(200, {
    "content-type": "application/json; charset=utf-8",
    "content-length": String(Buffer.byteLength(text)),
    "access-control-allow-origin": "*",
  });
  if (fault?.cutAfter === undefined) response.end(text);
  else response.write(text.slice(0, fault.cutAfter), () => response.destroy());
}

function refuse(response: ServerResponse, status: number, headers = {}, body = "no"): void {
  response.writeHead(status, { "content-type": "text/plain", ...headers });
  response.end(body);
}

async function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  content: Buffer,
  headers: Record<string, string>,
  fault?: StubFault,
): Promise<void> {
  const asked = fault?.ignoresRange
    ? null
    : /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "");
  const start = asked ? Number(asked[1]) : 0;
  const end = asked?.[2] ? Math.min(Number(asked[2]) + 1, content.length) : content.length;
  if (asked && start >= content.length) return refuse(response, 416);
  const body = Buffer.from(content.subarray(start, end));
  if (fault?.isWrong && body.length > 0) body[body.length >> 1]! ^= 1;
  response.writeHead(asked ? 206 : 200, {
    ...headers,
    "accept-ranges": "bytes",
    "content-length": String(body.length),
    ...(asked ? { "content-range": `bytes ${start}-${end - 1}/${content.length}` } : {}),
  });
  if (request.method === "HEAD") return void response.end();
  const limit = Math.min(fault?.cutAfter ?? fault?.stallAfter ?? body.length, body.length);
  const step = fault?.pauseMs === undefined ? Math.max(limit, 1) : 65536;
  for (let at = 0; at < limit && !response.destroyed; at += step) {
    await new Promise((resolve) =>
      response.write(body.subarray(at, Math.min(at + step, limit)), resolve),
    );
    if (fault?.pauseMs !== undefined)
      await new Promise((resolve) => setTimeout(resolve, fault.pauseMs));
  }
  if (fault?.stallAfter !== undefined) return;
  if (fault?.cutAfter !== undefined) response.destroy();
  else response.end();
}
