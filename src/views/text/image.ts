import { formatHead, type HeadAddress } from "../../probe/head-address.ts";
import { expectCount } from "../expect-count.ts";
import { strongest } from "../image-heat.ts";
import { formatCount, formatFixed, weightOrZero } from "../numbers.ts";
import { oneLine } from "../surface.ts";
import { lyingBar, shading } from "./bar.ts";
import { type ModelSummary, modelLine } from "./focus.ts";
import { displayWidth, pad, wrap } from "./layout.ts";
import { type Column, tableLines } from "./table.ts";
import { expectTerminal, paint, type Terminal } from "./terminal.ts";

/** One head, from one token over the patches of an image. */
export interface ImageHead extends HeadAddress {
  /** "3,4": row and column of the patch looked at most. */
  readonly strongest: string;
  readonly weight: number;
  readonly onPatches: number;
  /** 0 when all patches get alike, 1 when one gets all. */
  readonly sharpness: number;
}

/** What a token of an image looks at. */
export interface ImageReport extends HeadAddress {
  /** The image's name, size and patches, in a line. */
  readonly image: string;
  readonly model: ModelSummary;
  /** "[CLS]", or a patch: "3,4". */
  readonly query: string;
  /** The patch that looks, counted row by row; left out when it is a token that is no patch. */
  readonly queryPatch?: number;
  readonly rows: number;
  readonly columns: number;
  /** One a patch, row by row; NaN where it cannot be looked at. */
  readonly weights: ArrayLike<number>;
  /** What it looks at besides patches. */
  readonly others: readonly { readonly text: string; readonly weight: number }[];
  readonly heads: readonly ImageHead[];
  readonly notes: readonly string[];
  /** Ready to be appended to the command: `--word 3,4`. */
  readonly more: readonly string[];
}

/** Weights of patches, and which of them looks. */
export type PatchMap = Pick<ImageReport, "rows" | "columns" | "weights" | "queryPatch">;

const decimals = 3;
const patchesListed = 8;
const barWidth = 10;
const gap = "    ";

/** An image's patches as a shaded map, those looked at most, the heads that look most sharply, and what to doubt. */
export function imageText(report: ImageReport, terminal: Terminal): string {
  expectTerminal(terminal, "imageText");
  const { rows, columns, weights } = report;
  expectCount("imageText", "weights (rows × columns)", weights.length, rows * columns);
  const { width } = terminal;
  const quiet = (line: string) => paint(line, { quiet: true }, terminal);
  const first = order(weights)[0]!;
  const headline = `${tokenName(report.query).replace(/^p/, "P")} looks most at patch ${patchName(report, first)}: ${formatFixed(weights[first]!, decimals)} in ${formatHead(report)} (layer ${report.layer}, head ${report.head})`;
  const more = report.more.length > 0 ? wrap(`more ${report.more.join("   ")}`, width, " ") : [];
  return [
    ...wrap(oneLine(report.image), width),
    ...wrap(modelLine(report.model, terminal.unicode), width).map(quiet),
    "",
    ...wrap(headline, width).map((line) => paint(line, { strong: true }, terminal)),
    "",
    ...sideBySide(mapLines(report, terminal), (room) => patchLines(report, room), terminal),
    "",
    ...tableLines(headColumns(report), terminal),
    "",
    ...report.notes.flatMap((note) => wrap(oneLine(note), width, " ")),
    ...more.map(quiet),
  ].join("\n");
}

/** The patches that can be looked at, from the one looked at most on. */
function order(weights: ArrayLike<number>): number[] {
  return Array.from({ length: weights.length }, (_, patch) => patch)
    .filter((patch) => !Number.isNaN(weights[patch]))
    .sort((a, b) => weights[b]! - weights[a]!);
}

function patchName({ columns }: ImageReport, patch: number): string {
  return `${Math.floor(patch / columns)},${patch % columns}`;
}

function tokenName(name: string): string {
  return /^\d/.test(name) ? `patch ${name}` : name;
}

