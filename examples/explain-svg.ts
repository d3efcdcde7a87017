// Writes explain-svg.svg: why "it" looks at "cat" and not at "mat" in head L3H1, step by step.
import { explainSvg } from "../src/views/svg/explain.ts";
import { explained } from "./data/explain-L3H1.ts";
import { show } from "./data/show.ts";

/** Every step, in two columns. */
export function picture(): string {
  return explainSvg(explained);
}

show(import.meta.url, picture);
