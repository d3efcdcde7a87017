import { formatFixed } from "../numbers.ts";
import { oneLine, surface } from "../surface.ts";
import { lyingBar } from "./bar.ts";
import { wrap } from "./layout.ts";
import { tableLines } from "./table.ts";
import { expectTerminal, paint, type Terminal } from "./terminal.ts";

/** A name and how probable the model holds it. */
export interface NamedPrediction {
  readonly name: string;
  readonly probability: number;
}

/** Ranked choices with their probabilities. */
export interface PredictionPicture {
  /** "The cat sat on the [MASK]." */
  readonly title: string;
  readonly predictions: readonly NamedPrediction[];
  /** False where the numbers are no shares of 1: then there are no bars. */
  readonly areShares?: boolean;
}

const barWidth = 24;

/** A line for each choice: name, probability, bar. */
export function predictionsText(
  { title, predictions, areShares = true }: PredictionPicture,
  terminal: Terminal,
): string {
  expectTerminal(terminal, "predictionsText");
  return [
    ...wrap(oneLine(title), terminal.width).map((line) => paint(line, { strong: true }, terminal)),
    ...tableLines(
      [
        {
          title: "",
          align: "right",
          flexible: true,
          cells: predictions.map(({ name }) => ({ text: surface(name) })),
        },
        {
          title: "",
          align: "right",
          cells: predictions.map(({ probability }) => ({ text: formatFixed(probability, 3) })),
        },
        {
          title: "",
          align: "left",
          cells: predictions.map(({ probability }) => ({
            text: areShares ? lyingBar(probability, barWidth, terminal.unicode) : "",
          })),
        },
      ],
      terminal,
    ),
  ].join("\n");
}
