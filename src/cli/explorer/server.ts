import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { InputError } from "../../errors/errors.ts";
import { pagePolicy } from "../../explore/page-policy.ts";
import type { Exploring } from "../../explore/questions.ts";
import { answerRequest } from "../../explore/remote.ts";
import type { PageFile } from "./page-files.ts";

/** Where questions go. */
export const askPath = "/ask";
/** A question is a text and its changes, or hands over a photograph. */
const mostBytes = 32_000_000;
/** Runs of a large model take a while; none takes this long. */
const mostMilliseconds = 10 * 60_000;
/** Questions answered at once; of more, the oldest is cancelled. */
const mostQuestions = 8;

const policy = [...pagePolicy, "frame-ancestors 'none'"].join("; ");

const headers: Readonly<Record<string, string>> = {
  "content-security-policy": policy,
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "cross-origin-resource-policy": "same-origin",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
};

export interface ServerOptions {
  readonly explorer: Exploring;
  readonly files: ReadonlyMap<string, PageFile>;
  /** 0 is any that is free. */
  readonly port: number;
  readonly limits?: { readonly bytes?: number; readonly milliseconds?: number };
}

/** The explorer's page with a model of this process behind it. */
export interface PageServer {
  /** "http://127.0.0.1:8014/", */
  readonly address: string;
  /** What every question has to show. */
  readonly token: string;
  close(): Promise<void>;
}

/** Serves the page on this machine alone. Rejects with InputError where the port cannot be had. */
export async function servePage(options: ServerOptions): Promise<PageServer> {
  const token = randomBytes(32).toString("base64url");
  const questions = new Set<AbortController>();
  let names: ReadonlySet<string> = new Set();
  const server = createServer(async (request, response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    try {
      // A name of another site that leads here is not this page.
      if (!names.has(request.headers.host ?? "")) return refuse(response, 403, "another host");
      const path = (request.url ?? "").split(/[?#]/, 1)[0]!;
      if (path === askPath) return await ask(request, response);
      await sendFile(request, response, options.files.get(path));
    } catch {
      if (!response.headersSent) refuse(response, 500, "this cannot be read");
      else response.destroy();
    }
  });
  server.headersTimeout = 10_000;
  server.requestTimeout = 30_000;

  async function ask(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== "POST") return refuse(response, 405, "a question is a POST");
    const { origin, authorization } = request.headers;
    if (origin === undefined || !names.has(origin.replace(/^http:\/\//, "")))
      return refuse(response, 403, "another page");
    if (!isSame(authorization ?? "", `Bearer ${token}`))
      return refuse(response, 401, "without the token of this page");
    const body = await bodyOf(request, options.limits?.bytes ?? mostBytes);
    if (!body) return refuse(response, 413, "a question that is too long");
    await answer(body, response);
  }

  async function answer(body: Uint8Array, response: ServerResponse): Promise<void> {
    const abort = new AbortController();
    const [oldest] = questions;
    if (questions.size >= mostQuestions) oldest!.abort(cancelled("of too many questions at once"));
    questions.add(abort);
    const { milliseconds = mostMilliseconds } = options.limits ?? {};
    const timer = setTimeout(() => abort.abort(cancelled("it took too long")), milliseconds);
    // The page ends a question by going away from it: then the next one begins.
    response.on("close", () => abort.abort());
    response.setHeader("cache-control", "no-store");
    response.setHeader("content-type", "application/octet-stream");
    try {
      const last = await answerRequest(options.explorer, body, abort.signal, (part) =>
        response.write(part),
      );
      response.end(last);
    } finally {
      clearTimeout(timer);
      questions.delete(abort);
    }
  }

  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(unavailable(error, options.port)),
    );
    server.listen(options.port, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  names = new Set([`127.0.0.1:${port}`, `localhost:${port}`]);
  return {
    address: `http://127.0.0.1:${port}/`,
    token,
    close: async () => {
      for (const question of questions) question.abort();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function sendFile(
  { method }: IncomingMessage,
  response: ServerResponse,
  file: PageFile | undefined,
): Promise<void> {
  if (method !== "GET" && method !== "HEAD") return refuse(response, 405, "files are read");
  if (!file) return refuse(response, 404, "nothing is here");
  const bytes = await file.read();
  response.setHeader("content-type", file.type);
  response.setHeader("content-length", bytes.length);
  response.setHeader("cache-control", file.isFixed ? "max-age=31536000, immutable" : "no-store");
  response.end(method === "HEAD" ? undefined : bytes);
}

/** The body of a request, or undefined where it is too long. */
async function bodyOf(request: IncomingMessage, most: number): Promise<Uint8Array | undefined> {
  if (Number(request.headers["content-length"] ?? 0) > most) return undefined;
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of request as AsyncIterable<Uint8Array>) {
    length += part.length;
    if (length > most) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function refuse(response: ServerResponse, status: number, why: string): void {
  response.setHeader("content-type", "text/plain; charset=utf-8");
  // What is still being sent is not waited for.
  response.setHeader("connection", "close");
  response.writeHead(status).end(`${why}\n`);
}

/** Compares in a time that tells nothing. */
function isSame(given: string, wanted: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}

function cancelled(why: string): DOMException {
  return new DOMException(`The question was cancelled: ${why}`, "AbortError");
}

function unavailable({ code, message }: NodeJS.ErrnoException, port: number): Error {
  if (code === "EADDRINUSE")
    return new InputError(`--port ${port}: another program has it. Leave it out, or give another`);
  if (code === "EACCES")
    return new InputError(`--port ${port}: is the system's own. Give one of 1024 to 65535`);
  return new InputError(`--port ${port}: cannot be had (${message})`);
}
