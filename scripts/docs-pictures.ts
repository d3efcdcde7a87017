// Draws the pictures of docs/ and README.md by the commands that people type: npx tsx scripts/docs-pictures.ts
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { isStarted } from "./pages.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const text = "The cat sat on the mat because it was tired.";
const question = "The cat sat on the mat because it was dirty. What was dirty? The";

/** What draws each picture of docs/images: a command and its words. */
export const pictures: Readonly<Record<string, readonly string[]>> = {
  "heads.svg": ["heads", text],
  "measure.svg": ["measure", text],
  "lens.svg": ["lens", question, "--model", "heed-stories"],
  "norms.svg": ["norms", text, "--head", "L5H11"],
  "patch.svg": ["patch", text, "--cut", "it->cat"],
  "matter.svg": ["matter", text, "--word", "it"],
  "compare.svg": ["compare", text, text.replace("tired", "dirty")],
  "stream.svg": ["stream", text, "--word", "it"],
  "saliency.svg": ["saliency", question, "--model", "heed-stories"],
};

if (isStarted(import.meta.url))
  for (const [file, words] of Object.entries(pictures)) {
    const drawing = [
      ...words,
      "--format",
      "svg",
      "--theme",
      "light",
      "--out",
      `docs/images/${file}`,
    ];
    const command = ["--import", "tsx", "src/cli/main.ts", ...drawing];
    const { status } = spawnSync(process.execPath, command, { cwd: root, stdio: "inherit" });
    if (status !== 0)
      throw new Error(`docs-pictures: heed ${drawing.join(" ")} ended with ${status}`);
  }
