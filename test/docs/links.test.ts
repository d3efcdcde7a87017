import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { pageFiles, pageText } from "../support/pages.ts";

// Links of pages lead somewhere; addresses on the web are not asked for.
const root = fileURLToPath(new URL("../..", import.meta.url));
const pages = [
  ...pageFiles,
  "bench/README.md",
  "bench/results/README.md",
  "src/backends/cpu/README.md",
];

/** Targets of a page's links and pictures, code left out. */
function linksOf(text: string): string[] {
  const prose = text.replace(/^```[\s\S]*?^```$/gm, "").replace(/`[^`\n]*`/g, "");
  return [...prose.matchAll(/\]\(([^)\s]+)\)|(?:src|href)="([^"]+)"/g)].map(
    ([, link, source]) => link ?? source!,
  );
}

/** What a heading is called in an address: as GitHub writes it. */
function anchorsOf(text: string): string[] {
  return [...text.replace(/^```[\s\S]*?^```$/gm, "").matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

describe("links of pages lead somewhere", () => {
  test.each(pages)("%s", (page) => {
    const broken = linksOf(pageText(page))
      .filter((link) => !/^(https?|mailto):/.test(link))
      .filter((link) => !isThere(page, link));
    expect(broken).toEqual([]);
  });
});

function isThere(page: string, link: string): boolean {
  const [path = "", anchor] = link.split("#");
  const target = path === "" ? page : join(page, "..", path);
  if (!existsSync(join(root, target))) return false;
  if (anchor === undefined || statSync(join(root, target)).isDirectory()) return true;
  return anchorsOf(pageText(target)).includes(anchor);
}

test("every page of docs/ is in its index", () => {
  const links = linksOf(pageText("docs/README.md")).map((link) => join("docs", link));
  const missing = pageFiles.filter((page) => page.startsWith("docs/") && !links.includes(page));
  expect(missing).toEqual(["docs/README.md"]);
});

/** What an app of apps/ calls its own files. */
const appFile = /^\[`apps\/[^`]+`\].*\n\n```[\s\S]*?^```$/gm;

/** Paths in code that look like files of the repository: `src/probe/sites.ts`, `scripts/model-table.ts`. */
test("files that the README and docs/ name are there", () => {
  const named = pageFiles
    .filter((page) => page === "README.md" || page.startsWith("docs/"))
    .flatMap((page) => [
      ...pageText(page)
        .replace(appFile, "")
        .matchAll(/(?<![\w/-])(?:src|scripts|bench|test|examples|models|apps)\/[\w./-]*\w/g),
    ])
    .map(([path]) => path);
  expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});
