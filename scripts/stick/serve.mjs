import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname } from "node:path";

const types = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};
const isolation = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "x-content-type-options": "nosniff",
};

const server = createServer(async ({ url }, response) => {
  const [path] = url.replace(/^\/(?=\?|$)/, "/index.html").split("?");
  // Names of this folder's files are plain, so that no path leads out of it.
  const isPlain = /^(\/\w[\w.-]*)+$/.test(path);
  const file = isPlain && (await readFile(new URL(`.${path}`, import.meta.url)).catch(() => {}));
  const type = types[extname(path)] ?? "application/octet-stream";
  response.writeHead(file ? 200 : 404, { "content-type": type, ...isolation }).end(file || "");
});
server.on("error", ({ message }) => console.error(`${message}. Another port: node serve.mjs 9000`));
server.listen(Number(process.argv[2] ?? 8014), "127.0.0.1", () =>
  console.log(`Open http://127.0.0.1:${server.address().port}/ in a browser; Ctrl-C ends it.`),
);
