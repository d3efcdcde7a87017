import { causalMask, keyMask } from "../../attention/masks.ts";
import { InputError } from "../../errors/errors.ts";
import type { Probe } from "../../probe/probe.ts";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import { slice } from "../../tensor/operations.ts";
import type { Program } from "../../tensor/program.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Norm, Outputs, Readout } from "../family.ts";
import { expectIds, type Inputs } from "../inputs.ts";
import { norm } from "../parts/norm.ts";
import type { LabelHead } from "./label-head.ts";
import { type StackLayer, type StackShape, stackBlock } from "./stack-block.ts";

/** What one stack reads in a pass: ids (B, T), behind `past` earlier tokens; or sound, and no ids. */
export interface StackRows {
  readonly batch: number;
  readonly length: number;
  readonly ids: Int32Array;
  readonly past: number;
  /** (B, mel bins, frames) */
  readonly features?: Tensor;
}

/** An encoder or a decoder, as data. */
export interface Stack {
  readonly shape: StackShape;
  readonly layers: readonly StackLayer[];
  /** What enters layer 0: (B, T, C). */
  readonly embed: (rows: StackRows, program: Program) => LazyTensor;
  /** Added to the scores of its own attention: (1, H, T, past + T). */
  readonly bias?: (rows: StackRows, program: Program) => LazyTensor;
  /** Behind the last layer. */
  readonly norm?: Norm;
}

/** An encoder, and a decoder that looks at it. */
export interface Stacks {
  readonly family: string;
  readonly encoder: Stack;
  /** None where the encoder stands alone. */
  readonly decoder: Stack | undefined;
  /** Whether the decoder's later tokens see earlier ones only. */
  readonly isCausal: boolean;
  /** The head over words, where there is one. */
  readonly readout: Readout | undefined;
  /** The head over labels or spans, where there is one. */
  readonly labels: LabelHead | undefined;
}

/** One pass through both stacks and the head. */
export function runStacks(stacks: Stacks, inputs: Inputs, probe: Probe): Outputs {
  const { labels, readout } = stacks;
  // While generating, the decoder finds what it made of the encoder's state in the cache.
  const isEncoded = inputs.cache !== undefined && inputs.cache.length > 0;
  const streams: LazyTensor[] = [];
  const encoded = isEncoded ? undefined : encode(stacks, inputs, probe, streams);
  const labelled = (final: LazyTensor) =>
    labels && probe.site("logits", labels.logits(final, inputs));
  if (!stacks.decoder) {
    const read = labels?.ofStreams?.([...streams, encoded!]) ?? encoded!;
    return { final: encoded!, logits: labelled(read) };
  }
  const final = decode(stacks, stacks.decoder, inputs, encoded, probe); // (B, T, C)
  if (labels) return { final, encoded, logits: labelled(final) };
  if (!readout) return { final, encoded };
  const states = inputs.isLastOnly ? slice(final, 1, final.shape[1]! - 1, final.shape[1]!) : final;
  return { final, encoded, logits: probe.site("logits", readout.logits(states)) };
}

/** The encoder's final state: ids (B, S), or sound of S tokens → (B, S, C); what entered each layer goes to `streams`. */
function encode(
  { family, encoder }: Stacks,
  inputs: Inputs,
  outer: Probe,
  streams: LazyTensor[],
): LazyTensor {
  const probe = outer.within("encoder.");
  const { program } = probe;
  const { batch, length, features } = inputs;
  const ids = features ? new Int32Array() : expectIds(inputs, family);
  const rows = { batch, length, ids, past: 0, features };
  const mask = { keys: keyMask(inputs.mask, [batch, length], program) };
  const bias = encoder.bias?.(rows, program);
  let x = probe.site("embeddings", encoder.embed(rows, program)); // (B, S, C)
  for (const [layer, w] of encoder.layers.entries()) {
    streams.push(x);
    x = probe.layer(layer, x, (x, probe) => stackBlock(x, w, encoder.shape, { mask, bias }, probe));
  }
  return probe.site("final", encoder.norm ? norm(x, encoder.norm) : x);
}

/**
 * The decoder's final state: decoder ids (B, T) → (B, T, C), looking at the encoder's (B, S, C). With `inputs.cache` the ids
 * are those of new tokens, and `encoded` is needed in the first pass only.
 */
function decode(
  { isCausal }: Stacks,
  decoder: Stack,
  inputs: Inputs,
  encoded: LazyTensor | undefined,
  outer: Probe,
): LazyTensor {
  const probe = outer.within("decoder.");
  const { program } = probe;
  const { batch, cache } = inputs;
  if (!inputs.decoder)
    throw new InputError(
      "the decoder has nothing to read: config.json names no token that it begins with (decoder_start_token_id), and the input no decoderIds. Give decoderIds",
    );
  const { length, ids, mask: given } = inputs.decoder;
  const rows = { batch, length, ids, past: cache?.length ?? 0 };
  const mask = causalMask({ batch, length, mask: given, cache }, program, { isCausal });
  const encoderMask = { keys: keyMask(inputs.mask, [batch, inputs.length], program) };
  const bias = decoder.bias?.(rows, program);
  let x = probe.site("embeddings", decoder.embed(rows, program)); // (B, T, C)
  for (const [layer, w] of decoder.layers.entries()) {
    const name = `decoder.layers.${layer}`;
    const memory = cache?.memory(name);
    const cross = { encoded, mask: encoderMask, memory: cache?.memory(`${name}.cross`) };
    x = probe.layer(layer, x, (x, probe) =>
      stackBlock(x, w, decoder.shape, { mask, bias, memory, cross }, probe),
    );
  }
  return probe.site("final", decoder.norm ? norm(x, decoder.norm) : x);
}
