import { countOf } from "../numbers.ts";
import { surface } from "../surface.ts";
import { tableLines } from "./table.ts";
import { paint, type Terminal } from "./terminal.ts";

/** A token as a list has it. */
export interface TokenRow {
  readonly id: number;
  /** The piece as the vocabulary writes it. */
  readonly text: string;
  /** Characters of the text it stands for: [start, end). */
  readonly start: number;
  readonly end: number;
  readonly characters: string;
  readonly special: boolean;
}

/** A line for each token: its id, its piece, where it stands in the text. */
export function tokenListText(rows: readonly TokenRow[], terminal: Terminal): string {
  const place = ({ special, start, end }: TokenRow) =>
    special || end === 0 ? "-" : `${start}–${end}`;
  return [
    ...tableLines(
      [
        { title: "id", align: "right", cells: rows.map(({ id }) => ({ text: String(id) })) },
        {
          title: "piece",
          align: "left",
          flexible: true,
          cells: rows.map(({ text, special }) => ({
            text: surface(text),
            style: special ? { quiet: true } : undefined,
          })),
        },
        {
          title: "at",
          align: "right",
          cells: rows.map((row) => ({
            text: terminal.unicode ? place(row) : place(row).replace("–", "-"),
          })),
        },
        {
          title: "text",
          align: "left",
          flexible: true,
          cells: rows.map(({ characters }) => ({ text: characters && surface(characters) })),
        },
      ],
      terminal,
    ),
    paint(` ${countOf(rows.length, "token")}`, { quiet: true }, terminal),
  ].join("\n");
}
