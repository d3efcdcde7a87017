import { formatHead, type HeadAddress } from "../attention/address.ts";
import { shading } from "./bar.ts";
import { type ModelSummary, modelLine } from "./focus-text.ts";
import { wrap } from "./layout.ts";
import { formatFixed, formatWeight } from "./numbers.ts";
import { tableLines } from "./table-text.ts";
import { paint, type Terminal } from "./terminal.ts";

/** One head, from one token over the patches of an image. */
export interface ImageHead extends HeadAddress {
  /** "3,4": row and column of the patch looked at most. */
  readonly strongest: string;
  readonly weight: number;
  readonly onPatches: number;
  readonly sharpness: number;
}

/** What a token of an image looks at. */
export interface ImageReport extends HeadAddress {
  readonly image: string;
  readonly model: ModelSummary;
  /** "[CLS]", or a patch: "3,4". */
  readonly query: string;
  readonly rows: number;
  readonly columns: number;
  /** One a patch, row by row. */
  readonly weights: ArrayLike<number>;
  readonly heads: readonly ImageHead[];
  readonly notes: readonly string[];
}

/** An image's patches as a shaded map, the patch looked at most, and the heads that look most sharply. */
export function imageText(report: ImageReport, terminal: Terminal): string {
  const { image, model, query, heads, notes } = report;
  const shown =
    heads.find(({ layer, head }) => layer === report.layer && head === report.head) ?? heads[0];
  const headline = shown
    ? `"${query}" looks most at patch ${shown.strongest}: ${formatWeight(shown.weight)} in ${formatHead(report)} (layer ${report.layer}, head ${report.head})`
    : `"${query}" in ${formatHead(report)}`;
  return [
    image,
    ...wrap(modelLine(model, terminal.unicode), terminal.width).map((line) =>
      paint(line, { quiet: true }, terminal),
    ),
    "",
    ...wrap(headline, terminal.width).map((line) => paint(line, { strong: true }, terminal)),
    ...mapLines(report, terminal),
    ...tableLines(
      [
        {
          title: `heads for "${query}"`,
          align: "left",
          cells: heads.map((head) => ({ text: formatHead(head) })),
        },
        {
          title: "most at",
          align: "right",
          cells: heads.map(({ strongest }) => ({ text: strongest })),
        },
        {
          title: "weight",
          align: "right",
          cells: heads.map(({ weight }) => ({ text: formatWeight(weight) })),
        },
        {
          title: "all patches",
          align: "right",
          cells: heads.map(({ onPatches }) => ({ text: formatWeight(onPatches) })),
        },
        {
          title: "sharpness",
          align: "right",
          cells: heads.map(({ sharpness }) => ({ text: formatFixed(sharpness, 2) })),
        },
      ],
      terminal,
    ),
    ...notes.flatMap((note) => wrap(note, terminal.width, " ")),
  ].join("\n");
}

/** Two characters a patch, so that patches look square; the darkest is the strongest. */
function mapLines({ rows, columns, weights }: ImageReport, terminal: Terminal): string[] {
  const most = Array.from(weights).reduce((largest, weight) => Math.max(largest, weight), 0);
  const cell = 2 * columns + 2 <= terminal.width ? 2 : 1;
  return Array.from({ length: rows }, (_, row) => {
    const cells = Array.from({ length: columns }, (_, column) => {
      const weight = weights[row * columns + column]!;
      const share = most > 0 ? weight / most : 0;
      return paint(shading(share, terminal.unicode).repeat(cell), { inkWeight: share }, terminal);
    });
    return ` ${cells.join("")}`;
  });
}
