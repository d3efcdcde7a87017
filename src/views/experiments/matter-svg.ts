import { formatHead } from "../../probe/head-address.ts";
import { formatNumber } from "../numbers.ts";
import { isolated, surface } from "../surface.ts";
import { type SvgOptions, svgBox, svgDocument, svgLines, svgText } from "../svg/frame.ts";
import { textWidth } from "../svg/text-measure.ts";
import { modelLine } from "../text/focus.ts";
import { correlationSentences, type MatterHead, type MatterReport } from "./matter-text.ts";

const margin = 20;
const plotHeight = 230;
const side = 46;
const gap = 26;
const named = 6;

/** A dot a head: across how much it attends (or what that brings), up what cutting it does, on a scale of powers of ten. */
export function matterSvg(report: MatterReport, options: SvgOptions = {}): string {
  const width = Math.max(360, options.width ?? 860);
  const elements: string[] = [];
  let y = margin + 12;
  const lines = (text: string, size: number, style: string) => {
    y = svgLines(elements, text, { x: margin, y, width: width - 2 * margin, size, style });
  };
  lines(report.title, 15, "strong");
  for (const text of report.texts) lines(text, 13, "ink");
  lines(modelLine(report.model, true), 11, "quiet");
  const axes: { title: string; of: (head: MatterHead) => number | undefined }[] = [
    { title: "weight", of: ({ weight }) => weight },
    { title: "norm ‖w · v · W^O‖", of: ({ norm }) => norm },
  ];
  for (const [index, measure] of report.measures.entries()) {
    const own = [
      ...axes,
      { title: "gradient", of: ({ gradients }: MatterHead) => gradients?.[index] },
    ];
    const shown = own.filter(({ of }) => report.heads.some((head) => of(head) !== undefined));
    const plotWidth = (width - 2 * margin - gap * (shown.length - 1)) / shown.length;
    y += 8;
    lines(
      `How far ${report.done ?? "the cut"} ${measure.isCosine ? "turns the" : "moves"} ${measure.name}`,
      12,
      "strong",
    );
    for (const [plot, { title, of }] of shown.entries())
      elements.push(
        ...scatter(report.heads, of, index, {
          left: margin + plot * (plotWidth + gap),
          top: y,
          width: plotWidth,
          title,
        }),
      );
    y += plotHeight + 54;
    for (const sentence of correlationSentences(measure)) lines(sentence, 12, "ink");
  }
  for (const note of report.notes) lines(note, 11, "quiet");
  return svgDocument({ width, height: y + margin / 2, title: report.title }, elements, options);
}

interface Plot {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly title: string;
}

function scatter(
  heads: readonly MatterHead[],
  of: (head: MatterHead) => number | undefined,
  measure: number,
  { left, top, width, title }: Plot,
): string[] {
  const most = Math.max(1e-12, ...heads.map((head) => of(head) ?? 0));
  const logs = heads.map(({ effects }) => Math.log10(Math.max(effects[measure]!, 1e-9)));
  const [low, high] = [
    Math.floor(Math.min(...logs)),
    Math.max(Math.ceil(Math.max(...logs)), Math.floor(Math.min(...logs)) + 1),
  ];
  const x = (value: number) => left + side + (value / most) * (width - side - 34);
  const y = (log: number) => top + plotHeight - ((log - low) / (high - low)) * (plotHeight - 12);
  const elements: string[] = [];
  for (let power = low; power <= high; power++)
    elements.push(
      svgBox({ x: left + side, y: y(power), width: width - side, height: 0.5, style: "line" }),
      svgText(formatNumber(10 ** power, 1), {
        x: left + side - 6,
        y: y(power) + 4,
        size: 10,
        anchor: "end",
        style: "quiet",
      }),
    );
  for (const value of [0, most / 2, most])
    elements.push(
      svgText(formatNumber(value, 2), {
        x: x(value),
        y: top + plotHeight + 16,
        size: 10,
        anchor: "middle",
        style: "quiet",
      }),
    );
  elements.push(
    svgText(title, {
      x: left + side + (width - side) / 2,
      y: top + plotHeight + 32,
      size: 11,
      anchor: "middle",
      style: "quiet",
    }),
  );
  const order = [...heads.keys()].sort((a, b) => logs[b]! - logs[a]!);
  for (const index of order) {
    const head = heads[index]!;
    const value = of(head);
    if (value === undefined) continue;
    const key = head.key === undefined ? "" : ` at ${isolated(surface(head.key))}`;
    const tooltip = `${formatHead(head)}${key}: ${title} ${formatNumber(value)}, effect ${formatNumber(head.effects[measure]!)}`;
    elements.push(
      svgBox({
        x: x(value) - 3,
        y: y(logs[index]!) - 3,
        width: 6,
        height: 6,
        style: "first",
        round: 3,
        tooltip,
      }),
    );
  }
  const dots = order.flatMap((index): Dot[] => {
    const value = of(heads[index]!);
    if (value === undefined) return [];
    return [{ name: formatHead(heads[index]!), x: x(value), y: y(logs[index]!) }];
  });
  return [...elements, ...dotNames(dots, { from: left + side, to: left + width })];
}

interface Dot {
  readonly name: string;
  readonly x: number;
  readonly y: number;
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The names of the first dots, each beside its own where no dot and no other name stands; without such a place it has none. */
function dotNames(
  dots: readonly Dot[],
  { from, to }: { readonly from: number; readonly to: number },
): string[] {
  const size = 10;
  const taken: Box[] = dots.map(({ x, y }) => ({ x: x - 3, y: y - 3, width: 6, height: 6 }));
  return dots.slice(0, named).flatMap(({ name, x, y }) => {
    const width = textWidth(name, size);
    const places = [
      { x: x + 6, y: y - 5 },
      { x: x - 6 - width, y: y - 5 },
      { x: x - width / 2, y: y - 15 },
      { x: x - width / 2, y: y + 5 },
    ].map((corner): Box => ({ ...corner, width, height: size }));
    const place = places.find(
      (box) =>
        box.x >= from && box.x + width <= to && !taken.some((other) => isOverlapping(box, other)),
    );
    if (!place) return [];
    taken.push(place);
    return [svgText(name, { x: place.x, y: place.y + 9, size })];
  });
}

function isOverlapping(one: Box, other: Box): boolean {
  return (
    one.x < other.x + other.width &&
    other.x < one.x + one.width &&
    one.y < other.y + other.height &&
    other.y < one.y + one.height
  );
}
