import type { Activation } from "../../tensor/attributes.ts";

const Q = [0.128379151, -0.376124978, 0.112818465, -0.026767727, 0.00499483803, -0.000599943916];
const G = [
  0.128636882, 0.635198891, 0.106157511, -0.0236931555, 0.00360963168, -0.000314672361,
  0.0000104134324,
];

/** The error function, by two polynomials fitted to f32 (within 1.1 units in the last place). */
export function erf(x: number): number {
  const a = Math.abs(x);
  if (Number.isNaN(x)) return x;
  if (a <= 0.91) return x + x * polynomial(Q, x * x);
  // From here on it is 1 in f32; the rest would be multiplied by x in gelu, however large x is.
  if (a >= 3.95) return Math.sign(x);
  return Math.sign(x) * (1 - Math.exp(-(a + a * polynomial(G, a))));
}

function polynomial(coefficients: readonly number[], x: number): number {
  let value = 0;
  for (let index = coefficients.length - 1; index >= 0; index--)
    value = value * x + coefficients[index]!;
  return value;
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** The activation functions by name; each is its formula. */
export const activations: { readonly [name in Activation]: (x: number) => number } = {
  gelu: (x) => 0.5 * x * (1 + erf(x * Math.SQRT1_2)),
  gelu_new: (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  quick_gelu: (x) => x * sigmoid(1.702 * x),
  relu: (x) => Math.max(0, x),
  relu2: (x) => Math.max(0, x) ** 2,
  relu6: (x) => Math.min(6, Math.max(0, x)),
  leaky_relu: (x) => (x < 0 ? 0.01 * x : x),
  hardswish: (x) => (x * Math.min(6, Math.max(0, x + 3))) / 6,
  gelu_10: (x) => Math.min(10, Math.max(-10, 0.5 * x * (1 + erf(x * Math.SQRT1_2)))),
  laplace: (x) => 0.5 * (1 + erf((x - 707107e-6) / (0.282095 * Math.SQRT2))),
  mish: (x) => x * Math.tanh(x > 20 ? x : Math.log1p(Math.exp(x))),
  silu: (x) => x * sigmoid(x),
  sigmoid,
  tanh: Math.tanh,
  linear: (x) => x,
};

/** The density of the normal distribution. */
const density = (x: number) => Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
const geluDerivative = (x: number) => 0.5 * (1 + erf(x * Math.SQRT1_2)) + x * density(x);
const between = (x: number, least: number, most: number) => Number(x > least && x < most);

/** Their derivatives; where one jumps, what PyTorch gives there. */
export const derivatives: { readonly [name in Activation]: (x: number) => number } = {
  gelu: geluDerivative,
  gelu_new(x) {
    const slope = Math.sqrt(2 / Math.PI);
    const t = Math.tanh(slope * (x + 0.044715 * x ** 3));
    return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * slope * (1 + 3 * 0.044715 * x * x);
  },
  quick_gelu(x) {
    const s = sigmoid(1.702 * x);
    return s + 1.702 * x * s * (1 - s);
  },
  relu: (x) => Number(x > 0),
  relu2: (x) => 2 * Math.max(0, x),
  relu6: (x) => between(x, 0, 6),
  leaky_relu: (x) => (x > 0 ? 1 : 0.01),
  hardswish: (x) => (x <= -3 ? 0 : x >= 3 ? 1 : (2 * x + 3) / 6),
  gelu_10: (x) => (activations.gelu(x) <= 10 ? geluDerivative(x) : 0),
  laplace: (x) => density((x - 707107e-6) / 0.282095) / 0.282095,
  mish(x) {
    const t = Math.tanh(x > 20 ? x : Math.log1p(Math.exp(x)));
    return t + x * (1 - t * t) * sigmoid(x);
  },
  silu(x) {
    const s = sigmoid(x);
    return s * (1 + x * (1 - s));
  },
  sigmoid(x) {
    const s = sigmoid(x);
    return s * (1 - s);
  },
  tanh: (x) => 1 - Math.tanh(x) ** 2,
  linear: () => 1,
};
