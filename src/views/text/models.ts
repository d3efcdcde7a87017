import { wrap } from "./layout.ts";
import { bytesText } from "./plan.ts";
import { type Column, tableLines } from "./table.ts";
import { paint, type Terminal } from "./terminal.ts";

/** One model of the table; undefined numbers are not known. */
export interface ModelRow {
  readonly name: string;
  readonly title: string;
  readonly family: string;
  /** What its network does, as a heading: models of one kind stand together. */
  readonly kind: string;
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
  /** How far the family is from what PyTorch recorded; undefined where nothing was. */
  readonly difference?: number;
}

/** A sentence about the whole table, counted from it. */
export interface Observation {
  readonly claim: string;
  readonly counted: string;
}

/** All models, kind by kind, and what holds for all: one line each. */
export function modelsText(
  rows: readonly ModelRow[],
  observations: readonly Observation[],
  terminal: Terminal,
): string {
  const kinds = [...new Set(rows.map(({ kind }) => kind))];
  const families = new Set(rows.filter(({ hub }) => hub).map(({ family }) => family));
  const line = (text: string) => wrap(text, terminal.width, " ");
  return [
    ...line(
      `${rows.length} models of ${families.size} ${families.size === 1 ? "family" : "families"}. Where some are, their licences and what to know of them: heed models gemma whisper`,
    ),
    "",
    ...kinds.flatMap((kind) => [
      paint(kind, { strong: true }, terminal),
      ...tableLines(overviewColumns(rows.filter((row) => row.kind === kind)), terminal),
      "",
    ]),
    paint("What the columns say", { strong: true }, terminal),
    ...line("name: what heed plan and --model take; --model fetches it from the hub."),
    ...line("size: parameters, counted; heads: how many, and how wide each is."),
    ...line(
      "from PyTorch: the largest difference at any site of the family's recorded passes. heed verify compares a folder of yours.",
    ),
    "",
    paint("What the table shows, counted", { strong: true }, terminal),
    ...observations.flatMap(({ claim, counted }) => line(`${claim} ${counted}`)),
  ].join("\n");
}

/** Some models side by side, with all that is known of them. */
export function chosenModelsText(rows: readonly ModelRow[], terminal: Terminal): string {
  const notes = rows.flatMap(({ title, note }) =>
    note ? wrap(`${title}: ${note}.`, terminal.width, " ") : [],
  );
  const heading = (text: string) => paint(text, { strong: true }, terminal);
  return [
    ...tableLines(shapeColumns(rows), terminal),
    ...wrap(
      "Weights take 4 bytes a parameter as float32, 2 as float16; heed plan counts them.",
      terminal.width,
      " ",
    ),
    "",
    heading("What to name them, and where they are"),
    ...tableLines(sourceColumns(rows), terminal),
    ...(notes.length > 0 ? ["", heading("To know about single models"), ...notes] : []),
  ].join("\n");
}

function overviewColumns(rows: readonly ModelRow[]): Column[] {
  const number = numbersOf(rows);
  return [
    named("name", rows, ({ name }) => name),
    number("size", ({ parameters }) => parameters && sizeText(parameters)),
    number("layers", ({ layers }) => layers),
    number("heads", ({ heads, headWidth }) => heads && `${heads} × ${headWidth}`),
    number("width", ({ width }) => width),
    number("context", ({ context }) => context),
    plain("family", rows, ({ family }) => family),
    number("from PyTorch", differenceText),
  ];
}

function shapeColumns(rows: readonly ModelRow[]): Column[] {
  const number = numbersOf(rows);
  return [
    named("model", rows, ({ title }) => title),
    number("parameters", ({ parameters }) => parameters && sizeText(parameters)),
    number("width D", ({ width }) => width),
    number("heads", ({ heads }) => heads),
    number("head width", ({ headWidth }) => headWidth),
    number("layers", ({ layers }) => layers),
    number("feed forward", ({ feedForward }) => feedForward),
    number("context", ({ context }) => context),
    number("weights f32", ({ parameters }) => parameters && bytesText(4 * parameters)),
    number("weights f16", ({ parameters }) => parameters && bytesText(2 * parameters)),
  ];
}

function sourceColumns(rows: readonly ModelRow[]): Column[] {
  return [
    named("name", rows, ({ name }) => name),
    plain("on the hub", rows, ({ hub }) => hub ?? "not public"),
    plain("family", rows, ({ family }) => family),
    numbersOf(rows)("from PyTorch", differenceText),
    {
      ...plain("licence", rows, ({ licence }) => licence),
      flexible: true,
      wraps: true,
    },
  ];
}

function differenceText({ difference }: ModelRow): string {
  return difference === undefined ? "not run" : `≤ ${difference.toExponential(0)}`;
}

type TextOf = (row: ModelRow) => string;

function named(title: string, rows: readonly ModelRow[], of: TextOf): Column {
  const cells = rows.map((row) => ({ text: of(row), style: { strong: true } }));
  return { title, align: "left", cells };
}

function plain(title: string, rows: readonly ModelRow[], of: TextOf): Column {
  return { title, align: "left", cells: rows.map((row) => ({ text: of(row) })) };
}

function numbersOf(rows: readonly ModelRow[]) {
  return (title: string, of: (row: ModelRow) => number | string | undefined): Column => ({
    title,
    align: "right",
    cells: rows.map((row) => ({ text: String(of(row) ?? "unknown") })),
  });
}

/** 124439808 → "124.4M"; 1557611200 → "1.56B"; 174604259328 → "174.6B" */
function sizeText(count: number): string {
  if (count >= 1e12) return `${(count / 1e12).toFixed(2)}T`;
  if (count >= 1e9) return `${(count / 1e9).toFixed(count >= 1e10 ? 1 : 2)}B`;
  return `${(count / 1e6).toFixed(1)}M`;
}
