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
