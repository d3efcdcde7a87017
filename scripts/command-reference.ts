// Writes what every command's --help prints into docs/commands.md. Run: npx tsx scripts/command-reference.ts
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { isStarted, type WrittenPart, writeParts } from "./pages.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/** The commands that heed's own help lists. */
export function commandNames(help: string): string[] {
  const list = /^Commands:\n((?: {2}.*\n)+)/m.exec(help)?.[1] ?? "";
  return [...list.matchAll(/^ {2}([a-z-]+)/gm)].map(([, name]) => name!);
}

/** Every page's part that this script writes; `helpOf` gives what `heed NAME --help` prints, heed's own for "". */
export function commandParts(helpOf: (name: string) => string): WrittenPart[] {
  const lines = ["", ...commandNames(helpOf(""))].flatMap((name) => [
    "",
    `### heed${name && ` ${name}`}`,
    "",
    "```text",
    ...helpOf(name).trimEnd().split("\n"),
    "```",
  ]);
  return [{ file: "docs/commands.md", name: "commands", lines }];
}

/** What a command of the sources prints with --help. */
export function helpFromSource(name: string): string {
  const args = ["--import", "tsx", "src/cli/main.ts", ...(name ? [name] : []), "--help"];
  const env = { ...process.env, COLUMNS: "80" };
  return execFileSync(process.execPath, args, { cwd: root, encoding: "utf8", env });
}

if (isStarted(import.meta.url)) writeParts(commandParts(helpFromSource));
