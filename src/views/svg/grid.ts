import { formatHead, type HeadAddress } from "../../probe/head-address.ts";
import { formatWeight } from "../numbers.ts";
import { isolated, surface, type Word } from "../surface.ts";
import {
  colorSteps,
  expectSvgOptions,
  type SvgOptions,
  svgBox,
  svgDocument,
  svgText,
} from "./frame.ts";
import { legendHeight, svgLegend } from "./legend.ts";
import { wrapToWidth } from "./text-measure.ts";
import { type PaletteSteps, rasterSteps, themedImages } from "./weight-raster.ts";

/** The weights of all heads over one text. */
export interface GridPicture {
  readonly title: string;
  readonly layers: number;
  readonly heads: number;
  readonly queries: readonly Word[];
  readonly keys: readonly Word[];
  /** The (T, S) weights of one head, row-major, 0 to 1; NaN where a query cannot look. */
  readonly weightsOf: (head: HeadAddress) => ArrayLike<number>;
  readonly focus?: HeadAddress;
}

const margin = 20;
const gap = 3;
const labelWidth = 30;
const labelHeight = 16;
const mostTooltips = 1000;

/** All heads as thumbnails: a row a layer, a column a head, drawn as one image. */
export function gridSvg(picture: GridPicture, options: SvgOptions = {}): string {
  expectSvgOptions(options, "gridSvg");
  const { layers, heads, queries, keys, title } = picture;
  const room = Math.max(240, options.width ?? 900) - 2 * margin - labelWidth;
  const side = thumbnailSide(room, heads, Math.max(queries.length, keys.length));
  const pitch = side + gap;
  const width = Math.max(300, 2 * margin + labelWidth + heads * pitch);
  const headings = wrapToWidth(title, width - 2 * margin, 15);
  const left = margin + labelWidth;
  const top = margin + headings.length * 20 + 8 + labelHeight;
  const { steps, tooltips } = drawThumbnails(picture, side);
  const stride = Math.max(1, Math.ceil(26 / pitch));
  const rowStride = Math.max(1, Math.ceil(13 / pitch));
  const place = `x="${left}" y="${top}" width="${steps.width}" height="${steps.height}" image-rendering="pixelated"`;
  const elements = [
    ...headings.map((line, index) =>
      svgText(line, { x: margin, y: margin + 12 + index * 20, size: 15, style: "strong" }),
    ),
    ...every(heads, stride).map((head) =>
      svgText(`H${head}`, {
        x: left + head * pitch + side / 2,
        y: top - 5,
        size: 10,
        anchor: "middle",
        style: "quiet",
      }),
    ),
    ...every(layers, rowStride).map((layer) =>
      svgText(`L${layer}`, {
        x: left - 6,
        y: top + layer * pitch + side / 2 + 4,
        size: 10,
        anchor: "end",
        style: "quiet",
      }),
    ),
    ...themedImages(steps, options.theme).map(
      ({ theme, address }) => `<image class="only-${theme}" ${place} href="${address}"/>`,
    ),
    ...tooltips.map(({ layer, head, tooltip }) =>
      svgBox({ ...boxAt({ layer, head }, left, top, side), style: "pointer", tooltip }),
    ),
    ...(picture.focus
      ? [
          `<g pointer-events="none">${svgBox({ ...boxAt(picture.focus, left, top, side, 1.5), style: "mark" })}</g>`,
        ]
      : []),
  ];
  const bottom = top + layers * pitch + 12;
  elements.push(...svgLegend(margin, bottom, Math.min(200, width - 2 * margin - 60)));
  return svgDocument(
    { width, height: bottom + legendHeight + margin / 2, title },
    elements,
    options,
  );
}

function boxAt({ layer, head }: HeadAddress, left: number, top: number, side: number, around = 0) {
  const pitch = side + gap;
  return {
    x: left + head * pitch - around,
    y: top + layer * pitch - around,
    width: side + 2 * around,
    height: side + 2 * around,
  };
}

/** A whole number of pixels a weight where the text is short, else a fixed side. */
function thumbnailSide(room: number, heads: number, tokens: number): number {
  const fitting = Math.max(4, Math.min(64, Math.floor(room / heads) - gap));
  return tokens <= fitting ? Math.floor(fitting / tokens) * tokens : fitting;
}

interface Thumbnails {
  readonly steps: PaletteSteps;
  readonly tooltips: readonly (HeadAddress & { readonly tooltip: string })[];
}

function drawThumbnails(picture: GridPicture, side: number): Thumbnails {
  const { layers, heads, queries, keys, weightsOf } = picture;
  const pitch = side + gap;
  const width = heads * pitch;
  const height = layers * pitch;
  const steps = new Uint8Array(width * height).fill(colorSteps + 1);
  const tooltips: (HeadAddress & { tooltip: string })[] = [];
  for (let layer = 0; layer < layers; layer++)
    for (let head = 0; head < heads; head++) {
      const weights = weightsOf({ layer, head });
      const thumbnail = rasterSteps({ weights, rows: queries.length, columns: keys.length }, side);
      for (let y = 0; y < side; y++)
        for (let x = 0; x < side; x++) {
          const row = Math.floor((y * thumbnail.height) / side);
          const column = Math.floor((x * thumbnail.width) / side);
          steps[(layer * pitch + y) * width + head * pitch + x] =
            thumbnail.steps[row * thumbnail.width + column]!;
        }
      if (layers * heads <= mostTooltips)
        tooltips.push({ layer, head, tooltip: tooltipOf({ layer, head }, weights, picture) });
    }
  return { steps: { width, height, steps }, tooltips };
}

function tooltipOf(
  address: HeadAddress,
  weights: ArrayLike<number>,
  { queries, keys }: GridPicture,
): string {
  let best = -1;
  for (let index = 0; index < weights.length; index++) {
    const isSpecial =
      keys[index % keys.length]!.special || queries[Math.floor(index / keys.length)]!.special;
    if (!isSpecial && weights[index]! > (weights[best] ?? -1)) best = index;
  }
  if (best < 0) return formatHead(address);
  const query = isolated(surface(queries[Math.floor(best / keys.length)]!.text));
  const key = isolated(surface(keys[best % keys.length]!.text));
  return `${formatHead(address)}, strongest: ${query} → ${key} ${formatWeight(weights[best]!)}`;
}

function every(count: number, stride: number): number[] {
  return Array.from({ length: Math.ceil(count / stride) }, (_, index) => index * stride);
}
