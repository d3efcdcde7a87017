import type { Probe } from "../../probe/probe.ts";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import {
  add,
  concat,
  headShares,
  type LinearWeights,
  multiply,
  reshape,
  rmsNorm,
  scale,
  slice,
  sum,
} from "../../tensor/operations.ts";
import type { Norm } from "../family.ts";
import { norm } from "./norm.ts";

/** What is done with attention's output before it joins the stream. */
interface OutputOptions {
  /** An RMS norm (Gemma 2, OLMo 2). */
  readonly norm?: Norm;
  /** A number it is multiplied by (Granite). */
  readonly scale?: number;
  /** A learned number for each of the stream's (layer scale: DINOv2, BEiT), (C). */
  readonly gain?: LazyTensor;
}

/**
 * What attention gives, (B, T, C), normed and multiplied: what joins the stream. Each head's own share is that of the result: a norm divides
 * all shares by the size of their sum.
 */
export function joinedOutput(
  output: LazyTensor,
  mixed: LazyTensor,
  o: LinearWeights,
  { norm: own, scale: factor = 1, gain }: OutputOptions,
  probe: Probe,
): LazyTensor {
  const times = (x: LazyTensor) => scale(gain ? multiply(x, gain) : x, factor);
  if (!probe.wants("heads.joined"))
    return probe.site("attended.joined", times(own ? norm(output, own) : output));
  const through = own ? asMap(output, own) : (part: LazyTensor) => part;
  const shares = headShares(mixed, o.weight); // (B, H, T, C)
  const heads = probe.site("heads.joined", times(through(shares))); // (B, H, T, C)
  const joined = sum(heads, 1); // (B, T, C)
  if (!o.bias) return probe.site("attended.joined", joined);
  const [B, T] = output.shape as readonly [number, number, number];
  const blank = probe.program.input(new Float32Array(B * T), [B, 1, T, 1], "tokens");
  const bias = sum(times(through(add(blank, o.bias))), 1); // (B, T, C)
  return probe.site("attended.joined", add(joined, bias));
}

/** An RMS norm as the map it is for these tokens' sizes: output (B, T, C) → a map of (B, H, T, C). */
function asMap(output: LazyTensor, { gain, epsilon }: Norm): (part: LazyTensor) => LazyTensor {
  const [B, T, C] = output.shape as readonly [number, number, number];
  const program = output.program!;
  // One more number of a known size beside the others comes out as 1 over the root of their mean square, times that size.
  const size = Math.sqrt(C * Math.max(epsilon, 1e-30));
  const known = program.input(new Float32Array(B * T).fill(size), [B, T, 1], "a known number");
  const ones = program.input(new Float32Array(C + 1).fill(1), [C + 1], "ones");
  const all = rmsNorm(concat([output, known], 2), ones, 0); // (B, T, C + 1)
  const inverse = scale(slice(all, 2, C, C + 1), Math.sqrt(C / (C + 1)) / size); // (B, T, 1)
  return (part) => {
    const sized = multiply(part, reshape(inverse, [B, 1, T, 1]));
    return gain ? multiply(sized, gain) : sized;
  };
}
