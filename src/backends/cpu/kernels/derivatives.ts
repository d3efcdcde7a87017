import type { KernelBuilder } from "../language/builder.ts";
import type { Vector } from "../language/instruction.ts";
import { WORD } from "../language/layout.ts";
import {
  activations,
  between,
  errorFunction,
  exponential,
  exponentialOrZero,
  hyperbolicTangent,
  sigmoid,
} from "./math.ts";
import type { KernelSource } from "./source.ts";
import { eachTaskStretch } from "./tasks.ts";

type Builder = KernelBuilder<string>;

/** The numbers next to 3 towards 0, so that ≥ 3 can be asked as a comparison that NaN fails. */
const BELOW_3 = 2.9999997615814209;
/** Beyond these every derivative has come to its end, and no product of two large numbers may spoil that. */
const SETTLED = 60;

/** e^(−x²/2) / √(2π) */
function density(k: Builder, x: Vector): Vector {
  const square = k.times(k.times(x, x), k.constant(-0.5));
  return k.times(exponentialOrZero(k, square), k.constant(1 / Math.sqrt(2 * Math.PI)));
}

function geluDerivative(k: Builder, x: Vector): Vector {
  const erf = errorFunction(k, k.times(x, k.constant(Math.SQRT1_2)));
  const share = k.times(k.plus(erf, k.constant(1)), k.constant(0.5));
  return k.productPlus(x, density(k, x), share);
}

/** Of x·σ(z(x)) with z′ = slope: σ + x·σ·(1 − σ)·slope. */
function gated(k: Builder, x: Vector, s: Vector, slope?: Vector): Vector {
  const rest = k.times(k.times(x, s), k.minus(k.constant(1), s));
  return slope ? k.productPlus(rest, slope, s) : k.plus(rest, s);
}

const settled = (k: Builder, x: Vector) => between(k, -SETTLED, x, SETTLED);
const isPositive = (k: Builder, x: Vector, yes: number, no: number) =>
  k.selectLess(k.vector(k.constant(0)), x, k.constant(yes), k.constant(no));

/** The derivatives of the activation functions; where one jumps, what PyTorch gives there. */
const derivatives: {
  readonly [name in keyof typeof activations]: (k: Builder, x: Vector) => Vector;
} = {
  linear: (k) => k.vector(k.constant(1)),
  gelu: geluDerivative,
  gelu_new(k, given) {
    const x = settled(k, given);
    const square = k.times(x, x);
    const z = k.productPlus(square, k.vector(k.constant(0.0713548)), k.constant(1.5957691));
    const s = sigmoid(k, k.times(x, z));
    return gated(
      k,
      x,
      s,
      k.productPlus(square, k.vector(k.constant(3 * 0.0713548)), k.constant(1.5957691)),
    );
  },
  quick_gelu(k, given) {
    const x = settled(k, given);
    const z = k.times(x, k.constant(1.702));
    return gated(k, z, sigmoid(k, z));
  },
  relu: (k, x) => isPositive(k, x, 1, 0),
  relu2: (k, x) => k.times(k.lanewise("max", k.constant(0), x), k.constant(2)),
  silu(k, given) {
    const x = settled(k, given);
    return gated(k, x, sigmoid(k, x));
  },
  sigmoid(k, x) {
    const s = sigmoid(k, x);
    return k.times(s, k.minus(k.constant(1), s));
  },
  tanh(k, x) {
    const t = hyperbolicTangent(k, x);
    return k.minus(k.constant(1), k.times(t, t));
  },
  relu6: (k, x) => k.selectLess(x, k.constant(6), isPositive(k, x, 1, 0), k.constant(0)),
  leaky_relu: (k, x) => isPositive(k, x, 1, 0.01),
  hardswish(k, x) {
    const slope = k.times(k.plus(k.plus(x, x), k.constant(3)), k.constant(1 / 6));
    const inside = k.selectLess(x, k.constant(-BELOW_3), k.constant(0), slope);
    return k.selectLess(k.vector(k.constant(BELOW_3)), x, k.constant(1), inside);
  },
  gelu_10: (k, x) =>
    k.selectLess(
      k.vector(k.constant(10)),
      activations.gelu(k, x),
      k.constant(0),
      geluDerivative(k, x),
    ),
  laplace(k, x) {
    const u = k.times(k.minus(x, k.constant(707107e-6)), k.constant(1 / 0.282095));
    return k.times(density(k, u), k.constant(1 / 0.282095));
  },
  mish(k, given) {
    const x = settled(k, given);
    // With t = n/(n + 2): t + x·(1 − t)·(1 + t)·σ, and 1 − t is 2/(n + 2).
    const e = exponential(k, k.lanewise("min", k.constant(20), x));
    const n = k.productPlus(e, e, k.plus(e, e));
    const inverse = k.over(k.constant(1), k.plus(n, k.constant(2)));
    const t = k.times(n, inverse);
    const rest = k.times(k.plus(inverse, inverse), k.plus(t, k.constant(1)));
    return k.productPlus(k.times(x, rest), sigmoid(k, x), t);
  },
};

const fields = ["tasks", "x", "gradient", "output", "size", "taskSize", "activation"] as const;

/** output = gradient · activation′(x), element by element. */
export const activationGradient: KernelSource<(typeof fields)[number]> = {
  name: "activationGradient",
  fields,
  floats: [],
  write(k) {
    eachTaskStretch(k, (start, count) => {
      const x = k.pointer(k.at(k.argument("x"), 0, start, WORD));
      const gradient = k.pointer(k.at(k.argument("gradient"), 0, start, WORD));
      const output = k.pointer(k.at(k.argument("output"), 0, start, WORD));
      const cases = Object.keys(activations).map((name, number) => {
        const derivative = derivatives[name as keyof typeof activations];
        const write = () =>
          k.eachVector(count, (place, tail) => {
            const slope = derivative(k, k.load(k.at(x, 0, place, WORD), tail));
            const own = k.load(k.at(gradient, 0, place, WORD), tail);
            k.store(k.times(own, slope), k.at(output, 0, place, WORD), tail);
          });
        return [number, write] as const;
      });
      k.choose(k.argument("activation"), cases);
    });
  },
};
