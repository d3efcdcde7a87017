import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import { layerNorm, rmsNorm } from "../../tensor/operations.ts";
import type { Norm } from "../family.ts";
import type { Parameters } from "../parameters.ts";

/** A norm with what it learned: x (…, C) → (…, C). */
export function norm(x: LazyTensor, { kind, gain, bias, epsilon }: Norm): LazyTensor {
  const C = x.shape.at(-1)!;
  const all = (value: number, name: string) =>
    x.program!.input(new Float32Array(C).fill(value), [C], name);
  const own = gain ?? all(1, "no gain");
  if (kind === "rms") return rmsNorm(x, own, epsilon);
  return layerNorm(x, { gain: own, bias: bias ?? all(0, "no bias") }, epsilon);
}

/** Which norms a family has, by its config. */
export interface NormKind {
  readonly kind: Norm["kind"];
  readonly epsilon: number;
  /** What files leave out of a gain: 1 where they store how far it is from that (Gemma). */
  readonly added?: number;
  /** Whether a layer norm adds a bias; it does where this is left out. */
  readonly hasBias?: boolean;
  /** Whether it learned anything; it did where this is left out. */
  readonly isLearned?: boolean;
}

/** Takes a norm of this width by its name in the file. */
export function takeNorm(
  from: Parameters,
  stored: string,
  width: number,
  name: string,
  { kind, epsilon, added, hasBias = true, isLearned = true }: NormKind,
): Norm {
  if (!isLearned) return { kind, epsilon };
  if (kind === "layer" && hasBias) return { kind, epsilon, ...from.norm(stored, width, name) };
  const gain = from.plain(`${stored}.weight`, [width], `${name}.gain`, { added });
  return { kind, epsilon, gain };
}
