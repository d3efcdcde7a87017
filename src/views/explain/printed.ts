import { formatFixed } from "../numbers.ts";
import { factorDecimals, printTerms, rounded } from "../reconcile.ts";
import { softmaxTable } from "../softmax-table.ts";
import type {
  ExplainedContrast,
  ExplainedRole,
  ExplainedRow,
  ExplainedSoftmax,
  ExplainedSum,
  ExplainedTable,
  ExplainedValue,
} from "./explained.ts";

/** A row as every medium prints it. */
export interface PrintedRow {
  readonly label: string;
  readonly role?: ExplainedRole;
  readonly special?: boolean;
  /** What stands for rows that are not shown, or the sum of all. */
  readonly kind?: "rest" | "total";
  readonly cells: readonly string[];
  /** −1 to 1: how long its bar is, where the table has bars. */
  readonly bar?: number;
  /** A weight from 0 to 1 that colours the row's last cell. */
  readonly weight?: number;
}

/** A table as every medium prints it: what should add up does, digit by digit. */
export interface PrintedTable {
  readonly kind: "table";
  readonly caption: string;
  /** Whether its cells are words, which may go on in the next line. */
  readonly isText?: boolean;
  /** Titles: of the rows' names, then of each cell. */
  readonly titles: readonly string[];
  readonly rows: readonly PrintedRow[];
}

export interface PrintedVector {
  readonly kind: "vector";
  readonly name: string;
  readonly values: readonly number[];
  /** "384 numbers, length 10.937" */
  readonly about: string;
  readonly role?: ExplainedRole;
}

export interface PrintedNote {
  readonly kind: "note";
  readonly text: string;
}

export type Printed = PrintedTable | PrintedVector | PrintedNote;

const decimals = 3;
const weightDecimals = 4;
const percentDecimals = 1;
/** Rows at the top and at the bottom of a ranking. */
const first = 6;
const last = 3;
/** Rows of a table of words. */
const words = 14;

/** A step's value in printed form, with true minus signs; a long list of rows with its middle in one, unless it is to be whole. */
export function printed(value: ExplainedValue, isWhole = false): Printed {
  switch (value.kind) {
    case "note":
      return value;
    case "vector":
      return {
        kind: "vector",
        name: value.name,
        values: value.values,
        about: `${value.values.length} numbers, length ${formatFixed(value.norm, decimals)}`,
        role: value.role,
      };
    case "list":
      return {
        kind: "table",
        caption: value.name,
        isText: true,
        titles: value.titles,
        rows: value.rows.map(([label = "", ...cells]) => ({ label, cells })),
      };
    default:
      return withMinus(printedNumbers(value, isWhole));
  }
}

function printedNumbers(
  value: Exclude<ExplainedValue, { readonly kind: "note" | "vector" | "list" }>,
  isWhole: boolean,
): PrintedTable {
  switch (value.kind) {
    case "sum":
      return printedSum(isWhole ? { ...value, isWhole } : value);
    case "contrast":
      return printedContrast(value, isWhole);
    case "table":
      return printedTable(value, isWhole);
    case "softmax":
      return printedSoftmax(value, isWhole);
  }
}

/** Cells are computed from one another with a hyphen before what is below 0; what is read has a minus. */
function withMinus(table: PrintedTable): PrintedTable {
  const rows = table.rows.map((row) => ({
    ...row,
    cells: row.cells.map((cell) => cell.replace(/-(?=[\d∞])/g, "−")),
  }));
  return { ...table, rows };
}

/** The places of a ranking that are shown: its ends, or its top alone (`tail` 0); all of a short one. */
function shownOf(count: number, tail = last, isWhole = false) {
  const all = Array.from({ length: count }, (_, place) => place);
  if (isWhole || count <= first + tail + 1) return { places: all, hidden: 0 };
  const ends = tail > 0 ? all.slice(-tail) : [];
  return { places: [...all.slice(0, first), ...ends], hidden: count - first - tail };
}

/** Numbers of the shown rows, of the rest and of all: they add up as printed. */
function columnOf(
  values: readonly number[],
  places: readonly number[],
  hidden: number,
  total: number,
  digits: number,
): { readonly shown: readonly string[]; readonly rest: string; readonly total: string } {
  const shown = places.map((place) => values[place]!);
  const all = formatFixed(total, digits);
  if (hidden === 0) return { shown: printTerms(shown, total, digits), rest: "", total: all };
  const print = shown.map((value) => formatFixed(value, digits));
  const sum = print.reduce((before, value) => before + Number(value), 0);
  return { shown: print, rest: formatFixed(rounded(total, digits) - sum, digits), total: all };
}

