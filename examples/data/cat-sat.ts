import type { Word } from "../../src/views/surface.ts";
import type { FocusReport } from "../../src/views/text/focus.ts";
import sentence from "./cat-sat.json" with { type: "json" };

/** The article's sentence in all-MiniLM-L6-v2: real weights, rounded to four digits. */
export const { text, layers, heads } = sentence;

export const tokens: readonly Word[] = sentence.tokens.map((text) => ({
  text,
  special: text.startsWith("["),
}));

const size = tokens.length;
const it = 8;
const cat = 2;
const mat = 6;

/** (T, S) weights of one head, row-major. */
export function weightsOf(layer: number, head: number): number[] {
  const start = (layer * heads + head) * size * size;
  return sentence.weights.slice(start, start + size * size);
}

/** Weights of one head from one query to every key. */
export function rowOf(layer: number, head: number, query: number): number[] {
  return weightsOf(layer, head).slice(query * size, (query + 1) * size);
}

/** All weights, (L, H, T, S). */
export const allWeights: readonly number[] = sentence.weights;

/** The main job's report, as an analysis would hand it over. */
export function focusReport(): FocusReport {
  const shown = [
    { layer: 5, head: 11 },
    { layer: 3, head: 1 },
    { layer: 5, head: 4 },
    { layer: 4, head: 3 },
  ];
  return {
    texts: [text],
    model: { name: "all-MiniLM-L6-v2", layers, heads, tokens: size },
    tokens,
    focus: { label: "it", tokens: [it] },
    targets: [
      { label: "cat", tokens: [cat] },
      { label: "mat", tokens: [mat] },
    ],
    head: shown[0]!,
    weights: rowOf(5, 11, it),
    heads: shown.map(({ layer, head }) => {
      const row = rowOf(layer, head, it);
      const others = [1, 3, 4, 5, 6, 7, 9, 10, 11].map((query) => rowOf(layer, head, query)[cat]!);
      const mean = others.reduce((sum, weight) => sum + weight, 0) / others.length;
      const special = row[0]! + row[size - 1]!;
      return { layer, head, weights: { targets: [row[cat]!, row[mat]!], special, others: mean } };
    }),
    mean: { targets: [0.0789, 0.0586], special: 0.3855, others: 0.0615 },
    specialLabel: "[CLS]+[SEP]",
    habits: [
      {
        layer: 5,
        head: 11,
        target: "cat",
        words: ["The", "sat", "on", "the", "mat", "because", "it", "was", "tired", "."],
        of: 10,
      },
      { layer: 3, head: 1, target: "cat", words: ["The", "it"], of: 10 },
    ],
    unranked: {
      near: 2,
      looks: [
        { layer: 0, head: 2, word: "because", weight: 1 },
        { layer: 2, head: 8, word: "tired", weight: 0.77 },
        { layer: 2, head: 1, word: "tired", weight: 0.68 },
        { layer: 1, head: 7, word: "tired", weight: 0.67 },
      ],
    },
    more: ["--word mat", "--head L3H1", "--format html --out it.html", "--help"],
  };
}
