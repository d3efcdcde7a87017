import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import { layerNorm, rmsNorm } from "../../tensor/operations.ts";
import type { Norm } from "../family.ts";
import type { Parameters } from "../parameters.ts";

/** A norm with what it learned: x (…, C) → (…, C). */
export function norm(x: LazyTensor, { kind, gain, bias, epsilon }: Norm): LazyTensor {
  if (kind === "rms") return rmsNorm(x, gain, epsilon);
  const [C] = gain.shape as readonly [number];
  const none = () => x.program!.input(new Float32Array(C), [C], "no bias");
  return layerNorm(x, { gain, bias: bias ?? none() }, epsilon);
}

/** Which norms a family has, by its config. */
export interface NormKind {
  readonly kind: Norm["kind"];
  readonly epsilon: number;
  /** What files leave out of a gain: 1 where they store how far it is from that (Gemma). */
  readonly added?: number;
  /** Whether a layer norm adds a bias; it does where this is left out. */
  readonly hasBias?: boolean;
}

/** Takes a norm of this width by its name in the file. */
export function takeNorm(
  from: Parameters,
  stored: string,
  width: number,
  name: string,
  { kind, epsilon, added, hasBias = true }: NormKind,
): Norm {
  if (kind === "layer" && hasBias) return { kind, epsilon, ...from.norm(stored, width, name) };
  const gain = from.plain(`${stored}.weight`, [width], `${name}.gain`, { added });
  return { kind, epsilon, gain };
}
