// Writes compare-svg.svg: the word "it" beside a tired cat and a dirty mat, in all-MiniLM-L6-v2.
import { compareSvg } from "../src/views/svg/compare.ts";
import { compareReport } from "./compare-text.ts";
import { show } from "./data/show.ts";

/** "it" beside a tired cat and a dirty mat. */
export function picture(): string {
  return compareSvg(compareReport());
}

show(import.meta.url, picture);
