/** Pairs of sentences that show something, and the word to compare. */
export const comparedExamples = [
  {
    name: "bank",
    text: "She sat on the bank of the river.",
    other: "She put her money in the bank.",
    word: "bank",
  },
  {
    name: "tired",
    text: "The cat sat on the mat because it was tired.",
    other: "The cat sat on the mat because it was dirty.",
    word: "it",
  },
] as const;
