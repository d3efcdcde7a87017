// Prints what "it" looks at, in which heads, and what the other words do there.
import { focusText } from "../src/views/text/focus.ts";
import { focusReport } from "./data/cat-sat.ts";
import { show } from "./data/show.ts";

/** The main job in a terminal of 80 columns without colour. */
export function picture(): string {
  return focusText(focusReport(), { width: 80, color: 0, unicode: true });
}

show(import.meta.url, picture);
