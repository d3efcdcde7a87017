/** What a head can be measured by from the row of one query. */
export const rowMeasureNames = ["key", "entropy", "distance", "special", "first"] as const;
export type RowMeasureName = (typeof rowMeasureNames)[number];

/** What one query looks at in every head. L layers, H heads, S keys. */
export interface HeadRows {
  /** (L, H, S); NaN where the query cannot look. */
  readonly rows: Float32Array;
  /** L · H */
  readonly count: number;
  /** How far a key of a head's layer is from the query, by the head's number; undefined where it looks at another text. */
  readonly far?: (head: number) => (key: number) => number;
  /** Where a head's layer has the pinned key, by the head's number. */
  readonly place: (head: number) => number;
  /** For each key whether it is a special token, S of them. */
  readonly special: readonly boolean[];
}

/**
 * Every head by what one query looks at in it, (L, H): the weight of the pinned key; the entropy of the row in nats; how far it looks, the mean
 * distance in tokens, or in patches; its share on special tokens, or on the first one. NaN where a row has no weight, or the key cannot be looked at.
 */
export function rowMeasure(
  name: RowMeasureName,
  { rows, count, far, place, special }: HeadRows,
): Float32Array {
  const S = special.length;
  return Float32Array.from({ length: count }, (_, head) => {
    if (name === "key") return rows[head * S + place(head)]!;
    const distance = far?.(head) ?? (() => 0);
    let [sum, value] = [0, 0];
    for (let at = 0; at < S; at++) {
      const weight = rows[head * S + at]!;
      // Written so that NaN, which a mask hides, counts nowhere.
      if (!(weight > 0)) continue;
      sum += weight;
      if (name === "entropy") value -= weight * Math.log(weight);
      else if (name === "distance") value += weight * distance(at);
      else if (name === "first" ? at === 0 : special[at]) value += weight;
    }
    return sum > 0 ? value : Number.NaN;
  });
}
