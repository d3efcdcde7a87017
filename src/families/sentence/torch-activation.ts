import { ConfigError } from "../../errors/errors.ts";
import type { Activation } from "../../tensor/attributes.ts";
import { logSumExp } from "../../tensor/gradients/operations.ts";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import {
  activate,
  add,
  concat,
  multiply,
  reshape,
  scale,
  slice,
  softmax,
} from "../../tensor/operations.ts";
import { normalizeRows } from "../../tensor/part-operations.ts";
import { expectRank, programOf } from "../../tensor/record.ts";

/** A module of torch.nn without arguments that makes numbers of numbers. */
export interface TorchActivation {
  /** Its class: "Tanh". */
  readonly name: string;
  /** The function that `linear` does by itself. */
  readonly fused?: Activation;
  /** The same shape; `slope` is what a PReLU has learned. Throws ShapeError where PyTorch itself takes another axis. */
  apply(x: LazyTensor, slope?: LazyTensor): LazyTensor;
}

/** Functions that are operations. */
const plain: Readonly<Record<string, Activation>> = {
  GELU: "gelu",
  Hardswish: "hardswish",
  Identity: "linear",
  LeakyReLU: "leaky_relu",
  Mish: "mish",
  ReLU: "relu",
  ReLU6: "relu6",
  SiLU: "silu",
  Sigmoid: "sigmoid",
  Tanh: "tanh",
};

/** Klambauer et al. 2017. */
const selu = { scale: 1.0507009873554805, alpha: 1.6732632423543772 };

const minus = (x: LazyTensor) => scale(x, -1);
const above = (x: LazyTensor) => activate(x, "relu");
/** How far below 0: max(0, −x). */
const below = (x: LazyTensor) => above(minus(x));
const number = (x: LazyTensor, value: number, shape: readonly number[] = [1]) =>
  programOf("activation", [x]).input(
    new Float32Array(shape.reduce((size, length) => size * length, 1)).fill(value),
    shape,
    `${value}`,
  );
const plus = (x: LazyTensor, value: number) => add(x, number(x, value));
/** Each number beside another, (…, 2). */
const beside = (x: LazyTensor, value: number) =>
  concat([reshape(x, [...x.shape, 1]), number(x, value, [...x.shape, 1])], x.shape.length);
/** x / (1 + x) of numbers from 0 on. */
const share = (x: LazyTensor) =>
  reshape(slice(normalizeRows(beside(x, 1)), x.shape.length, 0, 1), x.shape);
/** 1 − e^−x of numbers from 0 on: 2t / (1 + t), where t is tanh(x/2), so that small ones stay exact. */
const rise = (x: LazyTensor) => scale(share(activate(scale(x, 0.5), "tanh")), 2);
/** 1 above 0, else 0: a slope so steep that no number of 32 bits lies on it. */
const isAbove = (x: LazyTensor) => scale(activate(scale(x, 1e38), "relu6"), 1 / 6);
/** max(0, x) + log(1 + e^−|x|), so that infinite ones stay numbers. */
const softplus = (x: LazyTensor) =>
  add(above(x), logSumExp(beside(minus(add(above(x), below(x))), 0)));
/** From 0 to 1: six times the number against relu6's bound, so that small ones stay exact and large ones lose nothing to a sum. */
const upToOne = (x: LazyTensor) => scale(activate(scale(x, 6), "relu6"), 1 / 6);
const fromRowSum = (x: LazyTensor) =>
  add(x, minus(reshape(logSumExp(x), [...x.shape.slice(0, -1), 1])));
/** x, or a share of it below 0. */
const leaky = (x: LazyTensor, slope: number) => add(above(x), scale(below(x), -slope));

const composed: Readonly<Record<string, (x: LazyTensor, slope?: LazyTensor) => LazyTensor>> = {
  CELU: (x) => add(above(x), minus(rise(below(x)))),
  ELU: (x) => add(above(x), minus(rise(below(x)))),
  Hardshrink: (x) => multiply(x, add(isAbove(plus(x, -0.5)), isAbove(plus(minus(x), -0.5)))),
  Hardsigmoid: (x) => scale(activate(plus(x, 3), "relu6"), 1 / 6),
  Hardtanh: (x) => add(upToOne(x), minus(upToOne(minus(x)))),
  LogSigmoid: (x) => minus(softplus(minus(x))),
  // Twice: of large numbers the sum is rounded as coarsely as they are, and of what is left of them it is not.
  LogSoftmax: (x) => fromRowSum(fromRowSum(x)),
  PReLU: (x, slope) => (slope ? add(above(x), minus(multiply(below(x), slope))) : leaky(x, 0.25)),
  // Without training its slope is the middle of those that it draws from.
  RReLU: (x) => leaky(x, (1 / 8 + 1 / 3) / 2),
  SELU: (x) => scale(add(above(x), scale(rise(below(x)), -selu.alpha)), selu.scale),
  Softmax: softmax,
  Softmin: (x) => softmax(minus(x)),
  Softplus: softplus,
  Softshrink: (x) => add(above(plus(x, -0.5)), minus(above(plus(minus(x), -0.5)))),
  Softsign: (x) => add(share(above(x)), minus(share(below(x)))),
  Tanhshrink: (x) => add(x, minus(activate(x, "tanh"))),
};

/** Which take the last axis of a matrix, and another one of more. */
const alongRows = /^(Log)?Soft(max|min)$/;

/** A class of PyTorch, "torch.nn.modules.activation.Tanh", with its default arguments. Throws ConfigError for another class. */
export function torchActivation(path: unknown, place: string): TorchActivation {
  const name = typeof path === "string" && /^torch\.nn\.(?:.+\.)?(\w+)$/.exec(path)?.[1];
  if (name && Object.hasOwn(plain, name)) {
    const fused = plain[name]!;
    return { name, fused, apply: (x) => activate(x, fused) };
  }
  if (name && Object.hasOwn(composed, name)) {
    const apply = composed[name]!;
    return {
      name,
      apply(x, slope) {
        if (alongRows.test(name)) expectRank(`${place}: ${name} without an axis`, x, 2);
        return apply(x, slope);
      },
    };
  }
  const names = [...Object.keys(plain), ...Object.keys(composed)].sort();
  throw new ConfigError(
    `${place} names the activation ${JSON.stringify(path)}; of torch.nn heed has ${names.join(", ")}`,
  );
}
