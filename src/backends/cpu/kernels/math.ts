import type { KernelBuilder } from "../language/builder.ts";
import type { Lanes, Vector } from "../language/instruction.ts";

type Builder = KernelBuilder<string>;

/** ln 2 in two parts: the first has few bits, so that its products with whole numbers are exact. */
const LN2_HIGH = 0.693145751953125;
const LN2_LOW = Math.LN2 - LN2_HIGH;
/** Adding 1.5·2²³ rounds to a whole number, which then stands in the lowest bits. */
const ROUNDING = 12582912;
const EXP_LOWEST = -87.3;
const EXP_HIGHEST = 88.3;
const EXP = [0.49999994, 0.166665211, 0.041668389, 0.00836874545, 0.00138145394];
const ERF_SMALL = [
  0.128379151, -0.376124978, 0.112818465, -0.026767727, 0.00499483803, -0.000599943916,
];
const ERF_LARGE = [
  0.128636882, 0.635198891, 0.106157511, -0.0236931555, 0.00360963168, -0.000314672361,
  0.0000104134324,
];
/** ln 2 once more, with still fewer bits in its first part. */
const LOG2_HIGH = 0.693359375;
const LOG2_LOW = -2.1219444e-4;
const LOG = [
  3.3333331174e-1, -2.4999993993e-1, 2.0000714765e-1, -1.6668057665e-1, 1.4249322787e-1,
  -1.2420140846e-1, 1.167699874e-1, -1.151461031e-1, 7.0376836292e-2,
];
const TANH = [-1 / 3, 2 / 15, -17 / 315, 62 / 2835];

/** c0 + x·(c1 + x·(c2 + …)) */
function polynomial(k: Builder, coefficients: readonly number[], x: Vector): Vector {
  const [last, ...rest] = coefficients.toReversed();
  let value = k.vector(k.constant(last!));
  for (const coefficient of rest) value = k.productPlus(value, x, k.constant(coefficient));
  return value;
}

export function negate(k: Builder, x: Lanes): Vector {
  return k.lanewise("bitXor", x, k.bits(0x80000000));
}

function absolute(k: Builder, x: Lanes): Vector {
  return k.lanewise("bitAnd", x, k.bits(0x7fffffff));
}

/** eˣ within 1 unit in the last place on [−87.3, 88.3], and that range's ends outside of it. */
export function exponential(k: Builder, x: Vector): Vector {
  const bounded = k.lanewise(
    "min",
    k.constant(EXP_HIGHEST),
    k.lanewise("max", k.constant(EXP_LOWEST), x),
  );
  const shifted = k.productPlus(bounded, k.vector(k.constant(Math.LOG2E)), k.constant(ROUNDING));
  const whole = k.minus(shifted, k.constant(ROUNDING));
  const rough = k.productPlus(whole, k.vector(k.constant(-LN2_HIGH)), bounded);
  const r = k.productPlus(whole, k.vector(k.constant(-LN2_LOW)), rough);
  const power = k.lanewise("addBits", k.shiftBits(shifted, "left", 23), k.bits(0x3f800000));
  const square = k.times(r, r);
  const p = polynomial(k, EXP, r);
  return k.times(k.plus(k.productPlus(p, square, r), k.constant(1)), power);
}

/** eˣ for x ≤ 0, exactly 0 below −87.3: what softmax needs for a hidden key. */
export function exponentialOrZero(k: Builder, x: Vector): Vector {
  const value = exponential(k, x);
  return k.selectLess(x, k.constant(EXP_LOWEST), k.constant(0), value);
}

export function errorFunction(k: Builder, x: Vector): Vector {
  const size = absolute(k, x);
  const bounded = k.lanewise("min", k.constant(3.95), size);
  const g = polynomial(k, ERF_LARGE, bounded);
  const tail = exponential(k, negate(k, k.productPlus(bounded, g, bounded)));
  const sign = k.lanewise("bitAnd", x, k.bits(0x80000000));
  const large = k.lanewise("bitOr", k.minus(k.constant(1), tail), sign);
  const small = k.productPlus(x, polynomial(k, ERF_SMALL, k.times(x, x)), x);
  return k.selectLess(size, k.constant(0.91), small, large);
}

