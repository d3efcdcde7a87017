import { expectKeys, type KeysOf } from "../../errors/options.ts";
import { escapeMarkup, jsonText } from "../escape.ts";
import { colorAt, expectTheme, hex, inkOn, scalePosition, type Theme } from "../scale.ts";
import { oneLine } from "../surface.ts";
import { wrapToWidth } from "./text-measure.ts";

/** How an SVG meets its surroundings. */
export interface SvgOptions {
  /** "auto" (the default) follows the reader's system. */
  readonly theme?: Theme | "auto";
  /** Width to lay out for, in pixels. */
  readonly width?: number;
  /** Small lines below the picture: the text, the model, what drew it. */
  readonly caption?: readonly string[];
  /** The numbers behind the picture, kept inside as JSON: in `<metadata>`, where programs find them and nothing shows. */
  readonly data?: unknown;
}

/** Keys of SvgOptions. */
export const svgOptions: KeysOf<SvgOptions> = {
  theme: true,
  width: true,
  caption: true,
  data: true,
};

/** Throws InputError for an option that SVGs do not have, and for a theme that is none. */
export function expectSvgOptions(options: SvgOptions, place: string): void {
  expectKeys(options, svgOptions, place);
  expectTheme(options.theme, place);
}

/** An SVG's frame. */
export interface SvgFrame {
  readonly width: number;
  readonly height: number;
  /** What a screen reader says and a tooltip shows. */
  readonly title: string;
}

/** Steps of the colour scale: enough that neighbours cannot be told apart. */
export const colorSteps = 32;

/** Step of the colour scale for a weight, 0 to `colorSteps`. */
export function colorStep(weight: number): number {
  return Math.round(scalePosition(weight) * colorSteps);
}

/**
 * A self-contained SVG document around its elements. Their colours are attributes, so that they are right where a page forbids styles; a
 * picture that follows the reader's system has a style sheet besides, for dark ones.
 */
