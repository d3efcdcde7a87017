import { formatFixed } from "../numbers.ts";
import { oneLine } from "../surface.ts";
import { type SvgOptions, svgBox, svgDocument, svgLines, svgText } from "../svg/frame.ts";
import { wrapToWidth } from "../svg/text-measure.ts";
import { modelLine } from "../text/focus.ts";
import { type EffectReport, formatCosine, formatShare, verdict } from "./effect-text.ts";

const margin = 20;
const rowHeight = 26;
/** A name that is too long goes on below. */
const nameLine = 15;
const numbersWidth = 120;

/** What a change did at every station from the changed place to the end: a bar each, beside the range of its controls. */
export function effectSvg(report: EffectReport, options: SvgOptions = {}): string {
  const width = Math.max(320, options.width ?? 760);
  const room = width - 2 * margin;
  const elements: string[] = [];
  let y = margin + 12;
  const lines = (text: string, size: number, style: string) => {
    y = svgLines(elements, text, { x: margin, y, width: room, size, style });
  };
  const title = report.said.map(oneLine).join("; ");
  lines(title.slice(0, 1).toUpperCase() + title.slice(1), 15, "strong");
  for (const text of report.texts) lines(text, 13, "ink");
  lines(modelLine(report.model, true), 11, "quiet");
  const { count, said } = report.controls;
  lines(
    `Length of the change, as a share of the length before${count > 0 ? `; grey: 5 to 95 of 100 of ${count} ${said}` : ""}`,
    11,
    "quiet",
  );
  y += 4;
  const nameWidth = Math.min(250, room * 0.36);
  const track = room - nameWidth - numbersWidth;
  const most = Math.max(
    1e-9,
    ...report.stations.flatMap(({ change, controls }) =>
      [change, controls?.change.high ?? 0].filter(Number.isFinite),
    ),
  );
  const place = (share: number) => (Math.min(share, most) / most) * track;
  for (const { name, cosine, change, controls } of report.stations) {
    const x = margin + nameWidth;
    const range = controls?.change;
    const tooltip = `${oneLine(name)}: cosine ${formatCosine(cosine)}, change ${formatFixed(change, 5)}${range ? `; controls ${formatFixed(range.low, 5)} to ${formatFixed(range.high, 5)}, median ${formatFixed(range.median, 5)}` : ""}`;
    const named = wrapToWidth(oneLine(name), nameWidth - 10, 12);
    elements.push(
      ...named.map((line, row) =>
        svgText(line, { x: margin, y: y + 13 + row * nameLine, size: 12 }),
      ),
    );
    if (range)
      elements.push(
        svgBox({
          x: x + place(range.low),
          y: y + 1,
          width: Math.max(1, place(range.high) - place(range.low)),
          height: 16,
          style: "line",
          round: 3,
        }),
        svgBox({ x: x + place(range.median), y: y + 1, width: 1.5, height: 16, style: "quiet" }),
      );
    elements.push(
      svgBox({
        x,
        y: y + 4,
        width: Math.max(1, place(change)),
        height: 10,
        style: "first",
        round: 2,
        tooltip,
      }),
      svgText(`${formatShare(change)}, cosine ${formatCosine(cosine)}`, {
        x: width - margin,
        y: y + 13,
        size: 10,
        anchor: "end",
      }),
    );
    y += rowHeight + (named.length - 1) * nameLine;
  }
  y += 10;
  for (const measure of report.measures) lines(verdict(measure, report), 12, "ink");
  for (const { of, choices } of report.outcomes)
    lines(
      `${of.slice(0, 1).toUpperCase() + of.slice(1)}: ${choices.map(({ name, before, after }) => `${oneLine(name)} ${formatFixed(before, 3)} → ${formatFixed(after, 3)}`).join("; ")}`,
      12,
      "ink",
    );
  for (const note of report.notes) lines(note, 11, "quiet");
  return svgDocument({ width, height: y + margin / 2, title }, elements, options);
}
