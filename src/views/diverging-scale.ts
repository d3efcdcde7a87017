import { hex, type Rgb, type Theme } from "./scale.ts";

/**
 * Blue for less, red for more, the ground between them; kept apart by lightness too, so that colour-blind eyes tell them.
 * @see https://colorbrewer2.org (RdBu)
 */
const stops = {
  light: ["2166ac", "67a9cf", "d1e5f0", "f7f7f7", "fddbc7", "ef8a62", "b2182b"],
  dark: ["8cc8ff", "3f83c2", "24486b", "22262d", "6b3a2a", "c2613f", "ffa27c"],
} as const;

/** The colour of a difference from −1 to 1; what lies beyond has the colour of the end. */
export function differenceColor(difference: number, theme: Theme): Rgb {
  const colors = stops[theme];
  const place = ((Math.max(-1, Math.min(1, difference)) + 1) / 2) * (colors.length - 1);
  const start = Math.min(colors.length - 2, Math.floor(place));
  const [from, to] = [partsOf(colors[start]!), partsOf(colors[start + 1]!)];
  const mixed = (channel: 0 | 1 | 2): number =>
    Math.round(from[channel] + (to[channel] - from[channel]) * (place - start));
  return [mixed(0), mixed(1), mixed(2)];
}

/** The same as `#rrggbb`. */
export function differenceHex(difference: number, theme: Theme): string {
  return hex(differenceColor(difference, theme));
}

function partsOf(color: string): Rgb {
  const value = Number.parseInt(color, 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}
