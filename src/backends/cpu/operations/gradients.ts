import type { Operation } from "../../../tensor/operation.ts";
import { sizeOf } from "../../../tensor/shape.ts";
import { activationNumber } from "../kernels/math.ts";
import type { Plan } from "../plan.ts";
import { numbersAt } from "../storage.ts";
import type { Sum } from "./matrix.ts";
import { LEAST, rowArguments } from "./rows.ts";

type Of<N extends Operation["name"]> = Extract<Operation, { name: N }>;

export function activationGradient(
  plan: Plan,
  { inputs, outputs, attributes }: Of<"activationGradient">,
): void {
  const [x, gradient] = inputs;
  const size = sizeOf(outputs[0]!.shape);
  const { taskRows, tasks } = plan.rowsPerTask(size, LEAST);
  plan.create(outputs[0]!);
  plan.touch({ reads: inputs, writes: outputs });
  plan.call("activationGradient", {
    tasks,
    x: numbersAt(x!),
    gradient: numbersAt(gradient!),
    output: numbersAt(outputs[0]!),
    size,
    taskSize: taskRows,
    activation: activationNumber(attributes.activation),
  });
}

export function softmaxGradient(plan: Plan, { inputs, outputs }: Of<"softmaxGradient">): void {
  const [weights, gradient] = inputs;
  plan.create(outputs[0]!);
  plan.touch({ reads: inputs, writes: outputs });
  plan.call("softmaxGradient", {
    ...rowArguments(plan, weights!, outputs[0]!),
    gradient: numbersAt(gradient!),
  });
}

export function normGradient(
  plan: Plan,
  { name, inputs, outputs, attributes }: Of<"layerNormGradient"> | Of<"rmsNormGradient">,
  sum?: Sum,
): void {
  const [x, gain, gradient] = inputs;
  const [ofX, gains] = [sum?.output ?? outputs[0], outputs[1]];
  for (const output of [ofX, gains]) plan.create(output!);
  const reads = [...inputs, ...(sum ? [sum.residual] : [])];
  plan.touch({ reads, writes: [ofX!, gains!] });
  const width = gain!.shape[0]!;
  plan.call(name, {
    ...rowArguments(plan, x!, ofX!),
    gradient: numbersAt(gradient!),
    gain: numbersAt(gain!),
    gains: numbersAt(gains!),
    residual: sum ? numbersAt(sum.residual) : plan.zerosAt(width),
    residualStep: sum ? 1 : 0,
    epsilon: attributes.epsilon,
  });
}

/** Plans the sums of rows by id; an id beside the table adds to nothing. */
export function embedGradient(plan: Plan, { inputs, outputs }: Of<"embedGradient">): void {
  const [ids, gradient] = inputs;
  const [rows, width] = outputs[0]!.shape as readonly [number, number];
  plan.create(outputs[0]!);
  plan.touch({ reads: inputs, writes: outputs });
  plan.call("embedGradient", {
    ids: numbersAt(ids!),
    count: sizeOf(ids!.shape),
    gradient: numbersAt(gradient!),
    output: numbersAt(outputs[0]!),
    rows,
    width,
    ...plan.rowsPerTask(rows),
  });
}

/** Plans ln Σ eˣ of each row, with targets less what stands at them. */
export function logSumExp(
  plan: Plan,
  { inputs, outputs }: Of<"logSumExp"> | Of<"crossEntropy">,
): void {
  const [x, targets] = inputs;
  plan.create(outputs[0]!);
  plan.touch({ reads: inputs, writes: outputs });
  plan.call("logSumExp", {
    ...rowArguments(plan, x!, outputs[0]!),
    targets: targets ? numbersAt(targets) : 0,
  });
}

export function crossEntropyGradient(
  plan: Plan,
  { inputs, outputs }: Of<"crossEntropyGradient">,
): void {
  const [logits, targets, gradient] = inputs;
  plan.create(outputs[0]!);
  plan.touch({ reads: inputs, writes: outputs });
  plan.call("crossEntropyGradient", {
    ...rowArguments(plan, logits!, outputs[0]!),
    targets: numbersAt(targets!),
    gradient: numbersAt(gradient!),
  });
}
