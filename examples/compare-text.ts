// Prints where "it" looks beside a tired cat and a dirty mat, and how far its vector moves.
import { type CompareReport, compareText } from "../src/views/text/compare.ts";
import { show } from "./data/show.ts";

/** "it" beside a tired cat and a dirty mat; measured in all-MiniLM-L6-v2, rounded. */
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
      { layer: 3, head: 1, first: [0.4915, 0.1445], second: [0.1728, 0.2966] },
      { layer: 4, head: 3, first: [0.3197, 0.0725], second: [0.2875, 0.1648] },
      { layer: 2, head: 5, first: [0.1425, 0.1776], second: [0.1524, 0.2655] },
      { layer: 4, head: 11, first: [0.0551, 0.0275], second: [0.0642, 0.0991] },
    ],
    differing: [
      {
        first: "tired",
        second: "dirty",
        heads: [
          { layer: 3, head: 8, first: [0.2506], second: [0.5821] },
          { layer: 5, head: 9, first: [0.5112], second: [0.2584] },
        ],
      },
    ],
    distances: [0, 0.00183, 0.02662, 0.09275, 0.10006, 0.03931, 0.12164],
  };
}

/** The comparison in a terminal of 80 columns without colour. */
export function picture(): string {
  return compareText(compareReport(), { width: 80, color: 0, unicode: true });
}

show(import.meta.url, picture);
