import { writeFile } from "node:fs/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { minifiedStyles } from "./minified-styles.mjs";

const folder = new URL("../src/views/page/", import.meta.url);

/** What each page is made of, by its name. */
const pages = {
  page: { script: "frozen/main.ts", style: "frozen/page.css" },
  film: { script: "frozen/film-main.ts", style: "frozen/page.css" },
  "image-page": { script: "frozen/image-main.ts", style: "frozen/page.css" },
} as const;
type PageName = keyof typeof pages;

/** The text of src/views/page/page.generated.ts, or of another page: its script and style, bundled and minified. */
export async function generatePage(name: PageName = "page"): Promise<string> {
  const script = await bundle(pages[name].script);
  const style = await bundle(pages[name].style);
  if (/<\/script|<!--/i.test(script) || /<\/style/i.test(style))
    throw new Error("generate-page: the bundle would end the element it stands in");
  const prefix = name === "film" ? "film" : "page";
  return [
    "// Made by scripts/generate-page.ts from frozen/; do not edit.",
    "/** The page's script, bundled. */",
    `export const ${prefix}Script: string = ${JSON.stringify(script)};`,
    "/** The page's style sheet. */",
    `export const ${prefix}Style: string = ${JSON.stringify(style)};`,
    "",
  ].join("\n");
}

const target = ["chrome103", "firefox113", "safari16.4"];

async function bundle(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(entry, folder))],
    bundle: true,
    minify: true,
    write: false,
    format: "iife",
    target,
    plugins: [minifiedStyles(/(base|components|film)\/.*\.ts$/, target)],
    charset: "ascii",
    legalComments: "none",
    banner: {
      js: "/* with lit-html: Copyright 2017 Google LLC, SPDX-License-Identifier: BSD-3-Clause */",
    },
    // The page never needs what the package's own resolver would add.
    conditions: ["browser"],
  });
  // Once minified, only templates of markup and styles run over lines, and there any blank is as good as another.
  return outputFiles[0]!.text.trim().replace(/\s*\n\s*/g, " ");
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href)
  for (const name of Object.keys(pages) as PageName[])
    await writeFile(new URL(`${name}.generated.ts`, folder), await generatePage(name));
