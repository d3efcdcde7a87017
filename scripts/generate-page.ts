import { writeFile } from "node:fs/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const folder = new URL("../src/views/page/", import.meta.url);

/** What each page is made of, by its name. */
const pages = {
  page: { script: "components/main.ts", style: "components/page.css" },
  "image-page": { script: "components/image-main.ts", style: "components/image-page.css" },
} as const;
type PageName = keyof typeof pages;

/** The text of src/views/page/page.generated.ts, or of another page: its script and style, bundled and minified. */
export async function generatePage(name: PageName = "page"): Promise<string> {
  const script = await bundle(pages[name].script);
  const style = await bundle(pages[name].style);
  if (/<\/script|<!--/i.test(script) || /<\/style/i.test(style))
    throw new Error("generate-page: the bundle would end the element it stands in");
  return [
    "// Made by scripts/generate-page.ts from components/; do not edit.",
    "/** The page's script, bundled. */",
    `export const pageScript: string = ${JSON.stringify(script)};`,
    "/** The page's style sheet. */",
    `export const pageStyle: string = ${JSON.stringify(style)};`,
    "",
  ].join("\n");
}

async function bundle(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(entry, folder))],
    bundle: true,
    minify: true,
    write: false,
    format: "iife",
    target: ["chrome100", "firefox100", "safari15"],
    charset: "ascii",
    legalComments: "none",
    // The page never needs what the package's own resolver would add.
    conditions: ["browser"],
  });
  return outputFiles[0]!.text.trim();
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href)
  for (const name of Object.keys(pages) as PageName[])
    await writeFile(new URL(`${name}.generated.ts`, folder), await generatePage(name));
