import { moreOf } from "../more-of.ts";
import { formatFixed, formatNumber } from "../numbers.ts";
import { isolated, oneLine, surface } from "../surface.ts";
import { lyingBar } from "../text/bar.ts";
import { displayWidth, packColumns, wrap } from "../text/layout.ts";
import { tableLines } from "../text/table.ts";
import { expectTerminal, paint, type Terminal } from "../text/terminal.ts";
import { darkest, type ShadedWords } from "./shaded-words.ts";

const barWidth = 20;
const mostRows = 24;

/** The words of a text, shaded, and the strongest with their numbers; a word whose number is negative is underlined. */
export function shadedWordsText(picture: ShadedWords, terminal: Terminal): string {
  expectTerminal(terminal, "shadedWordsText");
  const { title, sides, notes = [] } = picture;
  const heading = wrap(oneLine(title), terminal.width).map((line) =>
    paint(line, { strong: true }, terminal),
  );
  const isNamed = sides.length > 1;
  const parts = sides.flatMap((side) => [
    "",
    ...(isNamed ? [paint(oneLine(side.name ?? ""), { quiet: true }, terminal)] : []),
    ...(terminal.color > 0 ? [...shadedLines(side.words, darkest(picture), terminal), ""] : []),
    ...numberLines(picture, side, terminal),
  ]);
  const paragraphs = notes.flatMap((note) => wrap(oneLine(note), terminal.width, " "));
  return [...heading, ...parts, ...(paragraphs.length > 0 ? ["", ...paragraphs] : [])].join("\n");
}

type Words = ShadedWords["sides"][number]["words"];

function shadedLines(words: Words, most: number, terminal: Terminal): string[] {
  const labels = words.map(({ text }) => isolated(surface(text)));
  const blocks = packColumns(labels.map(displayWidth), 1, terminal.width - 2);
  return blocks.map(({ start, end }) => {
    const shaded = words.slice(start, end).map(({ value }, n) => {
      const weight = most > 0 ? Math.abs(value) / most : 0;
      return paint(labels[start + n]!, { weight, underline: value < 0 }, terminal);
    });
    return ` ${shaded.join(" ")}`;
  });
}

/** Words in the order of the text with their numbers; of many those that are farthest from 0. */
function numberLines(
  picture: ShadedWords,
  { words, noun = "word" }: ShadedWords["sides"][number],
  terminal: Terminal,
): string[] {
  const most = darkest(picture);
  const order = [...words.keys()].sort(
    (a, b) => Math.abs(words[b]!.value) - Math.abs(words[a]!.value) || a - b,
  );
  const shown = order.slice(0, mostRows).sort((a, b) => a - b);
  const rows = shown.map((place) => words[place]!);
  const written = (value: number) =>
    most < 10 && most >= 0.1 ? formatFixed(value, 3) : formatNumber(value);
  const lines = tableLines(
    [
      {
        title: noun,
        align: "right",
        flexible: true,
        cells: rows.map(({ text, special }) => ({
          text: surface(text),
          style: special ? { quiet: true } : {},
        })),
      },
      {
        title: picture.unit,
        align: "right",
        cells: rows.map(({ value }) => ({ text: written(value) })),
      },
      {
        title: "",
        align: "left",
        cells: rows.map(({ value }) => ({
          text:
            most > 0
              ? (value < 0 ? "- " : "  ") +
                lyingBar(Math.abs(value) / most, barWidth, terminal.unicode)
              : "",
        })),
      },
    ],
    terminal,
  );
  const left = words.length - rows.length;
  if (left === 0) return lines;
  return [...lines, ` ${terminal.unicode ? "…" : "..."} ${moreOf(left, noun)}, nearer to 0`];
}
