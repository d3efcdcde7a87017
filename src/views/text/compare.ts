import { formatHead, type HeadAddress } from "../../probe/head-address.ts";
import { formatFixed, formatWeight } from "../numbers.ts";
import { isolated, oneLine, quote, surface } from "../surface.ts";
import { lyingBar } from "./bar.ts";
import { type ModelSummary, modelLine, textLines } from "./focus.ts";
import { shorten, wrap } from "./layout.ts";
import { type Column, tableLines } from "./table.ts";
import { expectTerminal, paint, type Terminal } from "./terminal.ts";

/** One head, the same word in both sentences. */
export interface ComparedHead extends HeadAddress {
  /** Weights on each target in the first sentence, in the order of `targets`. */
  readonly first: readonly number[];
  readonly second: readonly number[];
}

/** A word of the first sentence and the other that stands in its place in the second, and the heads where the looks at them differ most. */
export interface ComparedPair {
  readonly first: string;
  readonly second: string;
  /** Weights on the one, and on the other. */
  readonly heads: readonly ComparedHead[];
}

/** The same word in two sentences. */
export interface CompareReport {
  readonly texts: readonly [string, string];
  readonly model: ModelSummary;
  readonly word: string;
  /** What tells the sentences apart, for the columns: "tired" and "dirty". */
  readonly labels: readonly [string, string];
  /** Words of both sentences that the word may look at. */
  readonly targets: readonly string[];
  /** Heads whose weights differ most, the largest difference first. */
  readonly heads: readonly ComparedHead[];
  /** Words that differ, where the sentences stand side by side. */
  readonly differing?: readonly ComparedPair[];
  /** Cosine distance (0 to 2) between the word's two vectors: entering layer 0, then after each layer. */
  readonly distances: readonly number[];
  readonly notes?: readonly string[];
}

/** Two sentences side by side: where the word looks otherwise, and how far its vector moves layer by layer. */
export function compareText(report: CompareReport, terminal: Terminal): string {
  expectTerminal(terminal, "compareText");
  const { texts, model, word, labels, differing = [], notes = [] } = report;
  const quoted = quote(word);
  const distance = `How far the vector of ${quoted} lies apart in the two sentences (cosine distance)`;
  return [
    ...texts.flatMap((text, index) => textLines(`${index + 1}: ${text}`, terminal)),
    ...wrap(modelLine(model, terminal.unicode), terminal.width).map((line) =>
      paint(line, { quiet: true }, terminal),
    ),
    "",
    ...wrap(headline(report), terminal.width).map((line) =>
      paint(line, { strong: true }, terminal),
    ),
    ...(report.heads.length > 0
      ? tableLines(headColumns(report, labels.map(shortLabel)), terminal)
      : []),
    ...differing.flatMap((pair) => pairLines(pair, word, terminal)),
    "",
    ...wrap(distance, terminal.width).map((line) => paint(line, { strong: true }, terminal)),
    ...tableLines(distanceColumns(report, terminal), terminal),
    ...notes.flatMap((note) => wrap(oneLine(note), terminal.width, " ")),
  ].join("\n");
}

function headline({ word, heads, targets, labels }: CompareReport): string {
  const [strongest] = heads;
  if (!strongest) return `${quote(word)} looks alike in both sentences in every head.`;
  const parts = [strongest.first, strongest.second].map((weights, index) => {
    const list = targets.map(
      (target, at) => `${isolated(surface(target))} ${formatWeight(weights[at]!)}`,
    );
    return `${quote(labels[index]!)}: ${list.join(", ")}`;
  });
  return `Where ${quote(word)} looks differs most in ${formatHead(strongest)}. With ${parts.join("; with ")}`;
}

/** Words that stand in each other's place, and how the looks at them differ. */
function pairLines(pair: ComparedPair, word: string, terminal: Terminal): string[] {
  const { first, second, heads } = pair;
  const [most] = heads;
  const title = `${quote(first)} in the first, ${quote(second)} in the second: how much ${quote(word)} looks at them differs most in ${formatHead(most!)}`;
  const cells = (side: "first" | "second") =>
    heads.map((head) => {
      const weight = head[side][0]!;
      return { text: formatWeight(weight), style: { weight } };
    });
  const columns: Column[] = [
    {
      title: `heads for "${shortLabel(word)}"`,
      align: "left",
      cells: heads.map((head) => ({ text: formatHead(head) })),
    },
    { title: shortLabel(first), align: "right", cells: cells("first") },
    { title: shortLabel(second), align: "right", cells: cells("second") },
    {
      title: "change",
      align: "right",
      cells: heads.map(({ first, second }) => ({ text: signed(first[0]!, second[0]!) })),
    },
  ];
  return [
    "",
    ...wrap(title, terminal.width).map((line) => paint(line, { strong: true }, terminal)),
    ...tableLines(columns, terminal),
  ];
}

function shortLabel(label: string): string {
  return shorten(surface(label), 14);
}

function headColumns({ heads, targets, word }: CompareReport, labels: readonly string[]): Column[] {
  const columns: Column[] = [
    {
      title: `heads for "${shortLabel(word)}"`,
      align: "left",
      cells: heads.map((head) => ({ text: formatHead(head) })),
    },
  ];
  for (const [index, target] of targets.entries()) {
    for (const [side, label] of labels.entries())
      columns.push({
        title: `${shortLabel(target)} with ${label}`,
        align: "right",
        cells: heads.map((head) => {
          const weight = (side === 0 ? head.first : head.second)[index]!;
          return { text: formatWeight(weight), style: { weight } };
        }),
      });
    columns.push({
      title: "change",
      align: "right",
      cells: heads.map(({ first, second }) => ({ text: signed(first[index]!, second[index]!) })),
    });
  }
  return columns;
}

/** The difference of the weights as printed, so that the line adds up. */
function signed(first: number, second: number): string {
  const change = Number(formatWeight(second)) - Number(formatWeight(first));
  const fixed = formatFixed(change, 2);
  return Number(fixed) > 0 ? `+${fixed}` : fixed;
}

function distanceColumns({ distances }: CompareReport, terminal: Terminal): Column[] {
  const largest = Math.max(...distances.filter(Number.isFinite), 0.001);
  const room = Math.max(8, Math.min(40, terminal.width - 30));
  return [
    {
      title: "",
      align: "left",
      cells: distances.map((_, layer) => ({
        text: layer === 0 ? "entering layer 0" : `after layer ${layer - 1}`,
      })),
    },
    {
      title: "",
      align: "right",
      cells: distances.map((value) => ({ text: formatFixed(value, 3) })),
    },
    {
      title: "",
      align: "left",
      cells: distances.map((value) => ({
        text: lyingBar(value / largest, room, terminal.unicode),
        style: { inkWeight: value / largest },
      })),
    },
  ];
}
