import { focusText } from "../src/views/text/focus.ts";
import { focusReport } from "./cat-sat.ts";

/** The main job in a terminal of 80 columns without colour. */
export function picture(): string {
  return focusText(focusReport(), { width: 80, color: 0, unicode: true });
}
