// Writes explain-page.html: why "it" looks at "cat" and not at "mat" in head L3H1, as a page without a script.
import { explainHtml } from "../src/views/page/explain.ts";
import { explained } from "./data/explain-L3H1.ts";
import { show } from "./data/show.ts";

/** The answer, then every step with numbers that can be opened. */
export function picture(): string {
  return explainHtml(explained);
}

show(import.meta.url, picture);
