import type { Attributes } from "../attributes.ts";
import type { LazyTensor } from "../lazy-tensor.ts";
import {
  add,
  scaledDot as dots,
  type Mask,
  masked as maskedScores,
  mix as mixed,
  permute,
  reshape,
  scale,
  softmax as softened,
  sum,
  rotary as turned,
} from "../operations.ts";
import { type Shape, sameShape } from "../shape.ts";
import {
  attentionGradient,
  bandedAttentionGradient,
  normalizeRowsGradient,
  softmaxGradient,
} from "./operations.ts";
import { summedTo, type Vjp } from "./vjp.ts";

/** Of s = scale · q·kᵀ: scale · g·k for q, scale · gᵀ·q for k. */
export const scaledDot: Vjp<"scaledDot"> = ({ attributes, shapes, needs, input }, gradient) => {
  const g = scale(gradient, attributes.scale); // (B, H, T, S)
  return [
    needs(0) ? mixed(g, input(1)) : undefined,
    needs(1) ? groupSum(mixed(turnedOver(g), input(0)), shapes[1]!) : undefined,
  ];
};

/** What a mask hides has no part in the softmax, whose gradient is 0 there already. */
export const masked: Vjp<"masked"> = (_, gradient) => [gradient];

export const softmax: Vjp<"softmax"> = ({ output }, gradient) => [
  softmaxGradient(output(), gradient),
];

export const normalizeRows: Vjp<"normalizeRows"> = ({ input }, gradient) => [
  normalizeRowsGradient(input(0), gradient),
];

/** Of w·v: g·vᵀ for w, wᵀ·g for v. */
export const mix: Vjp<"mix"> = ({ shapes, needs, input }, gradient) => [
  needs(0) ? dots(gradient, input(1), 1) : undefined,
  needs(1) ? groupSum(mixed(turnedOver(input(0)), gradient), shapes[1]!) : undefined,
];

/** The fused attention, whose weights are made once more from what it read; all of them at once where its bias learns. */
export const attention: Vjp<"attention"> = ({ attributes, shapes, needs, inputs }, gradient) => {
  const [q, k, v, ...more] = inputs() as [LazyTensor, LazyTensor, LazyTensor, ...LazyTensor[]];
  if (!(attributes.bias && needs(3)) && sameShape(k.shape, v.shape)) {
    const own = attentionGradient(inputs(), gradient, attributes);
    return [own.q, own.k, own.v];
  }
  const bias = attributes.bias ? more.shift() : undefined;
  const content = dots(q, k, attributes.scale);
  const scores = maskedScores(bias ? add(content, bias) : content, maskOf(attributes, more));
  const weights = softened(scores); // (B, H, T, S)
  const g = softmaxGradient(weights, dots(gradient, v, 1)); // (B, H, T, S)
  const own = scale(g, attributes.scale);
  return [
    needs(0) ? mixed(own, k) : undefined,
    needs(1) ? groupSum(mixed(turnedOver(own), q), shapes[1]!) : undefined,
    needs(2) ? groupSum(mixed(turnedOver(weights), gradient), shapes[2]!) : undefined,
    bias && needs(3) ? summedTo(g, shapes[3]!) : undefined,
  ];
};

export const bandedAttention: Vjp<"bandedAttention"> = ({ attributes, inputs }, gradient) => {
  const [q, k, v, globalK, globalV] = bandedAttentionGradient(inputs(), gradient, attributes);
  return [q, k, v, undefined, globalK, globalV, undefined];
};

/** A rotation's transpose is the one back. */
export const rotary: Vjp<"rotary"> = ({ attributes, input }, gradient) => [
  turned(gradient, { cos: input(1), sin: scale(input(2), -1) }, attributes.pairs),
  undefined,
  undefined,
];

function maskOf(rule: Attributes["attention"], inputs: readonly LazyTensor[]): Mask {
  const { causalOffset, window } = rule;
  const keys = rule.keys ? inputs[0] : undefined;
  const allowed = rule.allowed ? inputs[rule.keys ? 1 : 0] : undefined;
  return { causalOffset, window, keys, allowed };
}

/** (B, H, T, S) → (B, H, S, T) */
function turnedOver(x: LazyTensor): LazyTensor {
  return permute(x, [0, 1, 3, 2]);
}

/** Keys and values that query heads share get the sum of what each gives: (B, H, S, D) → (B, Hkv, S, D). */
function groupSum(gradient: LazyTensor, shape: Shape): LazyTensor {
  const [B, Hkv, S, D] = shape as readonly [number, number, number, number];
  const H = gradient.shape[1]!;
  return H === Hkv ? gradient : sum(reshape(gradient, [B, Hkv, H / Hkv, S, D]), 2);
}
