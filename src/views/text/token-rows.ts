import type { Noun } from "../../probe/noun.ts";
import { expectCount } from "../expect-count.ts";
import { moreOf } from "../more-of.ts";
import { formatWeight, weightOrZero } from "../numbers.ts";
import { surface, type Word } from "../surface.ts";
import { level } from "./bar.ts";
import { displayWidth, packColumns, pad, shorten } from "./layout.ts";
import { paint, type Terminal, type TextStyle } from "./terminal.ts";

/** Words side by side, each with the weight it gets. */
export interface TokenRows {
  readonly tokens: readonly Word[];
  /** One weight per token, 0 to 1; NaN where it cannot be looked at. */
  readonly weights: ArrayLike<number>;
  /** Tokens that look, marked with ›. */
  readonly focus: readonly number[];
  /** Tokens to keep when not all are shown. */
  readonly keep?: readonly number[];
  /** Where a new text begins (the second of a pair): it starts on a line of its own. */
  readonly breaks?: readonly number[];
  /** What a token is called; "word" if not given. */
  readonly noun?: Noun;
}

/** More blocks than this and only the tokens with the largest weights are shown. */
const mostBlocks = 4;
/** Smaller weights print as 0.00; they are counted instead of shown. */
const leastShown = 0.005;
const gap = 1;

interface TokenColumn {
  readonly label: string;
  readonly number: string;
  readonly bar: string;
  readonly width: number;
  readonly weight: number;
  readonly style: TextStyle;
}

/** Three aligned rows (words, weights, bars), in as many blocks as the width asks for. */
export function tokenRowLines(rows: TokenRows, terminal: Terminal): string[] {
  expectCount("tokenRowLines", "weights (one a token)", rows.weights.length, rows.tokens.length);
  const room = terminal.width - 2;
  const all = rows.tokens.map((_, index) => columnOf(rows, index, terminal));
  const sections = sectionsOf(rows);
  const blocks = sections.flatMap(([start, end]) => blocksOf(all.slice(start, end), room));
  if (blocks.length <= mostBlocks + sections.length - 1) return joinBlocks(blocks, terminal);
  return largestLines(rows, all, terminal);
}

function sectionsOf({ tokens, breaks = [] }: TokenRows): (readonly [number, number])[] {
  const edges = [0, ...breaks.filter((at) => at > 0 && at < tokens.length), tokens.length];
  return edges.slice(1).map((end, index) => [edges[index]!, end] as const);
}

function blocksOf(columns: readonly TokenColumn[], room: number): TokenColumn[][] {
  return packColumns(
    columns.map(({ width }) => width),
    gap,
    room,
  ).map(({ start, end }) => columns.slice(start, end));
}

function joinBlocks(blocks: readonly (readonly TokenColumn[])[], terminal: Terminal): string[] {
  return blocks.flatMap((block, index) => [
    ...(index > 0 ? [""] : []),
    ...blockLines(block, terminal),
  ]);
}

function columnOf(
  { tokens, weights, focus }: TokenRows,
  index: number,
  terminal: Terminal,
): TokenColumn {
  const token = tokens[index]!;
  const weight = weights[index]!;
  const isFocus = focus.includes(index);
  const longest = Math.max(8, Math.min(20, terminal.width >> 2));
  const mark = isFocus ? (terminal.unicode ? "›" : ">") : "";
  const label = mark + shorten(surface(token.text), longest, terminal.unicode);
  const number = formatWeight(weight);
  return {
    label,
    number,
    bar: level(weight, terminal.unicode).repeat(3),
    width: Math.max(displayWidth(label), displayWidth(number)),
    weight,
    style: isFocus ? { strong: true, underline: true } : token.special ? { quiet: true } : {},
  };
}

function blockLines(block: readonly TokenColumn[], terminal: Terminal): string[] {
  const row = (cell: (column: TokenColumn) => string): string =>
    ` ${block.map(cell).join(" ".repeat(gap))}`.trimEnd();
  const words = row(({ label, width, style }) => {
    const field = pad(label, width, "right");
    const start = field.indexOf(label);
    return (
      field.slice(0, start) + paint(label, style, terminal) + field.slice(start + label.length)
    );
  });
  const numbers = row(
    ({ number, width, weight }) =>
      pad("", width - number.length, "left") + paint(number, { weight }, terminal),
  );
  const bars = row(
    ({ bar, width, weight }) =>
      pad("", width - 3, "left") +
      (bar.trim() === "" ? bar : paint(bar, { inkWeight: weight }, terminal)),
  );
  return bars === "" ? [words, numbers] : [words, numbers, bars];
}

/** The tokens with the largest weights, in the order of the text, and a line that counts the others. */
function largestLines(rows: TokenRows, all: readonly TokenColumn[], terminal: Terminal): string[] {
  const room = terminal.width - 2;
  const byWeight = all
    .map((_, index) => index)
    .sort((a, b) => order(all[b]!) - order(all[a]!) || a - b);
  const kept = new Set([...rows.focus, ...(rows.keep ?? [])]);
  let lines: string[] = [];
  for (const index of byWeight) {
    if (order(all[index]!) < leastShown) break;
    kept.add(index);
    const blocks = blocksOf(withGaps(all, kept, terminal), room);
    if (blocks.length > 2) {
      kept.delete(index);
      break;
    }
    lines = joinBlocks(blocks, terminal);
  }
  if (lines.length === 0)
    lines = joinBlocks(blocksOf(withGaps(all, kept, terminal), room), terminal);
  const hidden = all.filter((_, index) => !kept.has(index));
  const sum = hidden.reduce((total, { weight }) => total + weightOrZero(weight), 0);
  const dots = terminal.unicode ? "…" : "...";
  return [...lines, ` ${dots} ${moreOf(hidden.length, rows.noun)}, together ${formatWeight(sum)}`];
}

function order({ weight }: TokenColumn): number {
  return weightOrZero(weight);
}

function withGaps(
  all: readonly TokenColumn[],
  kept: ReadonlySet<number>,
  { unicode }: Terminal,
): TokenColumn[] {
  const dots = unicode ? "…" : "...";
  const hole = { label: dots, number: "", bar: "   ", width: 3, weight: 0, style: { quiet: true } };
  const shown: TokenColumn[] = [];
  for (const [index, column] of all.entries())
    if (kept.has(index)) shown.push(column);
    else if (shown.at(-1)?.label !== dots || shown.at(-1)?.number !== "") shown.push(hole);
  return shown;
}
