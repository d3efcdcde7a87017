import { formatHead, type HeadAddress } from "../../probe/head-address.ts";
import {
  expectImage,
  grayed,
  heatColor,
  heatImage,
  type ImageGrid,
  type ImagePixels,
  scaled,
  strongest,
} from "../image-heat.ts";
import { formatNumber } from "../numbers.ts";
import { pngAddress } from "../png/png.ts";
import { hex } from "../scale.ts";
import {
  coordinate,
  expectSvgOptions,
  type SvgOptions,
  svgBox,
  svgDocument,
  svgText,
} from "./frame.ts";
import { wrapToWidth } from "./text-measure.ts";

/** One head's weights over an image, from one token. */
export interface ImagePicture extends ImageGrid {
  readonly title: string;
  readonly image: ImagePixels;
  /** One a patch, row by row. */
  readonly weights: ArrayLike<number>;
  /** The patch that looks; left out when it is a token that is no patch. */
  readonly query?: { readonly row: number; readonly column: number };
  /** What it looks at besides patches. */
  readonly others?: readonly { readonly text: string; readonly weight: number }[];
}

/** All heads' weights over an image, from one token. */
export interface ImageGridPicture extends ImageGrid {
  readonly title: string;
  readonly image: ImagePixels;
  readonly layers: number;
  readonly heads: number;
  /** Whether a layer has this head, where layers have different numbers of them; all are there when left out. */
  readonly isThere?: (head: HeadAddress) => boolean;
  /** One a patch, row by row. */
  readonly weightsOf: (head: HeadAddress) => ArrayLike<number>;
  readonly query?: { readonly row: number; readonly column: number };
  readonly focus?: HeadAddress;
}

const margin = 20;
const gap = 4;
const largestPanel = 440;
/** More patches than this have no tooltips. */
const mostTooltips = 1200;
/** An image carried inside is no larger than it is drawn on a fine screen, and than this. */
const density = 2;
const mostStored = 720;
/** On any colour one of the two can be seen. */
const frames = [
  ["#000000", 4],
  ["#4dd0e1", 2],
] as const;

interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The image, and beside it the image with one head's weights laid over it; the strongest weight has the strongest colour. */
export function imageSvg(picture: ImagePicture, options: SvgOptions = {}): string {
  expectSvgOptions(options, "imageSvg");
  const { image, weights, title, others = [] } = picture;
  expectImage("imageSvg", image, picture, weights);
  const room = Math.max(240, options.width ?? 900) - 2 * margin;
  const isWide = room >= 2 * 200 + margin;
  const side = Math.min(largestPanel, isWide ? (room - margin) / 2 : room);
  const panel = panelSize(image, side);
  const headings = wrapToWidth(title, isWide ? 2 * panel.width + margin : room, 15);
  const top = margin + headings.length * 20 + 6;
  const stored: Place = { x: margin, y: top, ...panel };
  const heated: Place = isWide
    ? { x: margin + panel.width + margin, y: top, ...panel }
    : { x: margin, y: top + panel.height + 12, ...panel };
  const small = scaled(image, ...storedSize(image, panel));
  const most = strongest(weights);
  const bottom = heated.y + panel.height + 14;
  const notes = notesOf(picture);
  const elements = [
    ...headings.map((line, index) =>
      svgText(line, { x: margin, y: margin + 12 + index * 20, size: 15, style: "strong" }),
    ),
    svgImage(pngAddress({ ...small, pixels: new Uint8Array(small.rgb) }), stored),
    svgImage(pngAddress(grayed(small)), heated),
    svgHeat(weights, picture, heated, most),
    ...(picture.query ? [stored, heated].map((place) => queryBox(picture, place)) : []),
    ...tooltips(picture, heated),
    ...heatLegend(margin, bottom, most),
    ...notes.map((line, index) =>
      svgText(line, { x: margin, y: bottom + 44 + index * 17, size: 12, style: "quiet" }),
    ),
  ];
  const width = Math.max(heated.x + panel.width + margin, 300);
  const names = others.map(({ text }) => text).join(", ");
  return svgDocument(
    {
      width,
      height: bottom + 40 + notes.length * 17 + margin / 2,
      title: names ? `${title} (and ${names})` : title,
    },
    elements,
    options,
  );
}

