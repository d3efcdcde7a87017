// Writes sentence-svg.svg: what "it" looks at in head L5H11.
import { sentenceSvg } from "../src/views/svg/sentence.ts";
import { rowOf, tokens } from "./data/cat-sat.ts";
import { show } from "./data/show.ts";

/** What "it" looks at in L5H11. */
export function picture(): string {
  const weights = rowOf(5, 11, 8);
  return sentenceSvg({ layer: 5, head: 11, tokens, weights, focus: [8], word: "it" });
}

show(import.meta.url, picture);
