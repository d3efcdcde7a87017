/** How far a score may be from the product of its vectors. */
export const closeEnough = 1e-3;

/** What stands in place of the products where scores are no such products. */
export function numbersLeftOut({ type }: { readonly type: string }): string {
  return `The numbers on the way to a weight are left out: in ${type} some scores are made from more than one query and one key vector.`;
}

/** Whether one query's scores (S) are scale · q·k, of q (D) and k (S, D): a longformer's global token has other projections, xlnet a bias on its query. */
export function isScaledProduct(
  content: Float32Array,
  { q, k, scale }: { q: Float32Array; k: Float32Array; scale: number },
): boolean {
  return content.every((score, key) => {
    let product = 0;
    for (let d = 0; d < q.length; d++) product += q[d]! * k[key * q.length + d]!;
    return (
      !Number.isFinite(score) ||
      Math.abs(scale * product - score) <= closeEnough * Math.max(1, Math.abs(score))
    );
  });
}
