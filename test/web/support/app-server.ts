import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { filesBeside } from "../../../scripts/build-web.mjs";

const beside = new Map(filesBeside().map(({ file, beside }) => [beside, file]));
const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};

export interface AppServer {
  /** The page: with a slash at its end. */
  readonly address: string;
  /** Paths that were asked for, with those that are not there. */
  readonly asked: string[];
  /** Serves another folder from now on. */
  folder: string;
  /** Ends, so that whoever asks finds nobody. */
  close(): Promise<void>;
}

/** How an app is served. */
export interface ServedAs {
  readonly path?: string;
  readonly headers?: object;
  /** Texts in place of files, or beside them, by name. */
  readonly instead?: Readonly<Record<string, string>>;
  /** A file that is asked for and never comes. */
  readonly withheld?: string;
  /** Takes what a page posts. */
  posted?(body: string): void;
}

/** Serves a built app as a static host does: no headers of its own, under a path of the host; the model's files from where they lie. */
export async function serveApp(
  folder: string,
  { path = "/", headers = {}, instead = {}, withheld, posted }: ServedAs = {},
): Promise<AppServer> {
  const asked: string[] = [];
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url!, "http://localhost");
    if (request.method === "POST") {
      let body = "";
      for await (const part of request) body += part;
      response.end();
      return posted?.(body);
    }
    asked.push(pathname);
    const name = pathname.startsWith(path)
      ? normalize(pathname.slice(path.length) || "index.html")
      : "..";
    if (name === withheld) return;
    const file = beside.get(name) ?? join(served.folder, name);
    const isThere = !name.startsWith("..") && existsSync(file);
    const given = instead[name];
    const bytes =
      given !== undefined
        ? given
        : isThere
          ? await readFile(file).catch(() => undefined)
          : undefined;
    const type = types[extname(file)] ?? "application/octet-stream";
    response.writeHead(bytes ? 200 : 404, { ...headers, "content-type": type }).end(bytes);
  });
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const served = {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`,
    asked,
    folder,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return served;
}
