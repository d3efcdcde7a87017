import { formatFixed, formatNumber } from "../numbers.ts";
import { surface } from "../surface.ts";
import { lyingBar } from "./bar.ts";
import { wrap } from "./layout.ts";
import { tableLines } from "./table.ts";
import { paint, type Terminal } from "./terminal.ts";

/** A token and how surprising it is. */
export interface ScoredToken {
  readonly text: string;
  /** Natural logarithm of its probability; undefined where it has none. */
  readonly logProbability: number | undefined;
  /** In bits. */
  readonly surprisal: number | undefined;
}

/** How probable a text is, token by token. */
export interface ScorePicture {
  readonly tokens: readonly ScoredToken[];
  readonly perplexity: number;
  /** Mean surprisal. */
  readonly bits: number;
  readonly logProbability: number;
}

const barWidth = 20;

/** A line for each token: its probability and its surprise; then the whole. */
export function scoresText(
  { tokens, perplexity, bits, logProbability }: ScorePicture,
  terminal: Terminal,
): string {
  const most = Math.max(1, ...tokens.map(({ surprisal = 0 }) => surprisal));
  const whole = `perplexity ${formatNumber(perplexity)}, ${formatFixed(bits, 2)} bits a token, log-probability ${formatFixed(logProbability, 3)}`;
  return [
    ...tableLines(
      [
        {
          title: "token",
          align: "right",
          flexible: true,
          cells: tokens.map(({ text }) => ({ text: surface(text) })),
        },
        {
          title: "log p",
          align: "right",
          cells: tokens.map(({ logProbability: log }) => ({
            text: log === undefined ? "-" : formatFixed(log, 3),
          })),
        },
        {
          title: "bits",
          align: "right",
          cells: tokens.map(({ surprisal }) => ({
            text: surprisal === undefined ? "-" : formatFixed(surprisal, 2),
          })),
        },
        {
          title: "",
          align: "left",
          cells: tokens.map(({ surprisal = 0 }) => ({
            text: lyingBar(surprisal / most, barWidth, terminal.unicode),
          })),
        },
      ],
      terminal,
    ),
    ...wrap(whole, terminal.width, " ").map((line) => paint(line, { strong: true }, terminal)),
  ].join("\n");
}
