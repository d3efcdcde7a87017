import { sizeOf } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { SiteKind } from "./sites.ts";

/**
 * A site's numbers of one pass after the other as one tensor: rows of tokens, which are every site's last axis but one, lie
 * below one another. Keys that came later than a row's own pass are filled in: −∞ in scores, 0 in weights, as a causal mask
 * gives them; in the parts of scores, which were never computed there, NaN.
 */
export function grow(parts: readonly Tensor[], { name, axes }: SiteKind): Tensor {
  const [first] = parts as [Tensor, ...Tensor[]];
  if (parts.length === 1) return first;
  const widths = parts.map(({ shape }) => shape.at(-1)!);
  const width = Math.max(...widths);
  const rows = parts.reduce((total, { shape }) => total + shape.at(-2)!, 0);
  const outer = first.shape.slice(0, -2);
  const shape = [...outer, rows, width];
  const data = new Float32Array(sizeOf(shape));
  if (axes.at(-1) === "S" && name !== "weights")
    data.fill(name === "scores" ? -Infinity : Number.NaN);
  for (let block = 0; block < sizeOf(outer); block++) {
    let place = block * rows * width;
    for (const [n, part] of parts.entries()) {
      const [own, ownRows] = [widths[n]!, part.shape.at(-2)!];
      for (let row = 0; row < ownRows; row++, place += width) {
        const from = (block * ownRows + row) * own;
        data.set(part.data.subarray(from, from + own), place);
      }
    }
  }
  return new Tensor(shape, data);
}
