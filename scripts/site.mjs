// `npm run site`: the explorer as a static site in site/dist, with the model; `-- --single` for a folder that runs from a stick.
import { cpSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { buildWeb, filesBeside, recordedRuns, versionOf } from "./build-web.mjs";
import { root, setUp } from "./setup.mjs";

const outdir = join(root, "site/dist");
/** Hosts of pages refuse larger files. */
const largest = 20_000_000;

const wrong = process.argv.slice(2).filter((argument) => argument !== "--single");
if (wrong.length > 0) {
  console.error(`heed: npm run site knows --single, not ${wrong.join(" ")}`);
  process.exit(2);
}
const isSingle = process.argv.includes("--single");

setUp();
const files = filesBeside();
const sizes = await buildWeb(outdir, {
  recorded: recordedRuns(),
  site: {
    modelVersion: versionOf(files.flatMap(({ file, beside }) => [beside, readFileSync(file)])),
    modelFiles: files.map(({ beside }) => beside),
  },
});
for (const { file, beside } of files) {
  cpSync(file, join(outdir, beside));
  sizes.set(beside, statSync(file).size);
}
if (isSingle) cpSync(join(root, "scripts/stick"), outdir, { recursive: true });

const tooLarge = [...sizes].filter(([, bytes]) => bytes >= largest).map(([name]) => name);
if (tooLarge.length > 0) {
  console.error(`heed: files of 20 MB and more, which hosts refuse: ${tooLarge.join(", ")}`);
  process.exit(1);
}
const bytes = [...sizes.values()].reduce((sum, size) => sum + size, 0);
console.log(
  isSingle
    ? `site/dist: ${(bytes / 1e6).toFixed(1)} MB. Copy it to a stick; node serve.mjs in it opens the page`
    : `site/dist: ${sizes.size} files, ${(bytes / 1e6).toFixed(1)} MB. Put it on any host, under any path`,
);
