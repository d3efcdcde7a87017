import { attentionGradient } from "../../src/tensor/gradients/operations.ts";
import {
  formatSizes,
  keys,
  keyValues,
  type MaskForm,
  maskForms,
  maskInputs,
  queries,
  type Sizes,
} from "./attention-cases.ts";
import { type Case, values } from "./case.ts";
import * as formula from "./formulas.ts";
import { differences } from "./gradient-cases.ts";
import { type Grid, get, random, tabulate, total } from "./grid.ts";

interface Form {
  readonly mask?: MaskForm;
  readonly bias?: readonly [number, number];
  /** Against central differences of the mixed values, not by the formulas of the derivatives. */
  readonly differs?: boolean;
}

function gradientCase(of: Sizes, name: string, form: Form = {}): Case {
  const [B, H, Hkv, T, S, D] = of;
  const scale = 1 / Math.sqrt(D);
  const [q, k, v] = [queries(of), keys(of), keyValues(of)];
  const upstream = random([B, H, T, D], { seed: 12 });
  const bias = form.bias && random([...form.bias, T, S], { seed: 11, size: 3 });
  const mask = form.mask?.mask(of) ?? {};
  const { given, over } = maskInputs(mask);
  const weightsOf = (q: Grid, k: Grid) => {
    const content = formula.scaledDot(q, k, scale);
    const sum = bias ? formula.broadcast(content, bias, (a, b) => a + b) : content;
    return formula.softmax(formula.masked(sum, mask));
  };
  const derived = (): Grid[] => {
    const weights = weightsOf(q, k);
    const ofWeights = formula.scaledDot(upstream, v, 1);
    const along = tabulate([B, H, T], (b, h, t) =>
      total(S, (s) => get(weights, b!, h!, t!, s) * get(ofWeights, b!, h!, t!, s)),
    );
    const slopes = tabulate([B, H, T, S], (b, h, t, s) => {
      const change = get(ofWeights, b!, h!, t!, s!) - get(along, b!, h!, t!);
      return scale * get(weights, b!, h!, t!, s!) * change;
    });
    const group = H / Hkv;
    const summed = (x: Grid, rows: Grid) =>
      tabulate([B, Hkv, S, D], (b, h, s, d) =>
        total(group, (member) =>
          total(T, (t) => {
            const head = h! * group + member;
            return get(x, b!, head, t, s!) * get(rows, b!, head, t, d!);
          }),
        ),
      );
    return [formula.mix(slopes, k), summed(slopes, q), summed(weights, upstream)];
  };
  // Every backend is held to the same numbers.
  let known: readonly Grid[] | undefined;
  const mixed = (q: Grid, k: Grid, v: Grid) => formula.mix(weightsOf(q, k), v);
  return {
    name: `${name}, ${formatSizes(of)}${form.differs ? ", against differences" : ""}`,
    given: [values(upstream), ...[q, k, v].map(values), ...(bias ? [values(bias)] : []), ...given],
    record(upstream, ...inputs) {
      const { keys, allowed, ...rule } = over(inputs.slice(bias ? 4 : 3));
      const own = attentionGradient(inputs, upstream!, {
        ...rule,
        keys: keys !== undefined,
        allowed: allowed !== undefined,
        scale,
        bias: bias !== undefined,
      });
      return [own.q, own.k, own.v];
    },
    expected: () => {
      known ??= form.differs ? differences(mixed, [q, k, v], upstream, [0, 1, 2]) : derived();
      return known;
    },
  };
}

const odd: Sizes = [2, 3, 3, 5, 5, 7];
const small: Sizes = [2, 2, 1, 3, 4, 3];
const shared: Sizes = [1, 4, 2, 7, 9, 8];

export const attentionGradientCases: readonly Case[] = [
  ...(
    [
      [1, 1, 1, 1, 1, 1],
      odd,
      shared,
      [1, 2, 2, 19, 1, 4],
      [1, 1, 1, 17, 65, 32],
      [1, 2, 1, 70, 70, 3],
      [1, 2, 2, 0, 3, 4],
      [1, 2, 1, 3, 0, 4],
    ] as Sizes[]
  ).map((of) => gradientCase(of, "no mask")),
  gradientCase(small, "no mask", { differs: true }),
  gradientCase(small, "all at once", { mask: maskForms.at(-1)!, differs: true }),
  ...maskForms.flatMap((mask) => [
    gradientCase(shared, mask.name, { mask }),
    gradientCase(odd, `bias and ${mask.name}`, { mask, bias: [1, 3] }),
  ]),
  gradientCase([1, 1, 1, 70, 70, 34], "causal", { mask: maskForms[0]! }),
];
