import { formatWeight } from "../../numbers.ts";
import type { AttentionSource } from "../source/source.ts";

type Precision = Pick<AttentionSource, "decimals" | "smallest">;

/** A weight with every decimal its source is sure of: "0.7117", "under 0.002", "cannot look". */
export function exactWeight(weight: number, { decimals = 4, smallest = 0 }: Precision): string {
  if (Number.isNaN(weight)) return "cannot look";
  return weight === 0 && smallest > 0 ? `under ${smallest}` : weight.toFixed(decimals);
}

/** A weight in two decimals, as words carry it; "<0.02" where its source does not know them. */
export function shortWeight(weight: number, { smallest = 0 }: Precision): string {
  return weight === 0 && smallest > 0.005 ? `<${smallest}` : formatWeight(weight);
}