/** The image once a head, each with its weights laid over it: a row a layer, a column a head, every head to its own strongest weight. */
export function imageGridSvg(picture: ImageGridPicture, options: SvgOptions = {}): string {
  expectSvgOptions(options, "imageGridSvg");
  const { image, layers, heads, title, weightsOf, focus } = picture;
  const labelWidth = 30;
  const room = Math.max(240, options.width ?? 900) - 2 * margin - labelWidth;
  const panel = panelSize(image, Math.max(24, Math.min(160, room / heads - gap)));
  const left = margin + labelWidth;
  const width = Math.max(300, left + heads * (panel.width + gap) + margin);
  const headings = wrapToWidth(title, width - 2 * margin, 15);
  const top = margin + headings.length * 20 + 24;
  const small = scaled(image, ...storedSize(image, panel));
  const placeOf = ({ layer, head }: HeadAddress): Place => ({
    x: left + head * (panel.width + gap),
    y: top + layer * (panel.height + gap),
    ...panel,
  });
  const address = pngAddress(grayed(small));
  const id = `picture-${checksumOf(address)}`;
  const cells = Array.from({ length: layers * heads }, (_, index) => {
    const address = { layer: Math.floor(index / heads), head: index % heads };
    if (picture.isThere?.(address) === false) return [];
    const weights = weightsOf(address);
    expectImage(`imageGridSvg ${formatHead(address)}`, image, picture, weights);
    const place = placeOf(address);
    const most = strongest(weights);
    return [
      `<use href="#${id}" x="${coordinate(place.x)}" y="${coordinate(place.y)}"/>`,
      svgHeat(weights, picture, place, most),
      ...(picture.query ? [queryBox(picture, place)] : []),
      svgBox({
        ...place,
        style: "pointer",
        tooltip: `${formatHead(address)}, strongest on a patch: ${formatNumber(most)}`,
      }),
    ];
  });
  const bottom = top + layers * (panel.height + gap) + 10;
  const elements = [
    `<defs>${svgImage(address, { x: 0, y: 0, ...panel }, id)}</defs>`,
    ...headings.map((line, index) =>
      svgText(line, { x: margin, y: margin + 12 + index * 20, size: 15, style: "strong" }),
    ),
    ...Array.from({ length: heads }, (_, head) =>
      svgText(`H${head}`, {
        x: placeOf({ layer: 0, head }).x + panel.width / 2,
        y: top - 6,
        size: 10,
        anchor: "middle",
        style: "quiet",
      }),
    ),
    ...Array.from({ length: layers }, (_, layer) =>
      svgText(`L${layer}`, {
        x: left - 6,
        y: placeOf({ layer, head: 0 }).y + panel.height / 2 + 4,
        size: 10,
        anchor: "end",
        style: "quiet",
      }),
    ),
    ...cells.flat(),
    ...(focus ? [svgBox({ ...placeOf(focus), style: "mark" })] : []),
    ...heatLegend(margin, bottom, undefined),
  ];
  return svgDocument({ width, height: bottom + 36 + margin / 2, title }, elements, options);
}

/** A short name for an image, so that pictures on one page do not mix (FNV-1a). */
function checksumOf(text: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return (hash >>> 0).toString(36);
}

/** The image's shape at a longer side of `side`. */
function panelSize(
  { width, height }: ImagePixels,
  side: number,
): { width: number; height: number } {
  const factor = side / Math.max(width, height);
  return { width: Math.max(1, width * factor), height: Math.max(1, height * factor) };
}

/** Pixels an image is stored with: no more than it has, no more than it is drawn with. */
function storedSize(
  image: ImagePixels,
  panel: { width: number; height: number },
): [number, number] {
  const { width, height } = image;
  const factor = Math.min(
    1,
    (panel.width * density) / width,
    mostStored / width,
    mostStored / height,
  );
  return [Math.max(1, Math.round(width * factor)), Math.max(1, Math.round(height * factor))];
}

function svgImage(address: string, { x, y, width, height }: Place, id?: string): string {
  const place = `x="${coordinate(x)}" y="${coordinate(y)}" width="${coordinate(width)}" height="${coordinate(height)}"`;
  const name = id ? ` id="${id}"` : "";
  return `<image${name} ${place} preserveAspectRatio="none" href="${address}"/>`;
}

function coveredPart(place: Place, { covered }: ImageGrid): Place {
  const { width, height } = covered ?? { width: 1, height: 1 };
  return { ...place, width: place.width * width, height: place.height * height };
}

function svgHeat(weights: ArrayLike<number>, grid: ImageGrid, place: Place, most: number): string {
  const image = svgImage(pngAddress(heatImage(weights, grid, most)), coveredPart(place, grid));
  return `${image.replace("<image ", '<image image-rendering="pixelated" ')}${svgHidden(weights, grid, place)}`;
}

