import { scoresByDistance, scoresByDistanceOfKeys } from "../../attention/relative-shift.ts";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import { add, embed } from "../../tensor/operations.ts";
import { refuse } from "../config.ts";
import type { Parameters } from "../parameters.ts";
import type { PostNormEncoder } from "./post-norm-encoder.ts";

/** How positions come in: added to the embeddings, or as distances that queries ask for, or queries and keys both. */
export type PositionKind = "absolute" | "relative_key" | "relative_key_query";

const kinds: readonly string[] = ["absolute", "relative_key", "relative_key_query"];

/** The kind a config names; absolute where it names none. Throws ConfigError for another one. */
export function positionKind(family: string, kind: string | null | undefined): PositionKind {
  if (!kind) return "absolute";
  if (!kinds.includes(kind))
    refuse(family, "position_embedding_type", kind, `heed has ${kinds.join(", ")}`);
  return kind as PositionKind;
}

/** Takes what an encoder needs for such positions, to be spread into what is said of it: how they take part, and which sites are not there. */
export function relativeKeys(
  body: Parameters,
  kind: PositionKind,
  {
    layers,
    headWidth: D,
    positions: P,
  }: Readonly<Record<"layers" | "headWidth", number>> & { readonly positions: number | undefined },
  absent: Readonly<Record<string, string>> = {},
): Pick<PostNormEncoder, "positions" | "absent"> {
  if (kind === "absolute") return { absent };
  const tables = Array.from({ length: layers }, (_, layer) =>
    body
      .within(`encoder.layer.${layer}.attention.self.`, `layers.${layer}.`)
      // Row P − 1 is for distance 0.
      .table("distance_embedding.weight", [2 * P! - 1, D], "distances"),
  );
  return {
    absent: { ...absent, "scores.position": undefined },
    positions: byDistance(kind, tables),
  };
}

/** Scores by distance (Shaw et al. 2018): a query asks for the distance of each key; with `relative_key_query` keys ask for it too. */
function byDistance(
  kind: PositionKind,
  tables: readonly LazyTensor[],
): NonNullable<PostNormEncoder["positions"]> {
  return ({ batch: B, length: T }, program) => {
    const largest = (tables[0]!.shape[0]! - 1) / 2;
    const rows = (sign: 1 | -1) =>
      program.input(
        Int32Array.from({ length: B * (2 * T - 1) }, (_, place) => {
          const distance = T - 1 - (place % (2 * T - 1)); // of the query behind the key
          return largest + sign * distance;
        }),
        [B, 1, 2 * T - 1],
        sign === 1 ? "distances of keys" : "distances of queries",
      );
    const ofKeys = rows(1);
    const ofQueries = kind === "relative_key_query" ? rows(-1) : undefined;
    return (layer) => ({
      position: (q, k, scale, probe) => {
        const table = tables[layer]!;
        const asked = scoresByDistance(q, embed(table, ofKeys), scale, probe.program);
        if (!ofQueries) return asked;
        const offered = scoresByDistanceOfKeys(k, embed(table, ofQueries), scale, probe.program);
        return add(
          probe.site("scores.contentToPosition", asked),
          probe.site("scores.positionToContent", offered),
        );
      },
    });
  };
}
