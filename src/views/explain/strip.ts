/** A list of numbers as bars up and down from a middle line: the `d` of one path, in a box of width × height at (x, y). */
export function stripPath(
  values: readonly number[],
  box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number },
): string {
  const shown = values.length > mostBars ? extremes(values) : values;
  const largest = Math.max(...shown.map(Math.abs), Number.MIN_VALUE);
  const step = box.width / shown.length;
  const middle = box.y + box.height / 2;
  const bar = Math.max(0.4 * step, step - 1);
  return shown
    .map((value, place) => {
      const height = (value / largest) * (box.height / 2);
      return Math.abs(height) < 0.05
        ? ""
        : `M${short(box.x + place * step)} ${short(middle)}h${short(bar)}v${short(-height)}h${short(-bar)}z`;
    })
    .join("");
}

const mostBars = 400;

/** The number farthest from 0 of each of so many equal parts. */
function extremes(values: readonly number[]): number[] {
  return Array.from({ length: mostBars }, (_, part) => {
    const start = Math.floor((part * values.length) / mostBars);
    const end = Math.max(start + 1, Math.floor(((part + 1) * values.length) / mostBars));
    return values
      .slice(start, end)
      .reduce((best, value) => (Math.abs(value) > Math.abs(best) ? value : best), 0);
  });
}

function short(value: number): string {
  return String(Math.round(value * 100) / 100);
}
