import { attend } from "../../attention/attend.ts";
import type { Memory } from "../../attention/cache.ts";
import {
  type AttentionWeights,
  projectKeyValue,
  projectOutput,
  projectQuery,
} from "../../attention/project.ts";
import type { Probe } from "../../probe/probe.ts";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import { add, type Mask } from "../../tensor/operations.ts";
import type { Norm } from "../family.ts";
import { norm } from "./norm.ts";

/** How a layer of a decoder looks at an encoder. */
export interface LookWeights {
  readonly norm: Norm;
  readonly attention: AttentionWeights;
}

/** What a layer of a decoder needs to look at an encoder. */
export interface Cross {
  /** (B, S, C); needed in the first pass only, where there is a memory. */
  readonly encoded: LazyTensor | undefined;
  readonly mask: Mask;
  readonly memory: Memory | undefined;
}

interface LookShape {
  readonly heads: number;
  /** What q·k is multiplied by. */
  readonly scale: number;
  /** The look reads a normed stream; otherwise the stream is normed when the look has joined it. */
  readonly normsFirst: boolean;
}

/** Queries of the decoder's stream (B, T, C), keys and values of the encoder's final state (B, S, C) → (B, T, C). `probe` is within "cross.". */
export function lookAtEncoder(
  x: LazyTensor,
  { norm: own, attention }: LookWeights,
  { heads, scale, normsFirst }: LookShape,
  { encoded, mask, memory }: Cross,
  probe: Probe,
): LazyTensor {
  const read = normsFirst ? probe.site("normed", norm(x, own)) : x; // (B, T, C)
  const q = projectQuery(read, attention, heads, probe); // (B, H, T, D)
  const make = () => projectKeyValue(encoded!, attention, heads, probe); // (B, H, S, D)
  const { k, v } = memory ? memory.once(make) : make();
  const mixed = attend(q, k, v, { scale, mask }, probe); // (B, H, T, D)
  const sum = add(x, projectOutput(mixed, attention, probe)); // (B, T, C)
  return probe.site("middle", normsFirst ? sum : norm(sum, own));
}
