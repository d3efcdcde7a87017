import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InputError } from "../errors/errors.ts";
import { withoutControls } from "../views/surface.ts";
import { endingOf, type Format } from "./options/format.ts";

/** Where a result goes. */
interface Destination {
  readonly format: Format;
  readonly out?: string;
  readonly open?: boolean;
}

/** Writes a result (text, or the bytes of a picture) to stdout, or to a file when --out or --open say so. */
export async function deliver(
  content: string | Uint8Array,
  { out, open: isOpened, format }: Destination,
): Promise<void> {
  const text = typeof content !== "string" || content.endsWith("\n") ? content : `${content}\n`;
  if (out === undefined && !isOpened) {
    await new Promise<void>((resolve) => process.stdout.write(text, () => resolve()));
    return;
  }
  const file = out ?? join(tmpdir(), `heed-${process.pid}.${endingOf(format)}`);
  try {
    await writeFile(file, text);
  } catch (error) {
    throw new InputError(`--out ${file}: cannot be written (${(error as Error).message})`);
  }
  process.stderr.write(
    `wrote ${file} (${formatBytes(typeof text === "string" ? Buffer.byteLength(text) : text.length)})\n`,
  );
  if (isOpened) {
    const { default: open } = await import("open");
    const child = await open(file);
    child.on("error", (error) =>
      process.stderr.write(`--open: no program to show ${file} (${error.message})\n`),
    );
    child.unref();
  }
}

/** 1,234,567 bytes → "1.2 MB" */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const units = ["kB", "MB", "GB", "TB"];
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

/** Rows of values as CSV (RFC 4180): quoted where a comma, a quote or a line break asks for it; controls that files may hold are signs. */
export function csv(
  header: readonly string[],
  rows: Iterable<readonly (string | number)[]>,
): string {
  const cell = (value: string | number) => {
    const text = withoutControls(String(value));
    return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const lines = [header.join(",")];
  for (const row of rows) lines.push(row.map(cell).join(","));
  return `${lines.join("\n")}\n`;
}

/** JSON for people and programs: indented, with numbers that JSON lacks as null and typed arrays as lists. */
export function json(value: unknown): string {
  return JSON.stringify(
    value,
    (_, part) =>
      ArrayBuffer.isView(part)
        ? Array.from(part as Float32Array)
        : part === -Infinity
          ? null
          : part,
    2,
  );
}
