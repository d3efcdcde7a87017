import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

/** A part of a file that a script writes: the lines between those with `<!-- name -->` and `<!-- /name -->`. */
export interface WrittenPart {
  /** Its path in the repository. */
  readonly file: string;
  readonly name: string;
  readonly lines: readonly string[];
}

/** The page with its part as it should be. Throws when the page has no such markers. */
export function withPart({ file, name, lines }: WrittenPart): string {
  const text = readFileSync(join(root, file), "utf8");
  const [start, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [from, to] = [text.indexOf(start), text.indexOf(end)];
  if (from < 0 || to < from)
    throw new Error(`${file} needs ${start} and, further down, ${end}: put them where it belongs`);
  const endLine = text.lastIndexOf("\n", to) + 1;
  return text.slice(0, from) + [start, ...lines, ""].join("\n") + text.slice(endLine);
}

/** Whether a page says what its script would write. */
export function isCurrent(part: WrittenPart): boolean {
  return readFileSync(join(root, part.file), "utf8") === withPart(part);
}

/** Writes the parts into their pages, and says so. */
export function writeParts(parts: readonly WrittenPart[]): void {
  for (const part of parts) {
    const isWritten = !isCurrent(part);
    writeFileSync(join(root, part.file), withPart(part));
    process.stdout.write(`${part.file}: ${part.name} ${isWritten ? "written" : "is current"}\n`);
  }
}

/** Whether a script was started by itself, not imported. */
export function isStarted(address: string): boolean {
  return process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(address);
}

/** Lines of a Markdown table. */
export function markdownTable(
  header: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string[] {
  const line = (cells: readonly (string | number)[]) =>
    `| ${cells.map((cell) => String(cell).replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(header), `|${"---|".repeat(header.length)}`, ...rows.map(line)];
}
