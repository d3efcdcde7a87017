import { choiceOf } from "../errors/options.ts";
import { blues, inferno } from "./color-scales.ts";

/** Red, green, blue from 0 to 255. */
export type Rgb = readonly [number, number, number];

/** Which ground a picture stands on. */
export type Theme = "light" | "dark";

/** Throws InputError for a theme that is none of `themes`. */
export function expectTheme(
  theme: unknown,
  place: string,
  themes: readonly string[] = ["light", "dark", "auto"],
): void {
  if (theme !== undefined) choiceOf(themes, theme, `${place}: theme`);
}

/**
 * Where a weight stands on the colour scale, 0 to 1: its square root, because most weights are small
 * and differences among them would be invisible on a linear scale. NaN and negatives are 0.
 */
export function scalePosition(weight: number): number {
  return weight > 0 ? Math.sqrt(Math.min(1, weight)) : 0;
}

/** The colour of a weight from 0 to 1: white to dark blue on light, black over purple to yellow on dark. */
export function weightColor(weight: number, theme: Theme): Rgb {
  return colorAt(scalePosition(weight), theme);
}

/** The colour at a position of the scale, 0 to 1. Both scales keep their order for colour-blind eyes. */
export function colorAt(position: number, theme: Theme): Rgb {
  return theme === "light" ? blues(position) : inferno(position);
}

/** Black or white, whichever reads better on the ground (WCAG 2 contrast). */
export function inkOn(ground: Rgb): Rgb {
  const light = luminance(ground);
  return (light + 0.05) / 0.05 >= 1.05 / (light + 0.05) ? [0, 0, 0] : [255, 255, 255];
}

/** `#rrggbb`. */
export function hex(color: Rgb): string {
  return `#${color.map((part) => part.toString(16).padStart(2, "0")).join("")}`;
}

/** Relative luminance, 0 to 1, as WCAG 2 defines it. */
function luminance(color: Rgb): number {
  const [red, green, blue] = color.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
}
