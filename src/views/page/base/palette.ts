import { hex, inkOn, type Rgb, scalePosition } from "../../scale.ts";
import type { ScaleColors } from "../source/source.ts";

/** An element's own colours, from its style sheet; the ground is that of its card. */
export interface Inks {
  readonly ink: string;
  readonly quiet: string;
  readonly ground: string;
  readonly line: string;
  readonly mark: string;
}

/** Colours of weights in one theme. */
export interface Palette {
  /** Of a weight as the little-endian RGBA of ImageData; 0, clear, for NaN. */
  pixelOf(weight: number): number;
  /** Ground and ink of a weight, for CSS and canvas. */
  colorsOf(weight: number): { readonly ground: string; readonly ink: string };
}

const palettes = new WeakMap<ScaleColors, { light?: Palette; dark?: Palette }>();

/** The palette of a theme: the same object for the same colours, so that a drawing can tell when they changed. */
export function paletteOf(colors: ScaleColors, theme: "light" | "dark"): Palette {
  const made = palettes.get(colors) ?? {};
  palettes.set(colors, made);
  made[theme] ??= makePalette(colors[theme]);
  return made[theme];
}

function makePalette(scale: string): Palette {
  const steps = Array.from({ length: 256 }, (_, step) => scale.slice(step * 6, step * 6 + 6));
  const words = Uint32Array.from(steps, (color) => {
    const [red, green, blue] = partsOf(color);
    return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
  });
  return {
    pixelOf: (weight) => (Number.isNaN(weight) ? 0 : words[stepOf(weight)]!),
    colorsOf: (weight) => {
      const color = steps[stepOf(weight)]!;
      return { ground: `#${color}`, ink: hex(inkOn(partsOf(color))) };
    },
  };
}

/** An element's own colours now. */
export function readInks(element: Element): Inks {
  const style = getComputedStyle(element);
  const named = (name: string): string => style.getPropertyValue(name).trim();
  return {
    ink: named("--ink"),
    quiet: named("--quiet"),
    ground: named("--card"),
    line: named("--line"),
    mark: named("--mark"),
  };
}

/** Whether what is around an element is dark: its `color-scheme`, which is inherited, else the system where it allows both. */
export function standsOnDark(element: Element): boolean {
  const root = element.getRootNode();
  const around = element.parentElement ?? (root instanceof ShadowRoot ? root.host : element);
  const schemes = getComputedStyle(around).colorScheme.split(" ");
  if (!schemes.includes("dark")) return false;
  return (
    !schemes.includes("light") ||
    globalThis.matchMedia?.("(prefers-color-scheme: dark)")?.matches === true
  );
}

function stepOf(weight: number): number {
  return Math.round(scalePosition(weight) * 255);
}

function partsOf(color: string): Rgb {
  const value = Number.parseInt(color, 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}