/** Rows with what is not shown between them, and the sum below. */
function withRest<T>(rows: readonly T[], hidden: number, rest: T, total: T): T[] {
  const top = hidden > 0 ? first : rows.length;
  return [...rows.slice(0, top), ...(hidden > 0 ? [rest] : []), ...rows.slice(top), total];
}

function printedSum({ name, terms, total, isShare, isWhole }: ExplainedSum): PrintedTable {
  const times = isShare ? 100 : 1;
  const digits = isShare ? percentDecimals : decimals;
  const sizes = terms.map(({ value }) => Math.abs(value));
  // Where the smallest terms stand last, they say nothing.
  const isBySize = sizes.every((size, place) => place === 0 || size <= sizes[place - 1]!);
  const { places, hidden } = shownOf(terms.length, isBySize ? 0 : last, isWhole);
  const values = terms.map(({ value }) => times * value);
  const column = columnOf(values, places, hidden, times * total, digits);
  const factors = terms.flatMap(({ factors }) => (factors ? [factors] : []));
  const shownFactors = places.flatMap((place) => terms[place]!.factors ?? []);
  const pairs = places.flatMap((place) => {
    const own = terms[place]!.factors;
    return own ? [own] : [];
  });
  const factorDigits = shownFactors.length > 0 ? factorDecimals(pairs, decimals, decimals) : 0;
  const largest = Math.max(...values.map(Math.abs), Number.MIN_VALUE);
  const hasFactors = factors.length > 0;
  const unit = (text: string) => (isShare ? `${text}%` : text);
  const rows = places.map((place, n): PrintedRow => {
    const { label, role, special, factors } = terms[place]!;
    const product = factors?.map((factor) => formatFixed(factor, factorDigits)).join(" × ");
    return {
      label,
      role,
      ...(special !== undefined && { special }),
      cells: [...(hasFactors ? [product ?? ""] : []), unit(column.shown[n]!)],
      bar: values[place]! / largest,
    };
  });
  const blank = hasFactors ? [""] : [];
  return {
    kind: "table",
    caption: name,
    titles: ["", ...(hasFactors ? ["product"] : []), isShare ? "share" : "adds"],
    rows: withRest(
      rows,
      hidden,
      { label: `… ${hidden} more`, kind: "rest", cells: [...blank, unit(column.rest)] },
      { label: "sum", kind: "total", cells: [...blank, unit(column.total)] },
    ),
  };
}

function printedContrast(value: ExplainedContrast, isWhole: boolean): PrintedTable {
  const { name, rows, totals } = value;
  const { places, hidden } = shownOf(rows.length, last, isWhole);
  const column = (side: "first" | "second", total: number) =>
    columnOf(
      rows.map((row) => row[side]),
      places,
      hidden,
      total,
      decimals,
    );
  const [one, other] = [column("first", totals[0]), column("second", totals[1])];
  const minus = (a: string, b: string) => formatFixed(Number(a) - Number(b), decimals);
  const largest = Math.max(
    ...rows.map((row) => Math.abs(row.first - row.second)),
    Number.MIN_VALUE,
  );
  const body = withRest<PrintedRow>(
    places.map((place, n) => ({
      label: rows[place]!.label,
      cells: [one.shown[n]!, other.shown[n]!, minus(one.shown[n]!, other.shown[n]!)],
      bar: (rows[place]!.first - rows[place]!.second) / largest,
    })),
    hidden,
    {
      label: `… ${hidden} more`,
      kind: "rest",
      cells: [one.rest, other.rest, minus(one.rest, other.rest)],
    },
    {
      label: "sum",
      kind: "total",
      cells: [one.total, other.total, minus(one.total, other.total)],
    },
  );
  let soFar = 0;
  return {
    kind: "table",
    caption: name,
    titles: ["", value.first, value.second, "difference", "so far"],
    rows: body.map((row) => {
      if (row.kind === "total") return { ...row, cells: [...row.cells, ""] };
      soFar = rounded(soFar + Number(row.cells[2]), decimals);
      return { ...row, cells: [...row.cells, formatFixed(soFar, decimals)] };
    }),
  };
}

const digitsOf = {
  number: decimals,
  weight: weightDecimals,
  share: percentDecimals,
  length: decimals,
};

