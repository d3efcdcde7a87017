// Prints why "it" looks at "cat" and not at "mat" in head L3H1, step by step.
import { explainText } from "../src/views/text/explain.ts";
import { explained } from "./data/explain-L3H1.ts";
import { show } from "./data/show.ts";

/** Every step, in a terminal of 90 columns without colour. */
export function picture(): string {
  return explainText(explained, { width: 90, color: 0, unicode: true });
}

show(import.meta.url, picture);
