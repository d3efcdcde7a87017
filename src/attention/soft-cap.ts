import type { LazyTensor } from "../tensor/lazy-tensor.ts";
import { activate, scale } from "../tensor/operations.ts";

/** cap · tanh(x / cap): numbers kept between −cap and cap, small ones nearly as they are (Bello et al. 2016; Gemma 2). */
export function softCapped(x: LazyTensor, cap: number): LazyTensor {
  return scale(activate(scale(x, 1 / cap), "tanh"), cap);
}
