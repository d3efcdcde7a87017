import { choiceOf, expectKeys, type KeysOf } from "../../errors/options.ts";
import { weightOrZero } from "../numbers.ts";
import { expectTheme, inkOn, type Rgb, type Theme, weightColor } from "../scale.ts";

/** What a terminal can show. */
export interface Terminal {
  /** Columns of a line; lines are kept within it wherever the content allows. */
  readonly width: number;
  /** Bits of colour: 0 writes no escape codes at all. */
  readonly color: 0 | 4 | 8 | 24;
  /** Whether bars, shades and arrows may be drawn with characters beyond ASCII. */
  readonly unicode: boolean;
  /** Which way the colour scale runs: "dark" (the default) for light text on a dark ground. */
  readonly theme?: Theme;
}

/** Keys of Terminal. */
export const terminalKeys: KeysOf<Terminal> = {
  width: true,
  color: true,
  unicode: true,
  theme: true,
};

/** Throws InputError for what terminals do not have, and for colours and a theme that are none. */
export function expectTerminal(terminal: Terminal, place: string): void {
  expectKeys(terminal, terminalKeys, place);
  choiceOf([0, 4, 8, 24], terminal.color, `${place}: color`);
  expectTheme(terminal.theme, place, ["light", "dark"]);
}

/** How a piece of text is set. */
export interface TextStyle {
  readonly strong?: boolean;
  readonly quiet?: boolean;
  readonly underline?: boolean;
  /** Colour the ground by an attention weight (0 to 1). */
  readonly weight?: number;
  /** Colour the letters by an attention weight instead of the ground. */
  readonly inkWeight?: number;
  readonly tone?: "good" | "bad";
}

/** Weights below this print as 0.00 and stay uncoloured. */
const visibleWeight = 0.005;

const controlSequence = "\u001b[";

/** The text with the escape codes the terminal understands; unchanged when it has no colour. */
export function paint(text: string, style: TextStyle | undefined, terminal: Terminal): string {
  if (terminal.color === 0 || style === undefined || text === "") return text;
  const codes: string[] = [];
  if (style.strong) codes.push("1");
  if (style.quiet) codes.push("2");
  if (style.underline) codes.push("4");
  if (style.tone) codes.push(style.tone === "good" ? "32" : "31");
  if (style.weight !== undefined) codes.push(...groundCodes(style.weight, terminal));
  if (style.inkWeight !== undefined) codes.push(...inkCodes(style.inkWeight, terminal));
  return codes.length === 0
    ? text
    : `${controlSequence}${codes.join(";")}m${text}${controlSequence}0m`;
}

/** Codes for a large weight and for a middle one, on a terminal of 16 colours. */
type Sixteen = readonly [large: readonly string[], middle: readonly string[]];
const groundsOfSixteen: Readonly<Record<Theme, Sixteen>> = {
  dark: [
    ["30", "43"],
    ["97", "44"],
  ],
  light: [
    ["97", "44"],
    ["30", "46"],
  ],
};
/** Yellow cannot be read on white. */
const inksOfSixteen: Readonly<Record<Theme, Sixteen>> = {
  dark: [["1", "33"], ["36"]],
  light: [["1", "34"], ["34"]],
};

function ofSixteen(weight: number, [large, middle]: Sixteen): string[] {
  return weight >= 0.5 ? [...large] : weight >= 0.1 ? [...middle] : [];
}

function groundCodes(weight: number, { color, theme = "dark" }: Terminal): string[] {
  if (!(weight >= visibleWeight)) return [];
  if (color === 4) return ofSixteen(weight, groundsOfSixteen[theme]);
  const ground = weightColor(weight, theme);
  return [colorCode(48, ground, color), colorCode(38, inkOn(ground), color)];
}

function inkCodes(weight: number, { color, theme = "dark" }: Terminal): string[] {
  if (color === 4) return ofSixteen(weight, inksOfSixteen[theme]);
  // Ink needs contrast with the terminal's own ground, so the scale's faint end is skipped.
  return [colorCode(38, weightColor(0.2 + 0.8 * weightOrZero(weight), theme), color)];
}

function colorCode(kind: 38 | 48, [red, green, blue]: Rgb, color: 0 | 4 | 8 | 24): string {
  if (color === 24) return `${kind};2;${red};${green};${blue}`;
  return `${kind};5;${nearestOf256([red, green, blue])}`;
}

/** The nearest entry of the 6 × 6 × 6 cube or the grey ramp of the 256-colour palette. */
function nearestOf256(color: Rgb): number {
  const levels = [0, 95, 135, 175, 215, 255];
  const nearest = color.map((part) =>
    levels.reduce(
      (best, level, index) =>
        Math.abs(level - part) < Math.abs(levels[best]! - part) ? index : best,
      0,
    ),
  );
  const cube = nearest.map((index) => levels[index]!);
  const mean = (color[0] + color[1] + color[2]) / 3;
  const grey = Math.max(0, Math.min(23, Math.round((mean - 8) / 10)));
  const greyLevel = 8 + 10 * grey;
  const cubeMiss = cube.reduce((sum, part, index) => sum + (part - color[index]!) ** 2, 0);
  const greyMiss = color.reduce((sum, part) => sum + (part - greyLevel) ** 2, 0);
  return greyMiss < cubeMiss ? 232 + grey : 16 + 36 * nearest[0]! + 6 * nearest[1]! + nearest[2]!;
}
