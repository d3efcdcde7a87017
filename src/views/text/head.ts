import { formatHead, type HeadAddress } from "../../probe/head-address.ts";
import type { Noun } from "../../probe/noun.ts";
import { expectCount } from "../expect-count.ts";
import { moreOf } from "../more-of.ts";
import { formatWeight } from "../numbers.ts";
import { scalePosition } from "../scale.ts";
import { oneLine, surface, type Word } from "../surface.ts";
import { shading } from "./bar.ts";
import { displayWidth, pad, shorten, wrap } from "./layout.ts";
import { type Column, tableLines } from "./table.ts";
import { expectTerminal, paint, type Terminal } from "./terminal.ts";

/** The weights of one head: every query's row over every key. */
export interface HeadPicture extends HeadAddress {
  /** Query words, one a row. */
  readonly queries: readonly Word[];
  /** Key words, one a column; the queries again in self-attention. */
  readonly keys: readonly Word[];
  /** (T, S) row-major, 0 to 1; NaN where a query cannot look. */
  readonly weights: ArrayLike<number>;
  /** A query to point out. */
  readonly focus?: number;
  /** The head's name, where its address alone does not say which attention it is of: "decoder.cross.L0H1". */
  readonly name?: string;
  /** What it says above, where the numbers are not one head's weights. */
  readonly title?: string;
  /** What stands above the strongest keys of each row; "looks at" if not given. */
  readonly strongest?: string;
  /** What a row is of; "word" if not given. */
  readonly noun?: Noun | "layer";
}

const cellWidth = 4;
const mostRows = 40;

/**
 * One head as a heat map: a row a query, a column a key, numbers where they fit, shades where they do
 * not, and the strongest keys of each query where not even those fit.
 */
export function headText(picture: HeadPicture, terminal: Terminal): string {
  expectTerminal(terminal, "headText");
  const cells = picture.queries.length * picture.keys.length;
  expectCount("headText", "weights (queries × keys)", picture.weights.length, cells);
  const heading = wrap(oneLine(headTitle(picture)), terminal.width).map((line) =>
    paint(line, { strong: true }, terminal),
  );
  const labelWidth = Math.min(16, Math.max(...picture.queries.map((word) => wordWidth(word))));
  const room = terminal.width - labelWidth - 4;
  const { queries, keys } = picture;
  const fits = queries.length <= mostRows;
  if (fits && keys.length * (cellWidth + 1) <= room)
    return [...heading, "", ...numberLines(picture, terminal, labelWidth)].join("\n");
  if (fits && keys.length * 2 <= room)
    return [...heading, "", ...shadeLines(picture, terminal, labelWidth)].join("\n");
  return [...heading, "", ...strongestLines(picture, terminal)].join("\n");
}

/** What a head's picture says above. */
export function headTitle({ title, layer, head, name, noun = "word" }: HeadPicture): string {
  return (
    title ??
    `${name ?? formatHead({ layer, head })} (layer ${layer}, head ${head}): each row is a ${noun} that looks, each column what it looks at`
  );
}

function wordWidth({ text }: Word): number {
  return displayWidth(surface(text)) + 1;
}

function rowLabel(
  { queries, focus }: HeadPicture,
  query: number,
  width: number,
  terminal: Terminal,
): string {
  const mark = query === focus ? (terminal.unicode ? "›" : ">") : "";
  const word = queries[query]!;
  const label = mark + shorten(surface(word.text), width - mark.length, terminal.unicode);
  const field = pad(label, width, "right");
  const start = field.indexOf(label);
  const style = query === focus ? { strong: true } : word.special ? { quiet: true } : undefined;
  return field.slice(0, start) + paint(label, style, terminal) + field.slice(start + label.length);
}

/** Numbers on coloured ground; key labels stand over their columns, shortened to them. */
function numberLines(picture: HeadPicture, terminal: Terminal, labelWidth: number): string[] {
  const { keys, queries, weights } = picture;
  const widest = Math.floor((terminal.width - labelWidth - 4) / keys.length) - 1;
  const longest = Math.max(cellWidth, ...keys.map(({ text }) => displayWidth(surface(text))));
  const width = Math.min(widest, longest, 12);
  const header = keys.map(({ text }) =>
    pad(shorten(surface(text), width, terminal.unicode), width, "right"),
  );
  const margin = " ".repeat(labelWidth + 2);
  const lines = [`${margin} ${header.join(" ")}`];
  for (let query = 0; query < queries.length; query++) {
    const cells = keys.map((_, key) => {
      const weight = weights[query * keys.length + key]!;
      return " ".repeat(1) + paint(pad(formatWeight(weight), width, "right"), { weight }, terminal);
    });
    lines.push(` ${rowLabel(picture, query, labelWidth, terminal)} ${cells.join("")}`);
  }
  return lines;
}

