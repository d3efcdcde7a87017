import { compareSvg } from "../src/views/svg/compare.ts";
import { compareReport } from "./compare-text.ts";

/** "it" beside a tired cat and a dirty mat. */
export function picture(): string {
  return compareSvg(compareReport());
}
