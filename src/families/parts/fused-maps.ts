import type { LinearWeights } from "../../tensor/operations.ts";
import type { Parameters } from "../parameters.ts";

/** Sizes of heads that are stored as one matrix. */
interface FusedHeads {
  readonly heads: number;
  readonly keyHeads: number;
  readonly headWidth: number;
  readonly width: number;
  readonly bias: boolean;
}

/** q, k and v out of one matrix that holds them group by group: the queries that share a key, that key, its value. */
export function takeGrouped(
  from: Parameters,
  stored: string,
  { heads, keyHeads, headWidth: D, width, bias }: FusedHeads,
): Readonly<Record<"q" | "k" | "v", LinearWeights>> {
  const shared = heads / keyHeads;
  const every = (shared + 2) * D;
  const part = (name: "q" | "k" | "v", first: number, length: number) =>
    from.linear(stored, [keyHeads * length, width], name, {
      bias,
      blocks: { every, first, length },
    });
  return { q: part("q", 0, shared * D), k: part("k", shared * D, D), v: part("v", every - D, D) };
}
