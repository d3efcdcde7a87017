import { multiply, reshape, scale, softmax } from "../operations.ts";
import { crossEntropyGradient } from "./operations.ts";
import type { Vjp } from "./vjp.ts";

export const logSumExp: Vjp<"logSumExp"> = ({ input }, gradient) => [
  multiply(softmax(input(0)), reshape(gradient, [...gradient.shape, 1])),
];

export const crossEntropy: Vjp<"crossEntropy"> = ({ input }, gradient) => [
  crossEntropyGradient(input(0), input(1), gradient),
  undefined,
];

export const squareSum: Vjp<"squareSum"> = ({ input }, gradient) => {
  const x = scale(input(0), 2);
  return [multiply(x, reshape(gradient, new Array<number>(x.shape.length).fill(1)))];
};
