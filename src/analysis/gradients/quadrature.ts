/** Places and shares of a sum that stands for the integral from 0 to 1. */
export interface Quadrature {
  readonly places: readonly number[];
  readonly shares: readonly number[];
}

/** The published ways to sum along the way. */
export const quadratureRules = ["gauss-legendre", "trapezoid", "middle", "right"] as const;
/** The name of one of them. */
export type QuadratureRule = (typeof quadratureRules)[number];

/**
 * Steps of a rule: "gauss-legendre" (Captum's usual one, exact for polynomials of degree 2n − 1), "trapezoid", "middle" (of n equal pieces),
 * or "right" (their right ends, as Sundararajan et al. write it).
 */
export function quadrature(rule: QuadratureRule, steps: number): Quadrature {
  const all = Array.from({ length: steps }, (_, step) => step);
  if (rule === "gauss-legendre") return gaussLegendre(steps);
  if (rule === "trapezoid" && steps > 1)
    return {
      places: all.map((step) => step / (steps - 1)),
      shares: all.map(
        (step) => (step === 0 || step === steps - 1 ? 0.5 : 1) / Math.max(1, steps - 1),
      ),
    };
  const shift = rule === "right" ? 1 : 0.5;
  return { places: all.map((step) => (step + shift) / steps), shares: all.map(() => 1 / steps) };
}

/** Roots of the Legendre polynomial of degree n by Newton's method, moved from −1…1 to 0…1. */
function gaussLegendre(n: number): Quadrature {
  const places: number[] = [];
  const shares: number[] = [];
  for (let root = n; root >= 1; root--) {
    let x = Math.cos((Math.PI * (root - 0.25)) / (n + 0.5));
    let slope = 1;
    for (let turn = 0; turn < 100; turn++) {
      let [before, value] = [1, x];
      for (let degree = 2; degree <= n; degree++)
        [before, value] = [value, ((2 * degree - 1) * x * value - (degree - 1) * before) / degree];
      slope = n === 1 ? 1 : (n * (x * value - before)) / (x * x - 1);
      const step = value / slope;
      x -= step;
      if (Math.abs(step) < 1e-15) break;
    }
    places.push((1 + x) / 2);
    shares.push(1 / ((1 - x * x) * slope * slope));
  }
  return { places, shares };
}
