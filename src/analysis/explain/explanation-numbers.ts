import { type Context, rowOf } from "./context.ts";
import type { ExplanationNumbers } from "./step.ts";

/** What the steps are made from, as plain lists. */
export function explanationNumbers(context: Context): ExplanationNumbers {
  const { numbers, parts, output, run } = context;
  const { projection, q, k, v, weights, place, query } = numbers;
  const { prefix, text, head } = place;
  const list = (values: ArrayLike<number>) => Array.from(values);
  const some = (values: ArrayLike<number> | undefined) => values && list(values);
  return {
    keys: context.keys.map(({ token }) => rowOf(context, token)),
    x: some(projection?.input),
    queryMap: projection && {
      matrix: list(projection.matrix),
      bias: some(projection.bias),
      isTurned: projection.isTurned,
    },
    q: list(q),
    k: list(k),
    v: list(v),
    products: list(parts.products),
    weights: list(weights),
    mixed: list(run.trace.part(`${prefix}mixed`, [[text], undefined, [query]], "explain").data),
    head,
    written: list(output.own),
    attended: list(output.attended),
    before: some(output.before),
    after: some(output.after),
  };
}