function printedTable(
  { name, rows, columns, adds, totals }: ExplainedTable,
  isWhole: boolean,
): PrintedTable {
  const places = shownRows(rows, isWhole);
  const hidden = rows.length - places.length;
  const cells = columns.map(({ kind, values }, n) => {
    const [digits, times] = [digitsOf[kind], kind === "share" ? 100 : 1];
    const unit = (text: string) => (kind === "share" && text !== "" ? `${text}%` : text);
    const given = adds === "down" ? (totals?.[n] ?? Number.NaN) : Number.NaN;
    // Weights are printed so that they add up wherever all of them stand, the same in every table.
    const isAll = kind === "weight" && hidden === 0;
    const total = isAll ? values.reduce((sum, value) => sum + value, 0) : given;
    const own = values.map((value) => value * times);
    if (Number.isNaN(total))
      return {
        shown: places.map((place) => unit(formatFixed(own[place]!, digits))),
        rest: "",
        total: "",
      };
    const column = columnOf(own, places, hidden, total * times, digits);
    return {
      shown: column.shown.map(unit),
      rest: unit(column.rest),
      total: unit(column.total),
    };
  });
  const across = adds === "across" ? places.map((place) => acrossCells(columns, place)) : undefined;
  const shares = columns.find(({ kind }) => kind === "share" || kind === "weight");
  // Weights are bars of one; shares may all be small, and are bars of the largest.
  const full =
    shares?.kind === "share" ? Math.max(...shares.values.map(Math.abs), Number.MIN_VALUE) : 1;
  const body = places.map((place, n): PrintedRow => {
    const { label, role, special } = rows[place]!;
    return {
      label,
      role,
      special,
      cells: across ? across[n]! : cells.map(({ shown }) => shown[n]!),
      ...(shares ? { bar: shares.values[place]! / full } : {}),
    };
  });
  if (hidden > 0)
    body.push({
      label: `… ${hidden} more`,
      kind: "rest",
      cells: cells.map(({ rest }) => rest),
    });
  if (adds === "down")
    body.push({ label: "sum", kind: "total", cells: cells.map(({ total }) => total) });
  return {
    kind: "table",
    caption: name,
    titles: ["", ...columns.map(({ title }) => title)],
    rows: body,
  };
}

/** The first rows, and those that are asked about. */
function shownRows(rows: readonly ExplainedRow[], isWhole: boolean): number[] {
  const all = rows.map((_, place) => place);
  if (isWhole || all.length <= words + 1) return all;
  return all.filter((place) => place < words || rows[place]!.role !== undefined);
}

/** One row whose parts add up to its last cell. */
function acrossCells(columns: ExplainedTable["columns"], place: number): string[] {
  const values = columns.map(({ values }) => values[place]!);
  const total = values.at(-1)!;
  const parts = values.slice(0, -1);
  const texts =
    total === -Infinity
      ? parts.map((value) => formatFixed(value, decimals))
      : printTerms(parts, total, decimals);
  return [...texts, formatFixed(total, decimals)];
}

function printedSoftmax(value: ExplainedSoftmax, isWhole: boolean): PrintedTable {
  const { rows, products, scale, added, masked, weights } = value;
  const table = softmaxTable({ products, scale, bias: added, masked });
  const order = rows.map((_, place) => place).sort((a, b) => weights[b]! - weights[a]! || a - b);
  const ranked = order.map((place) => rows[place]!);
  const places = shownRows(ranked, isWhole).map((place) => order[place]!);
  const hidden = rows.length - places.length;
  const shown = places.map((place) => ({ place, ...table.rows[place]! }));
  const rest = (total: string, field: "power" | "weight") => {
    const digits = shown[0]![field].split(".")[1]!.length;
    const sum = shown.reduce((before, row) => before + Number(row[field]), 0);
    return formatFixed(Number(total) - sum, digits);
  };
  const isBlind = masked.every(Boolean);
  const weightSum = formatFixed(isBlind ? 0 : 1, weightDecimals);
  const printedWeights =
    hidden === 0
      ? printTerms(
          places.map((place) => weights[place]!),
          Number(weightSum),
          weightDecimals,
        )
      : shown.map(({ weight }) => weight);
  const body = shown.map(
    (row, n): PrintedRow => ({
      ...rows[row.place]!,
      cells: [
        row.product,
        ...(scale === 1 ? [] : [row.scaled]),
        ...(added ? [row.bias ?? ""] : []),
        ...(added || scale === 1 ? [row.score] : []),
        row.below,
        row.power,
        printedWeights[n]!,
      ],
      weight: weights[row.place]!,
      bar: weights[row.place]!,
    }),
  );
  const titles = [
    "",
    "q·k",
    ...(scale === 1 ? [] : ["scaled"]),
    ...(added ? ["added"] : []),
    ...(added || scale === 1 ? ["score"] : []),
    "− largest",
    "e^",
    "weight",
  ];
  const blank = new Array<string>(titles.length - 3).fill("");
  if (hidden > 0)
    body.push({
      label: `… ${hidden} more`,
      kind: "rest",
      cells: [...blank, rest(table.sum, "power"), rest(weightSum, "weight")],
    });
  body.push({ label: "sum", kind: "total", cells: [...blank, table.sum, weightSum] });
  return { kind: "table", caption: "from products to weights", titles, rows: body };
}
