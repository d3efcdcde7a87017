import type { LoadedModel } from "../../models/loaded-model.ts";
import { dot, farApart } from "./vectors.ts";

/** How far numbers made again may be from the run's. */
const closeEnough = 1e-3;

/** What attention gives, before anything is done with it, to what joins the stream: a factor for each number (C); undefined where both are the same. */
export type JoinedFactors = (
  given: ArrayLike<number>,
  joined: ArrayLike<number>,
) => Float64Array | undefined;

/**
 * The factors of one attention ("layers.3."): some families norm what it gives before it joins the stream, or multiply it. A norm is held at
 * the size it had in the run. Where no such factors lead from the one to the other (a patch), there are none.
 */
export async function joinedFactors(model: LoadedModel, prefix: string): Promise<JoinedFactors> {
  const parameter =
    model.parameter(`${prefix}attention.output.norm.gain`) ??
    model.parameter(`${prefix}attention.scale`);
  const gain = parameter && (await model.parameterRows(parameter));
  return (given, joined) => {
    if (farApart(given, joined) <= closeEnough && !gain) return undefined;
    const shape = Float64Array.from(given, (value, c) => value * (gain?.[c] ?? 1));
    const size = dot(shape, shape);
    const rate = size === 0 ? 0 : dot(shape, joined) / size;
    const made = shape.map((value) => value * rate);
    if (farApart(made, joined) > closeEnough) return undefined;
    return Float64Array.from(given, (_, c) => rate * (gain?.[c] ?? 1));
  };
}
