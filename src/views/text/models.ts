import { wrap } from "./layout.ts";
import { bytesText } from "./plan.ts";
import { type Column, tableLines } from "./table.ts";
import { paint, type Terminal } from "./terminal.ts";

/** One model of the table; undefined numbers are not known. */
export interface ModelRow {
  readonly name: string;
  readonly title: string;
  readonly family: string;
  readonly width?: number;
  readonly heads?: number;
  readonly headWidth?: number;
  /** "6 + 6" for an encoder and a decoder. */
  readonly layers?: string;
  readonly feedForward?: number;
  /** Tokens; "any" where nothing limits it. */
  readonly context?: string;
  readonly parameters?: number;
  readonly hub?: string;
  readonly licence: string;
  readonly note?: string;
}

/** A sentence about the whole table, counted from it. */
export interface Observation {
  readonly claim: string;
  readonly counted: string;
}

/** The models side by side, what is remarkable about single ones, and what holds for all. */
export function modelsText(
  rows: readonly ModelRow[],
  observations: readonly Observation[],
  terminal: Terminal,
): string {
  const number = (title: string, of: (row: ModelRow) => number | string | undefined): Column => ({
    title,
    align: "right",
    cells: rows.map((row) => ({ text: String(of(row) ?? "unknown") })),
  });
  const columns: Column[] = [
    {
      title: "model",
      align: "left",
      cells: rows.map(({ title }) => ({ text: title, style: { strong: true } })),
    },
    number("parameters", ({ parameters }) => parameters && inMillions(parameters)),
    number("width D", ({ width }) => width),
    number("heads", ({ heads }) => heads),
    number("head width", ({ headWidth }) => headWidth),
    number("layers", ({ layers }) => layers),
    number("feed forward", ({ feedForward }) => feedForward),
    number("context", ({ context }) => context),
    number("weights f32", ({ parameters }) => parameters && bytesText(4 * parameters)),
    number("weights f16", ({ parameters }) => parameters && bytesText(2 * parameters)),
  ];
  const sources: Column[] = [
    {
      title: "for heed plan",
      align: "left",
      cells: rows.map(({ name }) => ({ text: name, style: { strong: true } })),
    },
    {
      title: "on the hub",
      align: "left",
      cells: rows.map(({ hub }) => ({ text: hub ?? "not public" })),
    },
    {
      title: "licence",
      align: "left",
      flexible: true,
      wraps: true,
      cells: rows.map(({ licence }) => ({ text: licence })),
    },
  ];
  const notes = rows.flatMap(({ title, note }) =>
    note ? wrap(`${title}: ${note}.`, terminal.width, " ") : [],
  );
  const counted = observations.flatMap(({ claim, counted }) =>
    wrap(`${claim} ${counted}`, terminal.width, " "),
  );
  return [
    ...tableLines(columns, terminal),
    ...wrap(
      "Weights take 4 bytes a parameter as float32, 2 as float16; heed plan counts them.",
      terminal.width,
      " ",
    ),
    "",
    paint("What to name them, and where they are", { strong: true }, terminal),
    ...tableLines(sources, terminal),
    "",
    paint("To know about single models", { strong: true }, terminal),
    ...notes,
    "",
    paint("What the table shows, counted", { strong: true }, terminal),
    ...counted,
  ].join("\n");
}

/** 124439808 → "124.4M"; 174604259328 → "174.6B" */
export function inMillions(count: number): string {
  if (count >= 1e12) return `${(count / 1e12).toFixed(2)}T`;
  return count >= 1e10 ? `${(count / 1e9).toFixed(1)}B` : `${(count / 1e6).toFixed(1)}M`;
}
