import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Pages written for people, by their paths in the repository. */
export const pageFiles: readonly string[] = [
  ...readdirSync(root).filter((name) => name.endsWith(".md")),
  ...readdirSync(`${root}/docs`)
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

export function pageText(file: string): string {
  return readFileSync(`${root}/${file}`, "utf8");
}

/** Code of a page, and what the page says it prints. */
export interface PageCode {
  readonly page: string;
  readonly code: string;
  readonly printed: string | undefined;
}

const fence = /^```(\w*)\n([\s\S]*?)^```$/gm;

/** Every fenced block of a page in one language, with the plain block behind it when the page says "prints" between them. */
export function blocksOf(page: string, language: string): PageCode[] {
  const text = pageText(page);
  const blocks = [...text.matchAll(fence)];
  return blocks.flatMap((block, index) => {
    if (block[1] !== language) return [];
    const next = blocks[index + 1];
    const between = text.slice(block.index + block[0].length, next?.index);
    const isSaid = next?.[1] === "" && /^\s*prints\s*$/.test(between);
    return [{ page, code: block[2]!, printed: isSaid ? next[2] : undefined }];
  });
}

/** One command line of a page: `NAME=value echo "text" | heed …`, with both parts before heed optional. */
export interface PageCommand {
  readonly page: string;
  readonly line: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: string;
  /** What the page says it prints; of a block with several commands, the last one. */
  readonly printed: string | undefined;
}

/** The commands of heed in a page's `sh` blocks; lines that end in a backslash go on in the next. */
export function commandsOf(page: string): PageCommand[] {
  return blocksOf(page, "sh").flatMap(({ code, printed }) => {
    const lines = joined(code).trim().split("\n");
    return lines.flatMap((line, index) => {
      const command = commandOf(page, withoutRemark(line));
      const isLast = index === lines.length - 1;
      return command ? [{ ...command, printed: isLast ? printed : undefined }] : [];
    });
  });
}

/** Lines that end in a backslash with those that they go on in. */
function joined(code: string): string {
  return code.replace(/\\\n\s*/g, "");
}

/** The commands that the help of a command gives as examples; nothing is opened. */
export function exampleCommandsOf(page: string): PageCommand[] {
  return (
    blocksOf(page, "text")
      .flatMap(({ code }) => joined(code).split("\n"))
      // What an option does may begin a line with "heed", far to the right.
      .filter((line) => /^ {0,2}\S/.test(line))
      .flatMap((line) => commandOf(page, line.trim().replace(/ --open$/, "")) ?? [])
  );
}

function commandOf(page: string, line: string): PageCommand | undefined {
  const found = /^(?:echo "([^"]*)" \| )?((?:\w+=\S+ )*)(?:heed|npm start --) ?(.*)$/.exec(line);
  if (!found) return undefined;
  const [, stdin = "", names = "", rest = ""] = found;
  const env = Object.fromEntries(
    names
      .trim()
      .split(" ")
      .filter(Boolean)
      .map((one) => one.split("=")),
  );
  return { page, line, args: wordsOfShell(rest), env, stdin, printed: undefined };
}

function withoutRemark(line: string): string {
  return line.replace(/ +# .*$/, "");
}

/** Words as a shell takes them, with double quotes. */
function wordsOfShell(text: string): string[] {
  return [...text.matchAll(/(?:[^\s"]|"[^"]*")+/g)].map(([word]) => word.replaceAll('"', ""));
}
