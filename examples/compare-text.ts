import { type CompareReport, compareText } from "../src/views/compare-text.ts";

/** "it" beside a tired cat and a dirty mat; figures of all-MiniLM-L6-v2, rounded. */
export function compareReport(): CompareReport {
  return {
    texts: [
      "The cat sat on the mat because it was tired.",
      "The cat sat on the mat because it was dirty.",
    ],
    model: { name: "all-MiniLM-L6-v2", layers: 6, heads: 12, tokens: 13 },
    word: "it",
    labels: ["tired", "dirty"],
    targets: ["cat", "mat"],
    heads: [
      { layer: 3, head: 1, first: [0.49, 0.14], second: [0.17, 0.3] },
      { layer: 5, head: 4, first: [0.42, 0.11], second: [0.35, 0.19] },
      { layer: 5, head: 11, first: [0.71, 0.1], second: [0.66, 0.16] },
    ],
    distances: [0, 0.021, 0.048, 0.093, 0.141, 0.166, 0.118],
  };
}

/** The comparison in a terminal of 80 columns without colour. */
export function picture(): string {
  return compareText(compareReport(), { width: 80, color: 0, unicode: true });
}