/** Two characters a patch, so that patches look square, with rows and columns numbered; the strongest colour is the strongest weight. */
export function mapLines(
  { rows, columns, weights, queryPatch }: PatchMap,
  terminal: Terminal,
): string[] {
  const labelWidth = String(rows - 1).length + 2;
  // Where patches are more than the terminal has room for, a cell is the strongest of a square of them.
  const square = Math.max(1, Math.ceil((2 * columns) / (terminal.width - labelWidth)));
  const most = strongest(weights);
  const cellAt = (row: number, column: number): string => {
    let largest = 0;
    let isQuery = false;
    let isHidden = true;
    for (let y = row; y < Math.min(rows, row + square); y++)
      for (let x = column; x < Math.min(columns, column + square); x++) {
        const weight = weights[y * columns + x]!;
        largest = Math.max(largest, weightOrZero(weight));
        isHidden &&= Number.isNaN(weight);
        isQuery ||= y * columns + x === queryPatch;
      }
    if (isHidden) return paint(hiddenCell(terminal), { quiet: true }, terminal);
    return mapCell(most > 0 ? largest / most : 0, isQuery, terminal);
  };
  const steps = (count: number) =>
    Array.from({ length: Math.ceil(count / square) }, (_, index) => index * square);
  const stride = Math.ceil((String(columns - 1).length + 1) / 2) * square;
  const titles = steps(columns)
    .filter((column) => column % stride === 0)
    .map((column) => pad(String(column), (2 * stride) / square, "left"));
  const blank = " ".repeat(labelWidth);
  const lines = steps(rows).map(
    (row) =>
      paint(`${pad(String(row), labelWidth - 1, "right")} `, { quiet: true }, terminal) +
      steps(columns)
        .map((column) => cellAt(row, column))
        .join(""),
  );
  return [
    paint((blank + titles.join("")).trimEnd(), { quiet: true }, terminal),
    ...lines,
    "",
    `${blank}0 ${legend(terminal)} ${formatFixed(most, decimals)}`,
    ...(queryPatch === undefined ? [] : [`${blank}[] looks`]),
    ...(Array.from(weights).some(Number.isNaN)
      ? [`${blank}${hiddenCell(terminal)} out of its reach`]
      : []),
    ...(square === 1 ? [] : [`${blank}a cell: the most of ${square} ${times(terminal)} ${square}`]),
  ];
}

function hiddenCell({ unicode }: Terminal): string {
  return unicode ? "··" : "..";
}

function mapCell(share: number, isQuery: boolean, terminal: Terminal): string {
  // paint takes roots of weights, so that small ones show; of shares the strongest patch is to stand out.
  const weight = share * share;
  if (terminal.color >= 8) return paint(isQuery ? "[]" : "  ", { weight }, terminal);
  const shade = isQuery ? "[]" : shading(share, terminal.unicode).repeat(2);
  return paint(shade, { inkWeight: weight }, terminal);
}

function legend(terminal: Terminal): string {
  const steps = terminal.color >= 8 ? 8 : 4;
  return Array.from({ length: steps }, (_, step) =>
    mapCell((step + 1) / steps, false, terminal),
  ).join("");
}

function times({ unicode }: Terminal): string {
  return unicode ? "×" : "x";
}

/** The patches looked at most, the rest of them, and the other tokens: all of the weight. */
function patchLines({ weights, others, ...report }: ImageReport, terminal: Terminal): string[] {
  const seen = order(weights);
  const patches = seen.slice(0, patchesListed);
  const rows = patches.map((patch) => ({
    name: patchName({ weights, others, ...report }, patch),
    weight: weights[patch]!,
    hasBar: true,
  }));
  const left = seen.length - rows.length;
  const rest =
    seen.reduce((sum, patch) => sum + weights[patch]!, 0) -
    rows.reduce((sum, { weight }) => sum + weight, 0);
  // Many patches together have no bar: beside single ones it would mislead.
  if (left > 0)
    rows.push({ name: `${formatCount(left)} more`, weight: Math.max(0, rest), hasBar: false });
  rows.push(...others.map(({ text, weight }) => ({ name: text, weight, hasBar: true })));
  const most = Math.max(...rows.map(({ weight, hasBar }) => (hasBar ? weight : 0)));
  return tableLines(
    [
      {
        title: `${tokenName(report.query)} looks at`,
        align: "left",
        cells: rows.map(({ name }) => ({ text: name })),
      },
      {
        title: "weight",
        align: "right",
        cells: rows.map(({ weight }) => ({ text: formatFixed(weight, decimals) })),
      },
      {
        title: "",
        align: "left",
        cells: rows.map(({ weight, hasBar }) => ({
          text: hasBar && most > 0 ? lyingBar(weight / most, barWidth, terminal.unicode) : "",
        })),
      },
    ],
    terminal,
    { indent: 0 },
  );
}

/** Two blocks beside one another where the terminal is wide enough, else one below the other. */
function sideBySide(
  left: readonly string[],
  rightIn: (room: Terminal) => string[],
  terminal: Terminal,
): string[] {
  const width = Math.max(...left.map(displayWidth));
  const right = rightIn({ ...terminal, width: 40 });
  const isWide = width + gap.length + Math.max(...right.map(displayWidth)) <= terminal.width;
  if (!isWide) return [...left, "", ...rightIn(terminal).map((line) => ` ${line}`)];
  return Array.from({ length: Math.max(left.length, right.length) }, (_, index) =>
    (pad(left[index] ?? "", width, "left") + gap + (right[index] ?? "")).trimEnd(),
  );
}

function headColumns({ heads, query }: ImageReport): Column[] {
  const numbers = (title: string, of: (head: ImageHead) => string): Column => ({
    title,
    align: "right",
    cells: heads.map((head) => ({ text: of(head) })),
  });
  return [
    {
      title: `heads for ${tokenName(query)}`,
      align: "left",
      cells: heads.map((head) => ({ text: formatHead(head) })),
    },
    numbers("sharpness", ({ sharpness }) => formatFixed(sharpness, 2)),
    numbers("most at", ({ strongest }) => strongest),
    numbers("weight", ({ weight }) => formatFixed(weight, decimals)),
    numbers("all patches", ({ onPatches }) => formatFixed(onPatches, decimals)),
  ];
}
