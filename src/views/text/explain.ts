import type { ExplainedPicture, ExplainedStep, StepsPicture } from "../explain/explained.ts";
import { type Printed, type PrintedRow, printed } from "../explain/printed.ts";
import { stepsOf } from "../explain/steps-of.ts";
import { formatFixed } from "../numbers.ts";
import { oneLine, surface } from "../surface.ts";
import { shorten, wrap } from "./layout.ts";
import { type Column, tableLines } from "./table.ts";
import { expectTerminal, paint, type Terminal, type TextStyle } from "./terminal.ts";

const indent = "    ";
const widest = 100;
/** Lines of the text itself. */
const mostLines = 3;

/** An explanation for the terminal: the answer first, then every step with its numbers. */
export function explainText(picture: ExplainedPicture, terminal: Terminal): string {
  expectTerminal(terminal, "explainText");
  return stepsText(stepsOf(picture), terminal);
}

/** Steps for the terminal: what is said first, then every step with its numbers. */
export function stepsText(picture: StepsPicture, given: Terminal): string {
  expectTerminal(given, "stepsText");
  const terminal = { ...given, width: Math.min(given.width, widest) };
  const { title, about, texts, lines, steps } = picture;
  const quiet = (text: string) =>
    wrap(oneLine(text), terminal.width).map((line) => paint(line, { quiet: true }, terminal));
  const all = [
    ...textLines(texts, terminal),
    ...quiet(about),
    "",
    ...wrap(oneLine(title), terminal.width).map((line) => paint(line, { strong: true }, terminal)),
    ...lines.flatMap((sentence) => bullet(sentence, terminal)),
    ...steps.flatMap((step, index) => ["", ...stepLines(step, index + 1, terminal)]),
    "",
  ];
  const text = all.join("\n");
  return terminal.unicode ? text : plainSigns(text);
}

/** The text itself, as far as it goes into a few lines. */
function textLines(texts: readonly string[], { width, unicode }: Terminal): string[] {
  if (texts.length === 0) return [];
  const lines = wrap(oneLine(texts.join(" / ")), width);
  if (lines.length <= mostLines) return lines;
  const last = shorten(`${lines[mostLines - 1]} ${lines[mostLines]}`, width, unicode);
  return [...lines.slice(0, mostLines - 1), last];
}

/** What stands for signs beyond ASCII that heed itself writes. */
const signs: readonly (readonly [string, string])[] = [
  ["·", "."],
  ["∘", "o"],
  ["×", "x"],
  ["√", "sqrt"],
  ["Σ", "sum"],
  ["σ", "s"],
  ["∞", "inf"],
  ["−", "-"],
  ["→", "->"],
  ["‖", "|"],
  ["…", "..."],
  ["ᵢ", "_i"],
  ["ᵀ", "^T"],
];

function plainSigns(text: string): string {
  return signs.reduce((before, [sign, plain]) => before.replaceAll(sign, plain), text);
}

function bullet(sentence: string, terminal: Terminal): string[] {
  return wrap(oneLine(sentence), terminal.width - 3).map(
    (line, n) => `${n === 0 ? (terminal.unicode ? " • " : " - ") : "   "}${line}`,
  );
}

function stepLines(step: ExplainedStep, number: number, terminal: Terminal): string[] {
  const lead = ` ${number}`.padEnd(indent.length);
  const heading = wrap(oneLine(step.title), terminal.width - indent.length).map((line, n) =>
    paint((n === 0 ? lead : indent) + line, { strong: true }, terminal),
  );
  const quiet = (text: string) =>
    wrap(oneLine(text), terminal.width, indent).map((line) =>
      paint(line, { quiet: true }, terminal),
    );
  if (step.leftOut)
    return [...heading, ...wrap(`Left out: ${oneLine(step.leftOut)}.`, terminal.width, indent)];
  return [
    ...heading,
    ...wrap(oneLine(step.sentence), terminal.width, indent),
    ...quiet(step.formula),
    ...step.values.flatMap((value) => valueLines(printed(value), terminal)),
  ];
}

function valueLines(value: Printed, terminal: Terminal): string[] {
  switch (value.kind) {
    case "note":
      return wrap(oneLine(value.text), terminal.width, indent);
    case "vector": {
      const name = `${surface(value.name)}, ${value.about}`;
      const room = Math.max(1, Math.min(8, Math.floor((terminal.width - indent.length - 4) / 8)));
      const shown = value.values.slice(0, room).map((number) => formatFixed(number, 3).padStart(7));
      const more = value.values.length > shown.length ? " …" : "";
      return [...wrap(name, terminal.width, indent), `${indent}${shown.join(" ")}${more}`];
    }
    case "table":
      return [
        ...wrap(oneLine(value.caption), terminal.width, indent).map((line) =>
          paint(line, { underline: true }, terminal),
        ),
        ...tableLines(
          value.isText
            ? textColumns(value.titles, value.rows)
            : columnsOf(value.titles, value.rows),
          terminal,
          { indent: indent.length },
        ),
      ];
  }
}

function columnsOf(titles: readonly string[], rows: readonly PrintedRow[]): Column[] {
  const style = ({ role, special, kind }: PrintedRow): TextStyle | undefined =>
    role ? { strong: true } : special || kind === "rest" ? { quiet: true } : undefined;
  return titles.map((title, place): Column => {
    if (place === 0)
      return {
        title: surface(title) === "∅" ? "" : surface(title),
        align: "left",
        flexible: true,
        cells: rows.map((row) => ({ text: shorten(surface(row.label), 36), style: style(row) })),
      };
    const isWeight = title === "weight";
    return {
      title: shorten(surface(title), 16),
      align: "right",
      cells: rows.map((row) => ({
        text: row.cells[place - 1] ?? "",
        style: isWeight && row.weight !== undefined ? { weight: row.weight } : style(row),
      })),
    };
  });
}

/** Columns of words, whose cells go on in the next line. */
function textColumns(titles: readonly string[], rows: readonly PrintedRow[]): Column[] {
  return titles.map((title, place) => ({
    title,
    align: "left",
    flexible: true,
    wraps: place > 0,
    cells: rows.map(({ label, cells }) => ({
      text: oneLine(place === 0 ? label : (cells[place - 1] ?? "")),
    })),
  }));
}
