import type { HeadAddress } from "heed";

/** A sentence worth looking at, with what it shows as an inequality that the page checks on the model it has. */
export interface Example {
  /** Its entry among the words of a language. */
  readonly id: string;
  readonly text: string;
  /** A word that can be swapped for another by one tap, so that the weights move. */
  readonly swap?: readonly [string, string];
  readonly head: HeadAddress;
  readonly word: string;
  /** The noun that a reader means, and the other one. */
  readonly meant: string;
  readonly other: string;
  /** Whether the model's choice is the reader's. */
  readonly isRight: boolean;
}

const choosing = { layer: 3, head: 1 };

/** First those where the head follows the meaning, then those where it does not. */
export const examples: readonly Example[] = [
  {
    id: "tired",
    text: "The cat sat on the mat because it was tired.",
    swap: ["tired", "dirty"],
    head: choosing,
    word: "it",
    meant: "cat",
    other: "mat",
    isRight: true,
  },
  {
    id: "dirty",
    text: "The cat sat on the mat because it was dirty.",
    swap: ["dirty", "tired"],
    head: choosing,
    word: "it",
    meant: "mat",
    other: "cat",
    isRight: true,
  },
  {
    id: "hungry",
    text: "The cat sat on the mat because it was hungry.",
    swap: ["hungry", "dirty"],
    head: choosing,
    word: "it",
    meant: "cat",
    other: "mat",
    isRight: true,
  },
  {
    id: "asleep",
    text: "The cat sat on the mat because it was asleep.",
    swap: ["asleep", "dirty"],
    head: choosing,
    word: "it",
    meant: "cat",
    other: "mat",
    isRight: true,
  },
  {
    id: "sofa",
    text: "The dog slept on the sofa because it was tired.",
    swap: ["tired", "comfortable"],
    head: choosing,
    word: "it",
    meant: "dog",
    other: "sofa",
    isRight: true,
  },
  {
    id: "far",
    text: "The cat, which had walked all day through the long and empty streets of the town, sat on the mat because it was tired.",
    head: choosing,
    word: "it",
    meant: "cat",
    other: "mat",
    isRight: true,
  },
  {
    id: "everyone",
    text: "The cat sat on the mat because it was tired.",
    head: { layer: 5, head: 11 },
    word: "sat",
    meant: "cat",
    other: "mat",
    isRight: true,
  },
  {
    id: "trophy",
    text: "The trophy did not fit in the suitcase because it was too small.",
    swap: ["small", "big"],
    head: choosing,
    word: "it",
    meant: "suitcase",
    other: "trophy",
    isRight: false,
  },
  {
    id: "street",
    text: "The animal didn't cross the street because it was too wide.",
    swap: ["wide", "tired"],
    head: choosing,
    word: "it",
    meant: "street",
    other: "animal",
    isRight: false,
  },
  {
    id: "cup",
    text: "She poured water from the bottle into the cup until it was full.",
    swap: ["full", "empty"],
    head: choosing,
    word: "it",
    meant: "cup",
    other: "bottle",
    isRight: false,
  },
  {
    id: "kind",
    text: "The boy gave the ball to the girl because he was kind.",
    head: choosing,
    word: "he",
    meant: "boy",
    other: "girl",
    isRight: false,
  },
];

/** The example a text is, or the other side of one's swap. */
export function exampleOf(text: string): Example | undefined {
  return (
    examples.find((example) => example.text === text) ??
    examples.find((example) => swapped(example) === text)
  );
}

/** The text of an example with its word swapped. */
export function swapped({ text, swap }: Example): string | undefined {
  return swap && text.replace(wordPattern(swap[0]), swap[1]);
}

/** The word that a text can swap now, and what would stand in its place. */
export function swapIn(text: string): { readonly from: string; readonly to: string } | undefined {
  const swap = exampleOf(text)?.swap;
  if (!swap) return undefined;
  const [a, b] = swap;
  return wordPattern(a).test(text) ? { from: a, to: b } : { from: b, to: a };
}

/** The text of an example with its word swapped, forth or back; undefined where it is there already, or has none. */
export function swappedBy(text: string, by: number): string | undefined {
  // Both sides of a swap may be examples: forth is from the one that stands first.
  const example = examples.find((one) => one.text === text || swapped(one) === text);
  if (!example?.swap) return undefined;
  const isFirst = example.text === text;
  if (by > 0) return isFirst ? swapped(example) : undefined;
  return isFirst ? undefined : example.text;
}

/** A word that stands alone. */
export function wordPattern(word: string): RegExp {
  return new RegExp(`(?<![\\p{L}\\p{N}])${word}(?![\\p{L}\\p{N}])`, "u");
}
