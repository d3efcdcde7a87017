import { sentenceSvg } from "../src/views/svg/sentence.ts";
import { rowOf, tokens } from "./cat-sat.ts";

/** What "it" looks at in L5H11. */
export function picture(): string {
  const weights = rowOf(5, 11, 8);
  return sentenceSvg({ layer: 5, head: 11, tokens, weights, focus: [8], word: "it" });
}
