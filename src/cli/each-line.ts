import { paint } from "../views/text/terminal.ts";
import type { Inputs } from "./input/inputs.ts";
import type { Line } from "./input/lines.ts";
import type { Format, FormatOptions } from "./options/format.ts";
import { csv, deliver, deliverParts, json, jsonLine } from "./output.ts";
import { terminalOf } from "./terminal/terminal.ts";

/** What a command found for one input, in the ways it is written. */
export interface Found {
  readonly text: () => string | Promise<string>;
  readonly json: () => object | Promise<object>;
  readonly columns: readonly string[];
  readonly rows: () => readonly (readonly (string | number)[])[];
}

/** What of commands with an answer to each text is written. */
export const lineFormats = ["text", "json", "jsonl", "csv"] as const;

type Written = FormatOptions & { readonly format: Format };

/**
 * Writes what a command finds for its input, or with --lines for one after the other: as soon as it is known on stdout, but JSON as one
 * list. An error names the line it is about.
 */
export async function deliverEach<L extends Pick<Line, "line">>(
  lines: Inputs<L>,
  options: Written,
  find: (line: L) => Promise<Found>,
): Promise<void> {
  const { first } = lines;
  if (first.line === undefined) {
    const found = await find(first);
    return deliver(await whole(found, options.format), options, options.format);
  }
  const found = (line: L) => find(line).catch(namingLine(line.line));
  if (options.format === "json") {
    const objects: object[] = [];
    for await (const line of lines)
      objects.push({ line: line.line, ...(await (await found(line)).json()) });
    return deliver(json(objects), options, "json");
  }
  return deliverParts(options, options.format, async function* () {
    let isFirst = true;
    for await (const line of lines) {
      yield await ofLine(await found(line), { line: line.line!, isFirst }, options.format);
      isFirst = false;
    }
  });
}

/** Throws an error on, with the line it is about where there are several. */
export function namingLine(line: number | undefined): (error: unknown) => never {
  return (error) => {
    if (error instanceof Error && line !== undefined)
      error.message = `line ${line}: ${error.message}`;
    throw error;
  };
}

async function whole(
  { text, json: object, columns, rows }: Found,
  format: Format,
): Promise<string> {
  if (format === "json") return json(await object());
  if (format === "jsonl") return jsonLine(await object());
  return format === "csv" ? csv(columns, rows()) : text();
}

interface Place {
  readonly line: number;
  readonly isFirst: boolean;
}

async function ofLine(found: Found, { line, isFirst }: Place, format: Format): Promise<string> {
  if (format === "jsonl") return jsonLine({ line, ...(await found.json()) });
  if (format === "csv") {
    const table = csv(
      ["line", ...found.columns],
      found.rows().map((row) => [line, ...row]),
    );
    return isFirst ? table : table.slice(table.indexOf("\n") + 1);
  }
  const title = paint(`line ${line}`, { quiet: true }, terminalOf(process.stdout));
  return `${isFirst ? "" : "\n"}${title}\n${(await found.text()).trimEnd()}\n`;
}
