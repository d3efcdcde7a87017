import { spawn } from "node:child_process";
import { copyFileSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { PageJob, PageResult } from "./page-child.ts";
import { standInHub } from "./stand-in-hub.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** A command's threads and memory stay until its process ends, so that a process takes so many jobs. */
const atOnce = 20;

const texts = {
  "notes.txt": "The cat sat on the mat.\n",
  "article.txt": "The cat sat on the mat.\n",
  "sentences.txt": "A cat sat on a mat.\nA kitten rested on a rug.\n",
  "tired.txt": "The cat sat on the mat because it was tired.\nIt was tired.\n",
  "dirty.txt": "The cat sat on the mat because it was dirty.\nIt was dirty.\n",
  "passages.txt": "Hugo Wolf did.\nThe cat sat.\n",
  "questions.jsonl": '{"question": "Who sat?", "context": "The cat sat."}\n',
};

/** A new folder with what pages and examples speak of: pictures, texts, and a hub's cache. */
export function pageHome(): string {
  const home = mkdtempSync(join(tmpdir(), "heed-pages-"));
  standInHub(join(home, "hub"));
  for (const folder of ["models", "test"]) symlinkSync(join(root, folder), join(home, folder));
  for (const ending of ["png", "jpg"])
    copyFileSync(join(root, `test/images/exif-8.${ending}`), join(home, `cat.${ending}`));
  copyFileSync(join(root, "test/golden/hub-whisper/sound.wav"), join(home, "speech.wav"));
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(home, name), text);
  return home;
}

/** Carries out jobs one after the other in that folder, in as few processes as memory allows. */
export async function carryOut(home: string, jobs: readonly PageJob[]): Promise<PageResult[]> {
  const results: PageResult[] = [];
  for (let start = 0; start < jobs.length; start += atOnce)
    results.push(...(await inOneProcess(home, jobs.slice(start, start + atOnce))));
  return results;
}

function inOneProcess(home: string, jobs: readonly PageJob[]): Promise<PageResult[]> {
  const child = spawn(
    process.execPath,
    [
      "--import",
      pathToFileURL(join(root, "node_modules/tsx/dist/loader.mjs")).href,
      "--conditions=heed/source",
      join(root, "test/support/page-child.ts"),
    ],
    {
      cwd: home,
      env: {
        ...process.env,
        NO_COLOR: "1",
        COLUMNS: "80",
        LANG: "C.UTF-8",
        LC_ALL: "",
        HF_HUB_CACHE: join(home, "hub"),
        HF_HUB_OFFLINE: "1",
      },
      stdio: ["pipe", "pipe", "inherit"],
    },
  );
  child.stdin.end(JSON.stringify(jobs));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk) => chunks.push(chunk));
    child.on("close", (status) => {
      const text = Buffer.concat(chunks).toString("utf8");
      if (status === 0) resolve(JSON.parse(text));
      else reject(new Error(`the pages' process ended with ${status}: ${text.slice(0, 2000)}`));
    });
  });
}
