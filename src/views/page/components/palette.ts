import { hex, inkOn, type Rgb, scalePosition } from "../../scale.ts";
import { notLooked, weightCodes } from "../packed-numbers.ts";
import type { PageData } from "../page-data.ts";
import { weightOf } from "./model.ts";

/** Colours of the page itself, from its style sheet; the ground is that of its cards. */
export interface Inks {
  readonly ink: string;
  readonly quiet: string;
  readonly ground: string;
  readonly mark: string;
}

/** Colours of the theme that is on. */
export interface Palette extends Inks {
  readonly isDark: boolean;
  /** One colour for each weight code, as the little-endian RGBA of ImageData. */
  readonly pixels: Uint32Array;
  /** Ground and ink of a weight, for CSS and canvas. */
  colorsOf(weight: number): { readonly ground: string; readonly ink: string };
}

/** Whether the page is dark now: its switch, else the system. */
export function isDarkNow(): boolean {
  const { theme } = document.documentElement.dataset;
  if (theme === "light" || theme === "dark") return theme === "dark";
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

/** The palette of the theme that is on now. */
export function readPalette({ colors }: PageData): Palette {
  const isDark = isDarkNow();
  const scale = isDark ? colors.dark : colors.light;
  const steps = Array.from({ length: 256 }, (_, step) => scale.slice(step * 6, step * 6 + 6));
  const words = Uint32Array.from(steps, (color) => {
    const [red, green, blue] = partsOf(color);
    return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
  });
  const pixels = new Uint32Array(65536);
  for (let code = 0; code <= weightCodes; code++) pixels[code] = words[stepOf(weightOf(code))]!;
  pixels[notLooked] = 0;
  return {
    ...readInks(),
    isDark,
    pixels,
    colorsOf: (weight) => {
      const color = steps[stepOf(weight)]!;
      return { ground: `#${color}`, ink: hex(inkOn(partsOf(color))) };
    },
  };
}

/** The page's own colours now. */
export function readInks(): Inks {
  const style = getComputedStyle(document.documentElement);
  const named = (name: string): string => style.getPropertyValue(name).trim();
  return {
    ink: named("--ink"),
    quiet: named("--quiet"),
    ground: named("--card"),
    mark: named("--mark"),
  };
}

function stepOf(weight: number): number {
  return Math.round(scalePosition(weight) * 255);
}

function partsOf(color: string): Rgb {
  const value = Number.parseInt(color, 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}
