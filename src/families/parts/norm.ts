import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import { layerNorm, rmsNorm } from "../../tensor/operations.ts";
import type { Norm } from "../family.ts";
import type { Parameters } from "../parameters.ts";

/** A norm with what it learned: x (…, C) → (…, C). */
export function norm(x: LazyTensor, { kind, gain, bias, epsilon }: Norm): LazyTensor {
  return kind === "rms" ? rmsNorm(x, gain, epsilon) : layerNorm(x, { gain, bias: bias! }, epsilon);
}

/** Which norms a family has, by its config. */
export interface NormKind {
  readonly kind: Norm["kind"];
  readonly epsilon: number;
  /** What files leave out of a gain: 1 where they store how far it is from that (Gemma). */
  readonly added?: number;
}

/** Takes a norm of this width by its name in the file. */
export function takeNorm(
  from: Parameters,
  stored: string,
  width: number,
  name: string,
  { kind, epsilon, added }: NormKind,
): Norm {
  if (kind === "layer") return { kind, epsilon, ...from.norm(stored, width, name) };
  const gain = from.plain(`${stored}.weight`, [width], `${name}.gain`, { added });
  return { kind, epsilon, gain };
}
