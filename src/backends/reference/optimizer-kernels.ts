import type { Attributes } from "../../tensor/attributes.ts";
import type { Kernel, Numbers } from "./kernel.ts";

/** One step of AdamW, which writes the parameter and its two means. */
export function adamStep(
  [master, first, second, gradient, factors]: readonly Numbers[],
  _: readonly Numbers[],
  { beta1, beta2, epsilon, weightDecay }: Attributes["adamStep"],
): void {
  const [rate, ofFirst, ofSecond, clip] = factors!.data as unknown as [
    number,
    number,
    number,
    number,
  ];
  for (let i = 0; i < master!.data.length; i++) {
    const g = gradient!.data[i]! * clip;
    const mean = beta1 * first!.data[i]! + (1 - beta1) * g;
    const square = beta2 * second!.data[i]! + (1 - beta2) * g * g;
    first!.data[i] = mean;
    second!.data[i] = square;
    const step = (mean * ofFirst) / (Math.sqrt(square * ofSecond) + epsilon);
    master!.data[i] = master!.data[i]! * (1 - rate * weightDecay) - rate * step;
  }
}

/** Σ x² */
export const squareSum: Kernel<"squareSum"> = ([x], output) => {
  let total = 0;
  for (const value of x!.data) total += value * value;
  output.data[0] = total;
};

/** The master's numbers in the parameter, which is the output. */
export const assign: Kernel<"assign"> = ([, master], parameter) => {
  parameter.data.set(master!.data);
};
