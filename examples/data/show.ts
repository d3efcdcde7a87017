import { writeFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const endings = { svg: "svg", page: "html", text: "txt" };

/**
 * Shows an example's picture when it is started by itself, and does nothing when another file imports it: a `…-text` is printed, a
 * `…-svg` or `…page` is written into the folder it was started in.
 */
export function show(address: string, picture: () => string): void {
  const { href } = pathToFileURL(process.argv[1] ?? "");
  if (href !== address.replace(/\?.*$/, "")) return;
  const name = basename(fileURLToPath(address), ".ts");
  const [medium] = name.split("-").slice(-1) as [keyof typeof endings];
  if (medium === "text") {
    process.stdout.write(`${picture().trimEnd()}\n`);
    return;
  }
  const file = `${name}.${endings[medium]}`;
  writeFileSync(file, picture());
  process.stdout.write(`wrote ${file}\n`);
}