/** ln x of a positive, normal x, within 1 unit in the last place (Cephes); −∞ for 0, NaN for NaN. */
export function logarithm(k: Builder, x: Vector): Vector {
  const exponent = k.minus(k.toFloat(k.shiftBits(x, "right", 23)), k.constant(127));
  const bits = k.lanewise("bitAnd", x, k.bits(0x007fffff));
  const mantissa = k.lanewise("bitOr", bits, k.constant(1));
  const half = k.times(mantissa, k.constant(0.5));
  const isLarge = k.vector(k.constant(Math.SQRT2));
  const f = k.minus(k.selectLess(isLarge, mantissa, half, mantissa), k.constant(1));
  const next = k.plus(exponent, k.constant(1));
  const whole = k.selectLess(isLarge, mantissa, next, exponent);
  const square = k.times(f, f);
  const tail = k.times(k.times(polynomial(k, LOG, f), f), square);
  const low = k.productPlus(whole, k.vector(k.constant(LOG2_LOW)), tail);
  const near = k.plus(k.productPlus(square, k.vector(k.constant(-0.5)), low), f);
  const value = k.productPlus(whole, k.vector(k.constant(LOG2_HIGH)), near);
  // (0 − 1) / 0 is −∞, and NaN stays what it is.
  const other = k.over(k.minus(x, k.constant(1)), x);
  return k.selectLess(k.vector(k.constant(0)), x, value, other);
}

export function sigmoid(k: Builder, x: Vector): Vector {
  return k.over(k.constant(1), k.plus(exponential(k, negate(k, x)), k.constant(1)));
}

export function hyperbolicTangent(k: Builder, x: Vector): Vector {
  const size = absolute(k, x);
  const square = k.times(x, x);
  const small = k.productPlus(k.times(x, square), polynomial(k, TANH, square), x);
  const tail = exponential(k, k.times(size, k.constant(-2)));
  const ratio = k.over(k.minus(k.constant(1), tail), k.plus(tail, k.constant(1)));
  const large = k.lanewise("bitOr", ratio, k.lanewise("bitAnd", x, k.bits(0x80000000)));
  return k.selectLess(size, k.constant(0.25), small, large);
}

/** x·Φ(x) = x/2·(1 + erf(x/√2)) */
function gelu(k: Builder, x: Vector): Vector {
  const erf = errorFunction(k, k.times(x, k.constant(Math.SQRT1_2)));
  return k.times(k.times(x, k.constant(0.5)), k.plus(erf, k.constant(1)));
}

/** x between two numbers; NaN stays NaN. */
export function between(k: Builder, low: number, x: Lanes, high: number): Vector {
  return k.lanewise("min", k.constant(high), k.lanewise("max", k.constant(low), x));
}

/** The activation functions by name; their numbers are their places in this list, `linear` is 0. */
export const activations = {
  linear: (_: Builder, x: Vector) => x,
  gelu,
  gelu_new: (k: Builder, x: Vector) => {
    const inner = k.productPlus(
      k.times(x, x),
      k.vector(k.constant(0.0713548)),
      k.constant(1.5957691),
    );
    return k.over(x, k.plus(exponential(k, negate(k, k.times(x, inner))), k.constant(1)));
  },
  quick_gelu: (k: Builder, x: Vector) => k.times(x, sigmoid(k, k.times(x, k.constant(1.702)))),
  relu: (k: Builder, x: Vector) => k.lanewise("max", k.constant(0), x),
  relu2: (k: Builder, x: Vector) => {
    const positive = k.lanewise("max", k.constant(0), x);
    return k.times(positive, positive);
  },
  silu: (k: Builder, x: Vector) => k.times(x, sigmoid(k, x)),
  sigmoid,
  tanh: hyperbolicTangent,
  relu6: (k: Builder, x: Vector) => between(k, 0, x, 6),
  leaky_relu: (k: Builder, x: Vector) => k.lanewise("max", k.times(x, k.constant(0.01)), x),
  hardswish: (k: Builder, x: Vector) =>
    k.times(k.times(x, between(k, 0, k.plus(x, k.constant(3)), 6)), k.constant(1 / 6)),
  gelu_10: (k: Builder, x: Vector) => between(k, -10, gelu(k, x), 10),
  laplace: (k: Builder, x: Vector) => {
    const erf = errorFunction(
      k,
      k.times(k.minus(x, k.constant(707107e-6)), k.constant(1 / (0.282095 * Math.SQRT2))),
    );
    return k.times(k.plus(erf, k.constant(1)), k.constant(0.5));
  },
  mish: (k: Builder, x: Vector) => {
    // tanh(ln(1 + e)) = (e² + 2e) / (e² + 2e + 2), which is 1 in f32 from 20 on.
    const e = exponential(k, k.lanewise("min", k.constant(20), x));
    const n = k.productPlus(e, e, k.plus(e, e));
    return k.times(x, k.over(n, k.plus(n, k.constant(2))));
  },
} as const;

/** The number by which kernels know an activation. */
export function activationNumber(name: keyof typeof activations): number {
  return Object.keys(activations).indexOf(name);
}
