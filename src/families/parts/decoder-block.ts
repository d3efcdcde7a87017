import { type AttendOptions, attend } from "../../attention/attend.ts";
import { everyText } from "../../attention/every-text.ts";
import { type AttentionWeights, projectOutput } from "../../attention/project.ts";
import type { Probe } from "../../probe/probe.ts";
import type { Activation } from "../../tensor/attributes.ts";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import {
  add,
  type LinearWeights,
  linear,
  multiply,
  rotary,
  scale,
  splitHeads,
} from "../../tensor/operations.ts";
import type { Norm } from "../family.ts";
import { joinedOutput } from "./joined-output.ts";
import { norm } from "./norm.ts";
import type { Turn } from "./rotary-angles.ts";

/** The weights of one layer of a decoder; what a family does not have is left out. */
export interface DecoderLayer {
  /** Before attention; without it attention reads the stream itself. */
  readonly attentionNorm?: Norm;
  readonly attention: AttentionWeights;
  /** Of queries and keys, before they turn: as wide as one head, or as all of them. */
  readonly queryNorm?: Norm;
  readonly keyNorm?: Norm;
  /** Of what attention gives, before it joins the stream. */
  readonly outputNorm?: Norm;
  /** Before feed-forward; without it that reads what stands there: the stream, or beside attention what attention reads. */
  readonly mlpNorm?: Norm;
  readonly gate?: LinearWeights; // (F, C)
  readonly up: LinearWeights; // (F, C)
  readonly down: LinearWeights; // (C, F)
  /** Of what feed-forward gives, before it joins the stream. */
  readonly mlpOutputNorm?: Norm;
  /** Of the stream itself, when attention has joined it, and when feed-forward has (OPT 350M). */
  readonly joinNorms?: { readonly attention: Norm; readonly mlp: Norm };
}

/** How a family puts the parts of its layers together. */
export interface BlockShape {
  readonly heads: number;
  readonly keyHeads: number;
  readonly activation: Activation;
  /** Feed-forward reads the stream that enters the layer, beside attention, and not what attention made of it. */
  readonly isParallel?: boolean;
  /** Each part is added to what it reads, normed, and not to the stream before that norm. */
  readonly joinsNormed?: boolean;
  /** What each part is multiplied by before it joins the stream. */
  readonly residualScale?: number;
  /** Which numbers rotary positions turn together. */
  readonly pairs?: "halves" | "neighbours";
}

/** What a layer is told in one pass. */
export interface LayerPass {
  readonly attention: AttendOptions;
  /** Cosines and sines of the positions; undefined where a layer does not turn. */
  readonly turn?: Turn;
}

/** Attention and feed-forward, one after the other or side by side: x (B, T, C) → (B, T, C). */
export function decoderBlock(
  x: LazyTensor,
  w: DecoderLayer,
  shape: BlockShape,
  { attention, turn }: LayerPass,
  probe: Probe,
): LazyTensor {
  const { isParallel, joinsNormed, residualScale = 1 } = shape;
  const read = w.attentionNorm ? probe.site("normed", norm(x, w.attentionNorm)) : x; // (B, T, C)
  const turned = (heads: LazyTensor) => (turn ? rotary(heads, turn, shape.pairs) : heads);
  const q = probe.site("q", turned(headsOf(read, w.attention.q, shape.heads, w.queryNorm))); // (B, H, T, D)
  const k = probe.site("k", turned(headsOf(read, w.attention.k, shape.keyHeads, w.keyNorm)));
  const v = probe.site("v", linear(read, w.attention.v, { heads: shape.keyHeads })); // (B, Hkv, T, D)
  const bias = attention.bias && everyText(attention.bias, x.shape[0]!, probe);
  const mixed = attend(q, k, v, { ...attention, bias }, probe); // (B, H, T, D)
  const output = projectOutput(mixed, w.attention, probe); // (B, T, C)
  const attended =
    w.outputNorm || residualScale !== 1
      ? joinedOutput(
          output,
          mixed,
          w.attention.o,
          { norm: w.outputNorm, scale: residualScale },
          probe,
        )
      : output; // (B, T, C)
  const { joinNorms } = w;
  const joined = add(joinsNormed ? read : x, attended); // (B, T, C)
  const middle = probe.site("middle", joinNorms ? norm(joined, joinNorms.attention) : joined);
  const before = isParallel ? x : middle;
  const inner = w.mlpNorm ? norm(before, w.mlpNorm) : isParallel ? read : middle;
  const wide = linear(inner, w.gate ?? w.up, { activation: shape.activation }); // (B, T, F)
  const made = linear(w.gate ? multiply(wide, linear(inner, w.up)) : wide, w.down); // (B, T, C)
  const forward = probe.site("mlp", made);
  const mlp =
    w.mlpOutputNorm || residualScale !== 1
      ? probe.site(
          "mlp.joined",
          scale(w.mlpOutputNorm ? norm(forward, w.mlpOutputNorm) : forward, residualScale),
        )
      : forward; // (B, T, C)
  const after = add(joinsNormed ? inner : middle, mlp);
  return joinNorms ? norm(after, joinNorms.mlp) : after;
}

/** x·W head by head, normed where a family norms queries and keys: (B, T, C) → (B, H, T, D). */
function headsOf(
  x: LazyTensor,
  weights: LinearWeights,
  heads: number,
  own: Norm | undefined,
): LazyTensor {
  const isOfAll = own?.gain?.shape[0] === weights.weight.shape[0];
  if (own && isOfAll) return splitHeads(norm(linear(x, weights), own), heads);
  const split = linear(x, weights, { heads });
  return own ? norm(split, own) : split;
}
