import type { LazyTensor } from "../lazy-tensor.ts";
import { concat, mergeHeads, reshape, slice, sum } from "../operations.ts";
import { last } from "../record.ts";
import { sizeOf } from "../shape.ts";
import { embedGradient, rowProducts, timesMatrix } from "./operations.ts";
import type { Vjp } from "./vjp.ts";

export const embed: Vjp<"embed"> = ({ shapes, needs, input }, gradient) => [
  needs(0) ? embedGradient(input(1), gradient, shapes[0]![0]!) : undefined,
  undefined,
];

/** Of x·Wᵀ + b: g·W for x, gᵀ·x for W and the sum of g's rows for b. Its activation was made an operation of its own. */
export const linear: Vjp<"linear"> = (
  { attributes: { heads }, shapes, needs, input },
  gradient,
) => {
  const g = heads === undefined ? gradient : mergeHeads(gradient); // (…, out)
  return [
    needs(0) ? reshape(timesMatrix(g, input(1)), shapes[0]!) : undefined,
    needs(1) ? rowProducts(g, input(0)) : undefined,
    shapes[2] && needs(2) ? sumOfRows(g) : undefined,
  ];
};

/** Head by head: y_h = x_h · W_hᵀ with the head's own columns of W^O. */
export const headShares: Vjp<"headShares"> = ({ shapes, needs, input }, gradient) => {
  const [, H, , D] = shapes[0] as readonly [number, number, number, number];
  const ofHead = (x: LazyTensor, h: number) => slice(x, 1, h, h + 1); // (B, 1, T, …)
  const each = (make: (head: number) => LazyTensor, axis: number) =>
    concat(
      Array.from({ length: H }, (_, head) => make(head)),
      axis,
    );
  return [
    needs(0)
      ? each((h) => {
          const all = timesMatrix(ofHead(gradient, h), input(1)); // (B, 1, T, H·D)
          return slice(all, 3, h * D, (h + 1) * D);
        }, 1)
      : undefined,
    needs(1) ? each((h) => rowProducts(ofHead(gradient, h), ofHead(input(0), h)), 1) : undefined,
  ];
};

/** Σ over all rows: (…, n) → (n). */
export function sumOfRows(x: LazyTensor): LazyTensor {
  const width = last(x.shape);
  const rows = width === 0 ? 0 : sizeOf(x.shape) / width;
  return sum(reshape(x, [rows, width]), 0);
}
