import { moreOf } from "../more-of.ts";
import { formatFixed, formatNumber } from "../numbers.ts";
import { oneLine, surface } from "../surface.ts";
import { lyingBar } from "../text/bar.ts";
import { wrap } from "../text/layout.ts";
import { type Column, tableLines } from "../text/table.ts";
import { expectTerminal, paint, type Terminal } from "../text/terminal.ts";
import { longestBar, type WordBars } from "./word-bars.ts";

const barWidth = 20;
const mostRows = 60;

/** A line for each word with its number and a bar; of many words those with the longest bars. */
export function wordBarsText(bars: WordBars, terminal: Terminal): string {
  expectTerminal(terminal, "wordBarsText");
  const { title, noun = "word", unit, besideTitle, notes = [] } = bars;
  const longest = longestBar(bars);
  const isLong = bars.rows.length > mostRows;
  const rows = isLong
    ? [...bars.rows].sort((a, b) => Math.abs(b.value) - Math.abs(a.value)).slice(0, mostRows)
    : bars.rows;
  const written = (value: number) => (longest < 10 ? formatFixed(value, 3) : formatNumber(value));
  const columns: Column[] = [
    {
      title: noun,
      align: "right",
      flexible: true,
      cells: rows.map(({ text, special, isFocus }) => ({
        text: surface(text),
        style: isFocus ? { strong: true } : special ? { quiet: true } : {},
      })),
    },
    {
      title: unit,
      align: "right",
      cells: rows.map(({ value }) => ({ text: written(value) })),
    },
    {
      title: "",
      align: "left",
      cells: rows.map(({ value }) => ({
        text: longest > 0 ? lyingBar(Math.abs(value) / longest, barWidth, terminal.unicode) : "",
      })),
    },
  ];
  if (besideTitle !== undefined)
    columns.push({
      title: besideTitle,
      align: "right",
      cells: rows.map(({ beside }) => ({
        text: beside === undefined ? "" : written(beside),
        style: { quiet: true },
      })),
    });
  const left = bars.rows.length - rows.length;
  const rest =
    left > 0 ? [` ${terminal.unicode ? "…" : "..."} ${moreOf(left, noun)}, with less`] : [];
  const heading = wrap(oneLine(title), terminal.width).map((line) =>
    paint(line, { strong: true }, terminal),
  );
  const paragraphs = notes.flatMap((note) => wrap(oneLine(note), terminal.width, " "));
  return [
    ...heading,
    "",
    ...tableLines(columns, terminal),
    ...rest,
    ...(paragraphs.length > 0 ? ["", ...paragraphs] : []),
  ].join("\n");
}
