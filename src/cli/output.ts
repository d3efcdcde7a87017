import { type FileHandle, mkdtemp, open, realpath, rename, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InputError } from "../errors/errors.ts";
import { visible } from "../errors/visible.ts";
import { jsonText } from "../views/escape.ts";
import { drawnAs, endingOf, type Format, type FormatOptions, outFile } from "./options/format.ts";

/**
 * Writes a result (text, or the bytes of a picture) to stdout, or to a file when --out or --open say so; an SVG as the PNG or PDF that
 * was asked for.
 */
export async function deliver(
  content: string | Uint8Array,
  options: FormatOptions,
  format: Format,
): Promise<void> {
  const drawn = format === "svg" && typeof content === "string" ? drawnAs(options) : undefined;
  if (drawn) {
    const { pdfOf, rasterized } = await import("./raster.ts");
    const bytes = await (drawn === "png" ? rasterized : pdfOf)(content as string, options.scale);
    return deliverWhole(bytes, options, drawn);
  }
  const text = typeof content !== "string" || content.endsWith("\n") ? content : `${content}\n`;
  return deliverWhole(text, options, format);
}

async function deliverWhole(
  content: string | Uint8Array,
  options: FormatOptions,
  format: Format,
): Promise<void> {
  return deliverParts(options, format, async function* () {
    yield content;
  });
}

/** Writes parts of a result, each as it comes, to stdout, or to a file when --out or --open say so. */
export async function deliverParts(
  options: FormatOptions,
  format: Format,
  parts: () => AsyncIterable<string | Uint8Array>,
): Promise<void> {
  const { open: isOpened } = options;
  const out = outFile(options);
  if (out === undefined && !isOpened) {
    for await (const part of parts()) await writeOut(part);
    return;
  }
  const file = out ?? join(await mkdtemp(join(tmpdir(), "heed-")), `picture.${endingOf(format)}`);
  process.stderr.write(`wrote ${file} (${formatBytes(await writtenTo(file, parts()))})\n`);
  if (isOpened) {
    const { default: openWith } = await import("open");
    const child = await openWith(file);
    child.on("error", (error) =>
      process.stderr.write(`--open: no program to show ${file} (${error.message})\n`),
    );
    child.unref();
  }
}

/**
 * Writes parts to a file, which is made when the first is there; gives the number of bytes. A file that is there already stays as it is until
 * all have come: it may be the one they are made of.
 */
async function writtenTo(file: string, parts: AsyncIterable<string | Uint8Array>): Promise<number> {
  const refused = (error: Error): never => {
    throw new InputError(`--out ${file}: cannot be written (${error.message})`);
  };
  const known = await stat(file).catch(() => undefined);
  const whole = known?.isFile() ? await realpath(file) : undefined;
  const written = whole === undefined ? file : `${whole}.part`;
  let [handle, bytes]: [FileHandle | undefined, number] = [undefined, 0];
  let isWhole = false;
  try {
    for await (const part of parts) {
      handle ??= await open(written, "w").catch(refused);
      await handle.writeFile(part).catch(refused);
      bytes += Buffer.byteLength(part);
    }
    isWhole = true;
  } finally {
    await handle?.close();
    if (whole !== undefined && !isWhole) await rm(written, { force: true });
  }
  if (whole !== undefined && handle) await rename(written, whole).catch(refused);
  return bytes;
}

/** Writes to stdout, and waits until it is taken. */
export async function writeOut(text: string | Uint8Array): Promise<void> {
  await new Promise<void>((resolve) => process.stdout.write(text, () => resolve()));
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

/**
 * Rows of values as CSV (RFC 4180): quoted where a comma, a quote or a line break asks for it; controls that files may hold are
 * signs. A text that a spreadsheet would take for a formula gets an apostrophe in front; numbers never do.
 */
export function csv(
  header: readonly string[],
  rows: Iterable<readonly (string | number)[]>,
): string {
  const cell = (value: string | number) => {
    const plain = visible(String(value));
    const isFormula = /^[=+\-@\t]/.test(plain) && Number.isNaN(Number(plain));
    const text = isFormula ? `'${plain}` : plain;
    return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const lines = [header.join(",")];
  for (const row of rows) lines.push(row.map(cell).join(","));
  return `${lines.join("\n")}\n`;
}

/** JSON for people and programs, indented. */
export function json(value: unknown): string {
  return jsonText(value, 2);
}

/** The same in one line, with its end. */
export function jsonLine(value: unknown): string {
  return `${jsonText(value)}\n`;
}
