import type { FusedWants } from "../tensor/operations.ts";
import type { Program } from "../tensor/program.ts";
import { sizeOf } from "../tensor/shape.ts";
import type { Probe } from "./probe.ts";
import { type RowKind, type RowSource, rowKinds } from "./row-source.ts";

/** What the fused attention is asked to write, and which sites are rebuilt from its row sums. */
export interface AttentionWants extends FusedWants {
  readonly asRows: readonly RowKind[];
}

/** Numbers for reads that want them; row sums for those with `keep: "rows"`, where what rows are rebuilt from takes less memory. */
export function attentionWants(source: RowSource, probe: Probe): AttentionWants {
  // A changed row is no longer what queries and keys make of it.
  const kinds = probe.patches("scores", "weights")
    ? []
    : rowKinds.filter((kind) => probe.keepsRows(kind));
  const asRows = takesLess(source, kinds.length, probe.program) ? kinds : [];
  const isWanted = (kind: RowKind) => probe.wants(kind) && !asRows.includes(kind);
  return {
    scores: isWanted("scores"),
    weights: isWanted("weights"),
    rowSums: asRows.length > 0,
    asRows,
  };
}

function takesLess({ q, k, bias, mask }: RowSource, sites: number, program: Program): boolean {
  const [B, H, T] = q.shape as readonly [number, number, number];
  const own = [bias, mask?.allowed].filter((part) => part && !program.isShared(part));
  const parts = [q, k, ...own].reduce((total, part) => total + sizeOf(part!.shape), 2 * B * H * T);
  return parts < sites * B * H * T * k.shape[2]!;
}
