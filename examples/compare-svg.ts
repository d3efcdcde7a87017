import { compareSvg } from "../src/views/compare-svg.ts";
import { compareReport } from "./compare-text.ts";

/** "it" beside a tired cat and a dirty mat. */
export function picture(): string {
  return compareSvg(compareReport());
}
