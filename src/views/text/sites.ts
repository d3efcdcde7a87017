import { countOf } from "../numbers.ts";
import { oneLine } from "../surface.ts";
import { wrap } from "./layout.ts";
import { type Column, tableLines } from "./table.ts";
import { expectTerminal, paint, type Terminal } from "./terminal.ts";

/** One site of a model, or one it does not have. */
export interface SiteRow {
  /** "layers.L.weights" */
  readonly name: string;
  /** Axis letters: "B H T S". */
  readonly axes: string;
  /** Widths of the axes that are fixed: "H=12, D=32". */
  readonly widths?: string;
  /** What it is, a phrase. */
  readonly meaning: string;
  /** Why this model does not have it; left out where it does. */
  readonly absent?: string;
}

/** The sites of a model: name, axes, meaning; those it lacks at the end, with the reason. */
export function sitesText(model: string, sites: readonly SiteRow[], terminal: Terminal): string {
  expectTerminal(terminal, "sitesText");
  const present = sites.filter(({ absent }) => absent === undefined);
  const absent = sites.filter(({ absent }) => absent !== undefined);
  const nameColumn = (rows: readonly SiteRow[]): Column => ({
    title: "site",
    align: "left",
    cells: rows.map(({ name }) => ({ text: name })),
  });
  const columns: Column[] = [
    nameColumn(present),
    { title: "axes", align: "left", cells: present.map(({ axes }) => ({ text: axes })) },
  ];
  if (present.some(({ widths }) => widths))
    columns.push({
      title: "widths",
      align: "left",
      cells: present.map(({ widths }) => ({ text: widths ?? "" })),
    });
  columns.push({
    title: "what it is",
    align: "left",
    flexible: true,
    wraps: true,
    cells: present.map(({ meaning }) => ({ text: meaning })),
  });
  const legend =
    "B batch, T query positions, S key positions, H heads, D head width, C model width, V vocabulary. L is a layer, from 0.";
  const missing =
    absent.length === 0
      ? []
      : [
          "",
          ...wrap(`Not in this model:`, terminal.width, " "),
          ...tableLines(
            [
              { ...nameColumn(absent), title: "" },
              {
                title: "",
                align: "left",
                flexible: true,
                wraps: true,
                cells: absent.map((row) => ({ text: row.absent ?? "", style: { quiet: true } })),
              },
            ],
            terminal,
          ),
        ];
  return [
    paint(`${oneLine(model)}: ${countOf(present.length, "site")}`, { strong: true }, terminal),
    ...tableLines(columns, terminal),
    ...wrap(legend, terminal.width, " ").map((line) => paint(line, { quiet: true }, terminal)),
    ...missing,
  ].join("\n");
}
