import { svg, type TemplateResult } from "lit-html";

const width = 640;
const height = 204;
const left = 44;
const right = 16;
/** From the ends of the axes to the first and last place, so that their numbers stand free. */
const inset = 28;
const top = 26;
const bottom = 58;

/** A place of the line. */
export interface ChartPoint {
  readonly x: number;
  readonly y: number;
  readonly value: number;
}

/** The lowest value of the axis: a round one at or below all values, so that small changes can be seen. */
export function axisStart(values: ArrayLike<number>): number {
  const least = Math.min(1, ...Array.from(values).filter((value) => !Number.isNaN(value)));
  return Math.max(-1, Math.floor((least - 0.02) * 10 + 1e-6) / 10);
}

/** Where each value stands, from left to right. */
export function chartPoints(values: ArrayLike<number>): ChartPoint[] {
  const start = axisStart(values);
  const step = (width - left - right - 2 * inset) / Math.max(1, values.length - 1);
  return Array.from(values, (value, place) => ({
    x: left + inset + place * step,
    y: top + ((1 - value) / (1 - start || 1)) * (height - top - bottom),
    value,
  }));
}

/** Half of a number's width, and what a line may rise or fall over it without touching the number. */
const half = 24;
const room = 6;

/** Where the number of a place stands, so that the line does not cross it: above, below, or above on the side where the line falls. */
export function numberPlace(
  points: readonly ChartPoint[],
  n: number,
): "above" | "below" | "before" | "after" {
  const { x, y } = points[n]!;
  const rise = (other: ChartPoint | undefined): number =>
    other === undefined || Number.isNaN(other.y)
      ? 0
      : ((y - other.y) * half) / Math.abs(other.x - x);
  const [before, after] = [rise(points[n - 1]), rise(points[n + 1])];
  if (before <= room && after <= room) return "above";
  if (before >= -room && after >= -room) return "below";
  return before > after ? "after" : "before";
}

/** How alike two words are on their way, as a line; `label` says all of it in words, `names` stand below the places. */
export function alikeChart(
  values: ArrayLike<number>,
  names: readonly string[],
  label: string,
  write: (value: number) => string,
): TemplateResult {
  const points = chartPoints(values);
  const start = axisStart(values);
  const path = points.map(({ x, y }, n) => `${n === 0 ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`);
  const ground = height - bottom;
  const every = Math.ceil(points.length / 14);
  return svg`<svg viewBox="0 0 ${width} ${height}" role="img" aria-label=${label}>
    <line class="axis" x1=${left} x2=${width - right} y1=${top} y2=${top}></line>
    <line class="axis" x1=${left} x2=${width - right} y1=${ground} y2=${ground}></line>
    <text class="tick" x=${left - 10} y=${top + 4}>1</text>
    <text class="tick" x=${left - 10} y=${ground + 4}>${write(start)}</text>
    <path class="way" d=${path.join(" ")}></path>
    ${points.map(
      ({ x, y, value }, n) => svg`
        <circle cx=${x} cy=${y} r="4"></circle>
        ${
          n % every === 0 || n === points.length - 1
            ? svg`<text class="value ${numberPlace(points, n)}" x=${x} y=${y}>${write(value)}</text>
              <text class="name" x=${x} y=${height - 10}>${names[n] ?? ""}</text>`
            : ""
        }`,
    )}
  </svg>` as TemplateResult;
}