/** Two columns a key, shaded; key labels are written downwards above their columns. */
function shadeLines(picture: HeadPicture, terminal: Terminal, labelWidth: number): string[] {
  const { keys, queries, weights } = picture;
  const lines = keyNumberLines(keys.length, labelWidth);
  const digits = String(keys.length - 1).length;
  for (let query = 0; query < queries.length; query++) {
    const cells = keys.map((_, key) => {
      const weight = weights[query * keys.length + key]!;
      if (Number.isNaN(weight)) return " .";
      const cell = shading(scalePosition(weight), terminal.unicode).repeat(2);
      return terminal.color > 4 ? paint("  ", { weight }, terminal) : cell;
    });
    const label = rowLabel(picture, query, labelWidth, terminal);
    lines.push(` ${label} ${pad(String(query), digits, "right")} ${cells.join("")}`.trimEnd());
  }
  const scale = [0.01, 0.1, 0.25, 0.5, 1].map((weight) => {
    const ink =
      terminal.color > 4 ? "  " : shading(scalePosition(weight), terminal.unicode).repeat(2);
    return `${paint(ink, terminal.color > 4 ? { weight } : undefined, terminal)} ${weight}`;
  });
  const legend = ` weights: ${scale.join("  ")}`;
  const numbering = " Columns are numbered as the rows are.";
  return [...lines, "", legend, ...wrap(numbering, terminal.width)];
}

/** Key indices over shaded columns, a digit below the other. */
function keyNumberLines(count: number, labelWidth: number): string[] {
  const digits = String(count - 1).length;
  const margin = " ".repeat(labelWidth + 3 + digits);
  return Array.from({ length: digits }, (_, row) => {
    const cells = Array.from({ length: count }, (_, key) => {
      const digit = String(key).padStart(digits, " ")[row]!;
      const isTurn = row === digits - 1 || key % 10 === 0;
      return isTurn ? ` ${digit}` : "  ";
    });
    return (margin + cells.join("")).trimEnd();
  });
}

/** For every query the keys it looks at most, as far as the line goes. */
function strongestLines(picture: HeadPicture, terminal: Terminal): string[] {
  const { queries, keys, weights, focus, noun = "word", strongest = "looks at" } = picture;
  const order = rowsToShow(queries.length, focus);
  const perRow = Math.max(1, Math.min(4, Math.floor((terminal.width - 14) / 18)));
  const rows = order.map((query) => {
    const row = Array.from(
      { length: keys.length },
      (_, key) => weights[query * keys.length + key]!,
    );
    const sorted = row
      .map((weight, key) => ({ weight, key }))
      .filter(({ weight }) => weight > 0)
      .sort((a, b) => b.weight - a.weight);
    return { query, sorted: sorted.slice(0, perRow) };
  });
  const repeats = new Set(keys.map(({ text }) => text)).size < keys.length;
  const columns: Column[] = [
    {
      title: "",
      align: "right",
      cells: rows.map(({ query }) => ({ text: String(query), style: { quiet: true } })),
    },
    {
      title: noun,
      align: "left",
      flexible: true,
      cells: rows.map(({ query }) => ({
        text: surface(queries[query]!.text),
        style: query === focus ? { strong: true } : {},
      })),
    },
  ];
  for (let rank = 0; rank < perRow; rank++)
    columns.push(
      {
        title: rank === 0 ? strongest : "then",
        align: "left",
        flexible: true,
        cells: rows.map(({ sorted }) => ({ text: keyLabel(keys, sorted[rank]?.key, repeats) })),
      },
      {
        title: "",
        align: "right",
        cells: rows.map(({ sorted }) => {
          const weight = sorted[rank]?.weight;
          return weight === undefined
            ? { text: "" }
            : { text: formatWeight(weight), style: { weight } };
        }),
      },
    );
  const left = queries.length - order.length;
  const dots = terminal.unicode ? "…" : "...";
  const rest = left > 0 ? [` ${dots} ${moreOf(left, noun)}; an SVG or HTML page shows all`] : [];
  return [...tableLines(columns, terminal), ...rest];
}

/** The key's word, with its index in front where words repeat. */
function keyLabel(keys: readonly Word[], key: number | undefined, repeats: boolean): string {
  if (key === undefined) return "";
  return repeats ? `${key} ${surface(keys[key]!.text)}` : surface(keys[key]!.text);
}

/** At most `mostRows` queries: from the start, or around the focus. */
function rowsToShow(count: number, focus = 0): number[] {
  const start = Math.max(0, Math.min(count - mostRows, focus - (mostRows >> 1)));
  return Array.from({ length: Math.min(count, mostRows) }, (_, index) => start + index);
}
