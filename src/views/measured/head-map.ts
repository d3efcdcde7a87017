import { formatHead, type HeadAddress } from "../../probe/head-address.ts";
import { escapeMarkup } from "../escape.ts";
import { expectCount } from "../expect-count.ts";
import { formatFixed } from "../numbers.ts";
import {
  coordinate,
  expectSvgOptions,
  type SvgOptions,
  svgDocument,
  svgText,
} from "../svg/frame.ts";
import { wrapToWidth } from "../svg/text-measure.ts";

/** Heads as points in a plane: near ones look alike. */
export interface HeadMap {
  readonly title: string;
  readonly families: readonly {
    readonly heads: readonly HeadAddress[];
    /** What its heads do, where they have names. */
    readonly says?: string;
  }[];
  /** One (x, y) a head, layer by layer: (L·H, 2). */
  readonly points: ArrayLike<number>;
  readonly heads: number;
  /** The model's number of the first layer; 0 if not given. */
  readonly firstLayer?: number;
  /** The share of what lies between heads that the plane holds. */
  readonly kept: number;
  readonly notes?: readonly string[];
}

const margin = 20;
const side = 520;
const labelled = 60;
/** One mark a family: told apart without colours. */
const marks = ["circle", "square", "triangle", "diamond", "cross", "plus", "down", "ring"] as const;

/** The plane with a mark a head, its family's shape; a legend, and the warning that the axes mean nothing. */
export function headMapSvg(map: HeadMap, options: SvgOptions = {}): string {
  expectSvgOptions(options, "headMapSvg");
  const { title, families, points, heads, firstLayer = 0, kept, notes = [] } = map;
  const count = families.reduce((sum, family) => sum + family.heads.length, 0);
  expectCount("headMapSvg", "points (heads × 2)", points.length, 2 * count);
  const width = Math.max(340, Math.min(options.width ?? side + 2 * margin, 900));
  const room = width - 2 * margin;
  const headings = wrapToWidth(title, room, 15);
  const top = margin + headings.length * 20 + 10;
  const [xs, ys] = [0, 1].map((axis) =>
    Array.from({ length: count }, (_, place) => points[2 * place + axis]!),
  ) as [number[], number[]];
  const span = Math.max(...[xs, ys].map((all) => Math.max(...all) - Math.min(...all)), 1e-9);
  const scale = (room - 40) / span;
  const height = (Math.max(...ys) - Math.min(...ys)) * scale + 40;
  const placeOf = ({ layer, head }: HeadAddress) => {
    const place = (layer - firstLayer) * heads + head;
    return {
      x: margin + 20 + (xs[place]! - Math.min(...xs)) * scale,
      y: top + 20 + (ys[place]! - Math.min(...ys)) * scale,
    };
  };
  const elements = headings.map((line, index) =>
    svgText(line, { x: margin, y: margin + 12 + index * 20, size: 15, style: "strong" }),
  );
  elements.push(
    `<rect class="line" x="${margin}" y="${coordinate(top)}" width="${coordinate(room)}" height="${coordinate(height)}"/>`,
  );
  for (const [family, { heads: own }] of families.entries())
    for (const address of own) {
      const { x, y } = placeOf(address);
      elements.push(
        `<g><title>${escapeMarkup(formatHead(address))}</title>${markAt(family, x, y)}</g>`,
      );
      const isAtEdge = x > width - margin - 45;
      if (count <= labelled)
        elements.push(
          svgText(formatHead(address), {
            x: isAtEdge ? x - 7 : x + 7,
            y: y + 4,
            size: 9,
            anchor: isAtEdge ? "end" : "start",
            style: "quiet",
          }),
        );
    }
  let bottom = top + height + 22;
  for (const [family, { heads: own, says }] of families.entries()) {
    const line = `${own.length === 1 ? "1 head" : `${own.length} heads`} like ${formatHead(own[0]!)}${says ? `: ${says}` : ""}`;
    elements.push(markAt(family, margin + 6, bottom - 4));
    for (const part of wrapToWidth(line, room - 20, 12)) {
      elements.push(svgText(part, { x: margin + 20, y: bottom, size: 12 }));
      bottom += 18;
    }
  }
  const warning = `The axes mean nothing, only distances do: near heads look alike. The plane holds ${formatFixed(100 * kept, 0)} % of what lies between them.`;
  for (const line of [warning, ...notes].flatMap((note) => wrapToWidth(note, room, 12))) {
    elements.push(svgText(line, { x: margin, y: bottom + 8, size: 12, style: "quiet" }));
    bottom += 17;
  }
  return svgDocument({ width, height: bottom + margin, title }, elements, options);
}

function markAt(family: number, x: number, y: number): string {
  const kind = marks[family % marks.length]!;
  const style = family % 2 === 0 ? "first" : "second";
  const path = (points: readonly (readonly [number, number])[]) =>
    `<path class="${style}" d="M${points.map(([dx, dy]) => `${coordinate(x + dx)} ${coordinate(y + dy)}`).join("L")}Z"/>`;
  switch (kind) {
    case "circle":
      return `<circle class="${style}" cx="${coordinate(x)}" cy="${coordinate(y)}" r="4"/>`;
    case "ring":
      return `<circle class="line" cx="${coordinate(x)}" cy="${coordinate(y)}" r="4"/>`;
    case "square":
      return path([
        [-4, -4],
        [4, -4],
        [4, 4],
        [-4, 4],
      ]);
    case "triangle":
      return path([
        [0, -5],
        [5, 4],
        [-5, 4],
      ]);
    case "down":
      return path([
        [0, 5],
        [5, -4],
        [-5, -4],
      ]);
    case "diamond":
      return path([
        [0, -6],
        [5, 0],
        [0, 6],
        [-5, 0],
      ]);
    case "plus":
      return path([
        [-1, -5],
        [1, -5],
        [1, -1],
        [5, -1],
        [5, 1],
        [1, 1],
        [1, 5],
        [-1, 5],
        [-1, 1],
        [-5, 1],
        [-5, -1],
        [-1, -1],
      ]);
    case "cross":
      return path([
        [-5, -3],
        [-3, -5],
        [0, -2],
        [3, -5],
        [5, -3],
        [2, 0],
        [5, 3],
        [3, 5],
        [0, 2],
        [-3, 5],
        [-5, 3],
        [-2, 0],
      ]);
  }
}