export function svgDocument(
  { width, height, title }: SvgFrame,
  elements: readonly string[],
  { theme = "auto", caption = [], data }: SvgOptions,
): string {
  const margin = width < 3 * captionMargin ? 0 : captionMargin;
  const lines = caption.flatMap((line) =>
    wrapToWidth(oneLine(line), width - 2 * margin, captionSize),
  );
  const below = lines.length === 0 ? 0 : lines.length * captionLine + captionMargin / 2;
  const w = coordinate(width);
  const h = coordinate(height + below);
  const used = new Set<string>();
  // No text holds a quote, so a class found here is an element's.
  const paint = (element: string): string =>
    element.replace(/ class="([\w-]+)"/g, (own, name: string) => {
      used.add(name);
      const painted = attributesOf(name, theme === "auto" ? "light" : theme);
      return theme === "auto" && hasTwoLooks(name) ? own + painted : painted;
    });
  const captioned = lines.map((line, n) =>
    svgText(line, {
      x: margin,
      y: height + (n + 1) * captionLine - captionLine / 4,
      size: captionSize,
      style: "quiet",
    }),
  );
  const painted = [
    `<rect class="ground" width="${w}" height="${h}"/>`,
    ...elements,
    ...captioned,
  ].map(paint);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="heed-${theme}" viewBox="0 0 ${w} ${h}" width="${w}" height="${h}" role="img" aria-label="${escapeMarkup(title)}" font-family="system-ui, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif">`,
    ...(data === undefined ? [] : [`<metadata>${escapeMarkup(jsonText(data))}</metadata>`]),
    ...(theme === "auto" ? [`<style>${darkRules([...used].sort())}</style>`] : []),
    ...painted,
    "</svg>",
    "",
  ].join("\n");
}

const captionSize = 11;
const captionLine = 16;
const captionMargin = 20;

/** A number for an attribute: at most one decimal. */
export function coordinate(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** How a text element stands. */
export interface SvgText {
  readonly x: number;
  readonly y: number;
  readonly size: number;
  readonly anchor?: "start" | "middle" | "end";
  /** Class names: "ink", "quiet", "strong", or `t7` for ink on step 7 of the scale. */
  readonly style?: string;
  /** Degrees about (x, y). */
  readonly turn?: number;
}

/** One line of text; `y` is its baseline. */
export function svgText(
  text: string,
  { x, y, size, anchor, style = "ink", turn }: SvgText,
): string {
  const place = `x="${coordinate(x)}" y="${coordinate(y)}"`;
  const anchored = anchor && anchor !== "start" ? ` text-anchor="${anchor}"` : "";
  const turned = turn ? ` transform="rotate(${turn} ${coordinate(x)} ${coordinate(y)})"` : "";
  return `<text class="${style}" ${place} font-size="${size}"${anchored}${turned}>${escapeMarkup(text)}</text>`;
}

/** Lines of a text from `y` on, as wide as `width`: added to `elements`; where the next line stands. */
export function svgLines(
  elements: string[],
  text: string,
  { width, ...place }: SvgText & { readonly width: number },
): number {
  const lines = wrapToWidth(oneLine(text), width, place.size);
  const pitch = place.size + 6;
  elements.push(...lines.map((line, n) => svgText(line, { ...place, y: place.y + n * pitch })));
  return place.y + lines.length * pitch;
}

/** A rectangle. */
export interface SvgBox {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly style: string;
  readonly round?: number;
  /** Shown by browsers when the pointer rests on it. */
  readonly tooltip?: string;
}

/** One rectangle with its tooltip. */
export function svgBox({ x, y, width, height, style, round, tooltip }: SvgBox): string {
  const place = `x="${coordinate(x)}" y="${coordinate(y)}" width="${coordinate(width)}" height="${coordinate(height)}"`;
  const corner = round ? ` rx="${round}"` : "";
  const start = `<rect class="${style}" ${place}${corner}`;
  return tooltip ? `${start}><title>${escapeMarkup(tooltip)}</title></rect>` : `${start}/>`;
}

const colors: Readonly<Record<Theme, Readonly<Record<string, string>>>> = {
  light: {
    ground: "#ffffff",
    ink: "#1b1f24",
    quiet: "#59636e",
    line: "#d1d9e0",
    mark: "#b3261e",
    first: "#0072b2",
    second: "#d55e00",
  },
  dark: {
    ground: "#14161a",
    ink: "#e6e9ee",
    quiet: "#9aa4b0",
    line: "#3a414b",
    mark: "#4dd0e1",
    first: "#56b4e9",
    second: "#e69f00",
  },
};

/** How elements of a class look in a theme: properties of SVG, which are attributes and CSS alike. */
function lookOf(
  name: string,
  theme: Theme,
): readonly (readonly [property: string, value: string])[] {
  const own = colors[theme];
  const [, kind, step] = /^([wt])(\d+)$/.exec(name) ?? [];
  if (kind) {
    const color = colorAt(Number(step) / colorSteps, theme);
    return [["fill", hex(kind === "w" ? color : inkOn(color))]];
  }
  if (name === "strong")
    return [
      ["fill", own.ink!],
      ["font-weight", "600"],
    ];
  if (name === "line" || name === "mark")
    return [
      ["fill", "none"],
      ["stroke", own[name]!],
      ...(name === "mark" ? [["stroke-width", "2"] as const] : []),
    ];
  if (name === "pointer") return [["fill", "transparent"]];
  if (name === "only-light" || name === "only-dark")
    return [["display", name === `only-${theme}` ? "inline" : "none"]];
  return [["fill", own[name]!]];
}

function hasTwoLooks(name: string): boolean {
  return String(lookOf(name, "light")) !== String(lookOf(name, "dark"));
}

function attributesOf(name: string, theme: Theme): string {
  return lookOf(name, theme)
    .map(([property, value]) => ` ${property}="${value}"`)
    .join("");
}

/** What differs for readers whose system is dark, of the classes that are there; every rule names the root's, so that pictures on one page do not mix. */
function darkRules(names: readonly string[]): string {
  const rules = names.filter(hasTwoLooks).map((name) => {
    const before = lookOf(name, "light").map(String);
    const body = lookOf(name, "dark")
      .filter((look) => !before.includes(String(look)))
      .map(([property, value]) => `${property}:${value}`);
    return `.heed-auto .${name}{${body.join(";")}}`;
  });
  return `@media (prefers-color-scheme:dark){${rules.join("")}}`;
}
