import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import { concat, type LinearWeights, linear, reshape, slice } from "../../tensor/operations.ts";
import { Tensor } from "../../tensor/tensor.ts";

/** Frames before, at and after each frame, zeros beyond the ends: features (B, M, F) → (B, F, M · 3), as a kernel of three wants them. */
export function neighbours({ shape, data }: Tensor): Tensor {
  const [B, M, F] = shape as readonly [number, number, number];
  const near = new Float32Array(B * F * M * 3);
  for (let b = 0; b < B; b++)
    for (let m = 0; m < M; m++) {
      const line = (b * M + m) * F;
      for (let f = 0; f < F; f++) {
        const at = ((b * F + f) * M + m) * 3;
        if (f > 0) near[at] = data[line + f - 1]!;
        near[at + 1] = data[line + f]!;
        if (f < F - 1) near[at + 2] = data[line + f + 1]!;
      }
    }
  return new Tensor([B, F, M * 3], near);
}

/** A convolution by a kernel of three in steps of two, one zero before the first, and GELU: (B, 2 · S, C) → (B, S, C'). */
export function convolvedByTwo(x: LazyTensor, kernel: LinearWeights): LazyTensor {
  const [B, F, C] = x.shape as readonly [number, number, number];
  const S = F / 2;
  const zeros = x.program!.input(new Float32Array(B * C), [B, 1, C], "before the first frame");
  // Frames 2s − 1 and 2s of each step, then 2s + 1.
  const before = reshape(concat([zeros, slice(x, 1, 0, F - 1)], 1), [B, S, 2, C]);
  const after = slice(reshape(x, [B, S, 2, C]), 2, 1, 2);
  const places = [slice(before, 2, 0, 1), slice(before, 2, 1, 2), after].map((place) =>
    reshape(place, [B, S, C, 1]),
  );
  return linear(reshape(concat(places, 3), [B, S, C * 3]), kernel, { activation: "gelu" });
}
