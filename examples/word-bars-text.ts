// Prints what goes into the word "it" through all layers, beside an even share.
import type { WordBars } from "../src/views/measured/word-bars.ts";
import { wordBarsText } from "../src/views/measured/word-bars-text.ts";
import { show } from "./data/show.ts";

/** Five tokens with their shares. */
export function shareBars(): WordBars {
  const values = [0.588, 0.025, 0.036, 0.042, 0.309];
  return {
    title: 'What goes into "it"',
    unit: "share",
    besideTitle: "if uniform",
    rows: ["[CLS]", "cat", "it", ".", "[SEP]"].map((text, place) => ({
      text,
      special: text.startsWith("["),
      isFocus: text === "it",
      value: values[place]!,
      beside: 0.2,
    })),
    notes: ["Values, and what feed-forward layers do, it does not know."],
  };
}

/** The bars as a terminal of 80 columns shows them. */
export function picture(): string {
  return wordBarsText(shareBars(), { width: 80, color: 0, unicode: true });
}

show(import.meta.url, picture);
