import { existsSync, readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, extname, join } from "node:path";
import { CheckpointError } from "../../errors/errors.ts";
import type { EmbeddedModel } from "../../load.node.ts";
import { escapeMarkup } from "../../views/escape.ts";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".json": "application/json",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};

/** Where a page looks for the models that come with heed. */
const modelsBeside: Readonly<Record<EmbeddedModel, string>> = {
  "all-MiniLM-L6-v2": "model",
  "heed-stories": "stories",
};

/** Has a browser fetch what was recorded of the model that comes with heed: no concern of another. */
const recordedLink = /\s*<link rel="preload"[^>]*\/recorded\.bin">/;

/** A file as it is sent. */
export interface PageFile {
  readonly type: string;
  /** Whether it never changes under its name. */
  readonly isFixed: boolean;
  read(): Promise<Uint8Array>;
}

/** What the page begins with beside a text: a file, and where the page asks for it. */
export interface GivenFile {
  readonly kind: "picture" | "sound";
  readonly path: string;
}

/**
 * The explorer's files by their paths, "/" being the page: all that is ever served, so that no path leads elsewhere. The page is told which
 * model this process has, and of the picture or sound it was given, which lies at "/picture" or "/sound". Throws CheckpointError where the
 * explorer was not built.
 */
export function pageFiles(
  model: { readonly kind: string; readonly [name: string]: unknown },
  given?: GivenFile,
): ReadonlyMap<string, PageFile> {
  const root = dirname(createRequire(import.meta.url).resolve("heed/package.json"));
  const folder = join(root, "dist/web");
  if (!existsSync(join(folder, "index.html")))
    throw new CheckpointError(
      `${folder}: the explorer is not there. Of a clone it is built by npm run build`,
    );
  const files = new Map<string, PageFile>();
  const add = (path: string, file: string) =>
    files.set(path, {
      type: types[extname(file)] ?? "application/octet-stream",
      isFixed: true,
      read: () => readFile(file),
    });
  for (const version of readdirSync(folder).filter((name) => name.startsWith("app-")))
    for (const name of readdirSync(join(folder, version)))
      add(`/${version}/${name}`, join(folder, version, name));
  // The page may load the models that come with heed beside the one it was opened with.
  for (const [model, beside] of Object.entries(modelsBeside)) {
    const embedded = join(root, "models", model);
    for (const name of readdirSync(embedded).filter((name) => /\.bin$|^film\.json$/.test(name)))
      add(`/${beside}/${name}`, join(embedded, name));
  }
  if (given)
    files.set(`/${given.kind}`, {
      type: "application/octet-stream",
      isFixed: false,
      read: () => readFile(given.path),
    });
  files.set("/", {
    type: types[".html"]!,
    isFixed: false,
    read: async () => {
      const page = await readFile(join(folder, "index.html"), "utf8");
      const said = [
        meta("heed-engine", JSON.stringify(model)),
        ...(given ? [meta(`heed-${given.kind}`, basename(given.path))] : []),
      ];
      const own = model.kind === "embedded" ? page : page.replace(recordedLink, "");
      return Buffer.from(own.replace("</head>", () => `${said.join("")}</head>`));
    },
  });
  return files;
}

function meta(name: string, content: string): string {
  return `<meta name="${name}" content="${escapeMarkup(content)}">`;
}
