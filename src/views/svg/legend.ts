import { scalePosition } from "../scale.ts";
import { colorSteps, svgBox, svgText } from "./frame.ts";

/** Height of the colour scale with its numbers, in pixels. */
export const legendHeight = 30;

/** The colour scale lying down, with weights at their places (it is not linear). */
export function svgLegend(x: number, y: number, width = 200): string[] {
  const part = width / colorSteps;
  const strips = Array.from({ length: colorSteps }, (_, step) =>
    svgBox({ x: x + step * part, y, width: part + 0.2, height: 9, style: `w${step + 1}` }),
  );
  const ticks = [0, 0.05, 0.25, 0.5, 1].map((weight) =>
    svgText(String(weight), {
      x: x + scalePosition(weight) * width,
      y: y + 21,
      size: 10,
      anchor: weight === 0 ? "start" : weight === 1 ? "end" : "middle",
      style: "quiet",
    }),
  );
  return [
    ...strips,
    ...ticks,
    svgText("weight", { x: x + width + 8, y: y + 9, size: 10, style: "quiet" }),
  ];
}
