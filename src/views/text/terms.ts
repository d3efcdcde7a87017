import { formatFixed } from "../numbers.ts";
import { surface } from "../surface.ts";
import { lyingBar } from "./bar.ts";
import { wrap } from "./layout.ts";
import { tableLines } from "./table.ts";
import { paint, type Terminal } from "./terminal.ts";

/** A text's sparse vector: words of the vocabulary with their weights, the heaviest first. */
export interface TermsPicture {
  readonly title: string;
  readonly terms: readonly { readonly token: string; readonly weight: number }[];
}

const barWidth = 20;

/** A line for each of the heaviest words, and how many more there are. */
export function termsText(
  { title, terms }: TermsPicture,
  terminal: Terminal,
  { most = 10 }: { readonly most?: number } = {},
): string {
  const shown = terms.slice(0, most);
  const heaviest = shown[0]?.weight ?? 1;
  const cells = <T>(of: (term: (typeof shown)[number]) => T) =>
    shown.map((term) => ({ text: of(term) }));
  const more = terms.length - shown.length;
  return [
    ...wrap(title, terminal.width).map((line) => paint(line, { strong: true }, terminal)),
    ...(shown.length === 0 ? [" no word has a weight"] : []),
    ...tableLines(
      [
        {
          title: "word",
          align: "right",
          flexible: true,
          cells: cells(({ token }) => surface(token)),
        },
        { title: "weight", align: "right", cells: cells(({ weight }) => formatFixed(weight, 3)) },
        {
          title: "",
          align: "left",
          cells: cells(({ weight }) => lyingBar(weight / heaviest, barWidth, terminal.unicode)),
        },
      ],
      terminal,
    ),
    ...(more > 0 ? [` and ${more} more`] : []),
  ].join("\n");
}
