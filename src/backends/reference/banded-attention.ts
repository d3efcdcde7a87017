import type { Attributes } from "../../tensor/attributes.ts";
import { softmax } from "./attention-kernels.ts";
import { dot, type Numbers } from "./kernel.ts";

/** Attention over a band and some keys that all see, row by row. */
export function bandedAttention(
  [q, k, v, local, globalK, globalV, there]: readonly Numbers[],
  outputs: readonly Numbers[],
  { scale, reach, scores, weights }: Attributes["bandedAttention"],
): void {
  const [B, H, T, D] = q!.shape as readonly [number, number, number, number];
  const G = globalK?.shape[2] ?? 0;
  const width = G + 2 * reach + 1;
  const [mixed, ...extra] = outputs;
  const row = new Float32Array(width);
  const shares = new Float32Array(width);
  for (let b = 0; b < B; b++)
    for (let h = 0; h < H; h++)
      for (let t = 0; t < T; t++) {
        const head = b * H + h;
        const query = (head * T + t) * D;
        /** The key in a column of this row: its place, or undefined where there is none to see. */
        const keyAt = (column: number): { of: "global" | "near"; at: number } | undefined => {
          if (local!.data[b * T + t] === 0) return undefined;
          if (column < G)
            return there!.data[b * G + column] === 0
              ? undefined
              : { of: "global", at: (head * G + column) * D };
          const s = t - reach + column - G;
          if (s < 0 || s >= T || local!.data[b * T + s] === 0) return undefined;
          return { of: "near", at: (head * T + s) * D };
        };
        for (let column = 0; column < width; column++) {
          const key = keyAt(column);
          const keys = key?.of === "global" ? globalK! : k!;
          row[column] = key ? scale * dot(q!.data, query, keys.data, key.at, D) : -Infinity;
        }
        softmax([{ shape: [1, width], data: row }], { shape: [1, width], data: shares }, {});
        const total = new Float64Array(D);
        for (let column = 0; column < width; column++) {
          const key = keyAt(column);
          const values = key?.of === "global" ? globalV! : v!;
          for (let d = 0; key && d < D; d++)
            total[d]! += shares[column]! * values.data[key.at + d]!;
        }
        mixed!.data.set(total, query);
        const place = (head * T + t) * width;
        if (scores) extra[0]!.data.set(row, place);
        if (weights) extra.at(-1)!.data.set(shares, place);
      }
}
