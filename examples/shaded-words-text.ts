// Prints which words bring a prediction about, by integrated gradients.
import type { ShadedWords } from "../src/views/measured/shaded-words.ts";
import { shadedWordsText } from "../src/views/measured/shaded-words-text.ts";
import { show } from "./data/show.ts";

/** A text with a number a word, some of them negative. */
export function shadedText(): ShadedWords {
  const values = [0, -0.031, 0.412, 0.087, 0.02, -0.012, 0.201, 0];
  const words = ["[CLS]", "the", "cat", "sat", "on", "the", "mat", "[SEP]"];
  return {
    title: "What brings log P(purred) at [MASK] about: integrated gradients",
    unit: "brings",
    sides: [
      {
        words: words.map((text, place) => ({
          text,
          special: text.startsWith("["),
          value: values[place]!,
        })),
      },
    ],
    notes: ["They add up to 0.677: from -3.120 with every word masked to -2.443."],
  };
}

/** The text as a terminal of 80 columns shows it. */
export function picture(): string {
  return shadedWordsText(shadedText(), { width: 80, color: 24, unicode: true });
}

show(import.meta.url, picture);
