import { multiply, reshape } from "../operations.ts";
import { layerNormGradient, maxPoolGradient, rmsNormGradient, unitGradient } from "./operations.ts";
import { sumOfRows } from "./products.ts";
import { repeated, type Vjp } from "./vjp.ts";

export const layerNorm: Vjp<"layerNorm"> = ({ attributes, needs, input }, gradient) => {
  const isNeeded = needs(0) || needs(1);
  const own = isNeeded
    ? layerNormGradient(input(0), input(1), gradient, attributes.epsilon)
    : undefined;
  return [
    needs(0) ? own?.x : undefined,
    needs(1) && own ? sumOfRows(own.gains) : undefined,
    needs(2) ? sumOfRows(gradient) : undefined,
  ];
};

export const rmsNorm: Vjp<"rmsNorm"> = ({ attributes, needs, input }, gradient) => {
  const own = rmsNormGradient(input(0), input(1), gradient, attributes.epsilon);
  return [needs(0) ? own.x : undefined, needs(1) ? sumOfRows(own.gains) : undefined];
};

export const unit: Vjp<"unit"> = ({ attributes, input }, gradient) => [
  unitGradient(input(0), gradient, attributes.epsilon),
];

/** Every token that counts had the same share in the mean. */
export const meanPool: Vjp<"meanPool"> = ({ program, shapes, input }, gradient) => {
  const [B, T, C] = shapes[0] as readonly [number, number, number];
  // Masks are inputs, so their numbers are known while the pass is written down.
  const mask = program.inputNumbers(input(1))!;
  const shares = new Float32Array(B * T);
  for (let b = 0; b < B; b++) {
    const row = mask.subarray(b * T, (b + 1) * T);
    const count = Array.from(row).filter((real) => real !== 0).length;
    for (let t = 0; t < T; t++) shares[b * T + t] = row[t] === 0 ? 0 : 1 / count;
  }
  const each = repeated(reshape(gradient, [B, 1, C]), 1, T, program); // (B, T, C)
  return [multiply(each, program.input(shares, [B, T, 1], "shares in the mean")), undefined];
};

export const maxPool: Vjp<"maxPool"> = ({ input }, gradient) => [
  maxPoolGradient(input(0), input(1), gradient),
  undefined,
];
