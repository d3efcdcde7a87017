import { escapeMarkup } from "../escape.ts";
import { colorAt, hex, inkOn, scalePosition, type Theme } from "../scale.ts";

/** How an SVG meets its surroundings. */
export interface SvgOptions {
  /** "auto" (the default) follows the reader's system. */
  readonly theme?: Theme | "auto";
  /** Width to lay out for, in pixels. */
  readonly width?: number;
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

/** A self-contained SVG document around its elements. */
export function svgDocument(
  { width, height, title }: SvgFrame,
  elements: readonly string[],
  { theme = "auto" }: SvgOptions,
): string {
  const w = coordinate(width);
  const h = coordinate(height);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="heed-${theme}" viewBox="0 0 ${w} ${h}" width="${w}" height="${h}" role="img" aria-label="${escapeMarkup(title)}" font-family="system-ui, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif">`,
    `<style>${styleSheet(theme)}</style>`,
    `<rect class="ground" width="${w}" height="${h}"/>`,
    ...elements,
    "</svg>",
    "",
  ].join("\n");
}

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

const colors: Readonly<Record<Theme, readonly string[]>> = {
  light: ["#ffffff", "#1b1f24", "#59636e", "#d1d9e0", "#b3261e"],
  dark: ["#14161a", "#e6e9ee", "#9aa4b0", "#3a414b", "#4dd0e1"],
};

/** Classes of one theme; every rule names the root's class, so that pictures on one page do not mix. */
function themeRules(theme: Theme, root: string): string {
  const [ground, ink, quiet, line, mark] = colors[theme];
  const first = theme === "light" ? "#0072b2" : "#56b4e9";
  const second = theme === "light" ? "#d55e00" : "#e69f00";
  const rule = (name: string, body: string): string => `.${root} .${name}{${body}}`;
  const steps = Array.from({ length: colorSteps + 1 }, (_, step) => {
    const color = colorAt(step / colorSteps, theme);
    return rule(`w${step}`, `fill:${hex(color)}`) + rule(`t${step}`, `fill:${hex(inkOn(color))}`);
  });
  return [
    rule("ground", `fill:${ground}`),
    rule("ink", `fill:${ink}`),
    rule("strong", `fill:${ink};font-weight:600`),
    rule("quiet", `fill:${quiet}`),
    rule("line", `fill:none;stroke:${line}`),
    rule("mark", `fill:none;stroke:${mark};stroke-width:2`),
    rule("first", `fill:${first}`),
    rule("second", `fill:${second}`),
    rule("pointer", "fill:transparent"),
    rule(`only-${theme === "light" ? "dark" : "light"}`, "display:none"),
    rule(`only-${theme}`, "display:inline"),
    ...steps,
  ].join("");
}

function styleSheet(theme: Theme | "auto"): string {
  if (theme !== "auto") return themeRules(theme, `heed-${theme}`);
  const dark = themeRules("dark", "heed-auto");
  return `${themeRules("light", "heed-auto")}@media (prefers-color-scheme:dark){${dark}}`;
}