/** Patches that cannot be looked at (NaN), hatched: slanted lines a few pixels apart, cut off at their edges. */
function svgHidden(weights: ArrayLike<number>, grid: ImageGrid, place: Place): string {
  const hidden = Array.from(weights).flatMap((weight, patch) =>
    Number.isNaN(weight)
      ? [patchPlace(grid, place, Math.floor(patch / grid.columns), patch % grid.columns)]
      : [],
  );
  if (hidden.length === 0) return "";
  const part = coveredPart(place, grid);
  const at = ({ x, y, width, height }: Place) =>
    `M${coordinate(x)} ${coordinate(y)}h${coordinate(width)}v${coordinate(height)}h${coordinate(-width)}z`;
  const shape = hidden.map(at).join("");
  const id = `hidden-${checksumOf(shape)}`;
  const lines: string[] = [];
  for (let start = 6 - part.height; start < part.width; start += 6)
    lines.push(
      `M${coordinate(part.x + start)} ${coordinate(part.y + part.height)}l${coordinate(part.height)} ${coordinate(-part.height)}`,
    );
  return `<clipPath id="${id}"><path d="${shape}"/></clipPath><path d="${lines.join("")}" clip-path="url(#${id})" stroke="#e8e8e8" stroke-opacity="0.4" fill="none"/>`;
}

function patchPlace(grid: ImageGrid, place: Place, row: number, column: number): Place {
  const part = coveredPart(place, grid);
  const width = part.width / grid.columns;
  const height = part.height / grid.rows;
  return { x: place.x + column * width, y: place.y + row * height, width, height };
}

function queryBox(
  picture: Pick<ImagePicture, "rows" | "columns" | "covered" | "query">,
  place: Place,
): string {
  const { row, column } = picture.query!;
  const { x, y, width, height } = patchPlace(picture, place, row, column);
  const at = `x="${coordinate(x)}" y="${coordinate(y)}" width="${coordinate(width)}" height="${coordinate(height)}"`;
  return frames
    .map(([color, thick]) => `<rect ${at} fill="none" stroke="${color}" stroke-width="${thick}"/>`)
    .join("");
}

function tooltips(picture: ImagePicture, place: Place): string[] {
  const { rows, columns, weights } = picture;
  if (rows * columns > mostTooltips) return [];
  return Array.from({ length: rows * columns }, (_, patch) => {
    const [row, column] = [Math.floor(patch / columns), patch % columns];
    return svgBox({
      ...patchPlace(picture, place, row, column),
      style: "pointer",
      tooltip: `patch ${row},${column}: ${Number.isNaN(weights[patch]!) ? "out of its reach" : formatNumber(weights[patch]!)}`,
    });
  });
}

/** The colours over black, from nothing to the strongest weight. */
function heatLegend(x: number, y: number, most: number | undefined): string[] {
  const steps = 40;
  const width = 200;
  const strips = Array.from({ length: steps }, (_, step) => {
    const [red, green, blue, alpha] = heatColor((step + 0.5) / steps);
    const over = (value: number) => Math.round((value * alpha + 90 * (255 - alpha)) / 255);
    const fill = hex([over(red), over(green), over(blue)]);
    return `<rect x="${coordinate(x + (step * width) / steps)}" y="${coordinate(y)}" width="${coordinate(width / steps)}" height="9" fill="${fill}"/>`;
  });
  const end = most === undefined ? "each head's strongest" : formatNumber(most);
  return [
    ...strips,
    svgText("0", { x, y: y + 21, size: 10, style: "quiet" }),
    svgText(end, { x: x + width, y: y + 21, size: 10, anchor: "end", style: "quiet" }),
    svgText("weight", { x: x + width + 8, y: y + 9, size: 10, style: "quiet" }),
  ];
}

/** How the weights divide between patches and other tokens. */
function notesOf({ weights, others = [] }: ImagePicture): string[] {
  const hidden = Array.from(weights).some(Number.isNaN) ? ["hatched: out of its reach"] : [];
  if (others.length === 0) return hidden;
  const sum = Array.from(weights).reduce((total, weight) => total + (weight || 0), 0);
  const rest = others.map(({ text, weight }) => `${text} ${formatNumber(weight)}`).join(", ");
  return [`all patches together ${formatNumber(sum)}, ${rest}`, ...hidden];
}
