import { formatHead } from "../../probe/head-address.ts";
import { formatFixed } from "../numbers.ts";
import { oneLine, surface } from "../surface.ts";
import { wrap } from "../text/layout.ts";
import { type Column, tableLines } from "../text/table.ts";
import { expectTerminal, type Terminal } from "../text/terminal.ts";
import type { HeadNames, NamedHeads } from "./head-names.ts";
import { nameGrid } from "./name-grid.ts";
import { numberGridText } from "./number-grid-text.ts";

const othersListed = 6;

/** All heads with their names in a grid, then each name with its strongest head's numbers and the others, then the notes. */
export function headNamesText(picture: HeadNames, terminal: Terminal): string {
  expectTerminal(terminal, "headNamesText");
  const { listed, notes } = picture;
  return [
    numberGridText(nameGrid(picture), terminal),
    "",
    ...(listed.length > 0
      ? tableLines(columnsOf(listed), terminal)
      : [" No head stands out by anything heed knows."]),
    "",
    ...notes.flatMap((note) => wrap(oneLine(note), terminal.width, " ")),
  ].join("\n");
}

function columnsOf(listed: readonly NamedHeads[]): Column[] {
  const numbers = (
    title: string,
    of: (head: NamedHeads["strongest"]) => number | undefined,
  ): Column => ({
    title,
    align: "right",
    cells: listed.map(({ strongest }) => {
      const value = of(strongest);
      return { text: value === undefined ? "" : formatFixed(value, 2) };
    }),
  });
  const columns: Column[] = [
    {
      title: "does",
      align: "left",
      flexible: true,
      wraps: true,
      cells: listed.map(({ what }) => ({ text: surface(what) })),
    },
    {
      title: "head",
      align: "left",
      cells: listed.map(({ strongest }) => ({ text: formatHead(strongest) })),
    },
    numbers("score", ({ score }) => score),
    numbers("chance", ({ chance }) => chance),
  ];
  if (listed.some(({ strongest }) => strongest.habit !== undefined))
    columns.push(numbers("as far", ({ habit }) => habit));
  if (listed.some(({ strongest }) => strongest.spread !== undefined))
    columns.push(numbers("spread", ({ spread }) => spread));
  columns.push({
    title: "others",
    align: "left",
    flexible: true,
    wraps: true,
    cells: listed.map(({ others }) => ({ text: othersText(others) })),
  });
  return columns;
}

function othersText(others: NamedHeads["others"]): string {
  const left = others.length - othersListed;
  const shown = others.slice(0, left > 0 ? othersListed - 1 : othersListed).map(formatHead);
  return left > 0 ? `${shown.join(" ")} and ${others.length - shown.length} more` : shown.join(" ");
}
