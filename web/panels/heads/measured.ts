import type { HeadsMeasure } from "heed/elements";

/** The largest size of a measure. */
export function largestOf(measure: HeadsMeasure | undefined): number {
  let largest = 0;
  for (let index = 0; index < (measure?.values.length ?? 0); index++) {
    const size = Math.abs(measure!.values[index]!);
    if (size > largest) largest = size;
  }
  return largest;
}

/** A number as a measure writes its own. */
export function written(measure: HeadsMeasure | undefined, value: number): string {
  return measure?.format?.(value) ?? written3(value);
}

/** A number that may be below 0, with three digits that count. */
export function signed(value: number): string {
  return value < 0 ? `−${written3(-value)}` : written3(value);
}

/** A small number with three digits that count. */
export function written3(value: number): string {
  return value === 0 ? "0" : value >= 0.0995 ? value.toFixed(2) : value.toPrecision(1);
}
