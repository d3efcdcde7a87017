import { layerMasks, type Reach } from "../../attention/masks.ts";
import type { Probe } from "../../probe/probe.ts";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import { embed, type LinearWeights, linear } from "../../tensor/operations.ts";
import type { Program } from "../../tensor/program.ts";
import { paddingIdOf } from "../config.ts";
import type { Dimensions, Network, Norm, Outputs, Turning } from "../family.ts";
import { type ExtraInput, expectIds, type Inputs } from "../inputs.ts";
import { type CausalHead, causalReadout, spreadUnder } from "./causal-head.ts";
import { type BlockShape, type DecoderLayer, decoderBlock } from "./decoder-block.ts";
import { norm } from "./norm.ts";
import type { Angles } from "./rotary-angles.ts";

/** A decoder as data: what its family's file says of it. */
export interface Decoder {
  /** Its model_type. */
  readonly family: string;
  readonly dimensions: Dimensions;
  readonly words: LazyTensor; // (V, C)
  /** What becomes of the words' vectors before layer 0: (B, T, C) → (B, T, C). */
  readonly embed?: (words: LazyTensor, inputs: Inputs, program: Program) => LazyTensor;
  readonly layers: readonly DecoderLayer[];
  readonly shape: BlockShape;
  /** How far back each layer looks; left out, all layers see everything before. */
  readonly windows?: readonly (Reach | undefined)[];
  /** Whether positions that do not go on by one start another text. */
  readonly isPackable?: boolean;
  /** How each layer turns queries and keys by their positions; undefined where it does not. */
  readonly angles?: readonly (Angles | undefined)[];
  /** Added to the scores of all layers: (B or 1, H or 1, T, S). */
  readonly bias?: (inputs: Inputs, program: Program) => LazyTensor;
  /** Behind the last layer. */
  readonly norm?: Norm;
  /** Behind that, where the head has another width. */
  readonly project?: LinearWeights;
  readonly head: CausalHead;
  readonly scoreScale: number;
  readonly scoreCap?: number;
  /** Where its positions come in. */
  readonly positions: "turned" | "embedded" | "sloped";
  readonly turning?: Turning;
  readonly takes: readonly ExtraInput[];
  readonly isCausal: boolean;
  /** Whether texts may be longer than the positions it was trained on. */
  readonly isUnbounded: boolean;
  /** A text longer than this is read anew while it is written. */
  readonly renewsPast?: number;
  /** The ids of padding and of a text's end. */
  readonly ids: {
    readonly pad_token_id?: number | null;
    readonly eos_token_id?: number | readonly number[] | null;
  };
  /** The end that its class has where the files name none. */
  readonly usualEnd: number | undefined;
}

/** The same for every layer. */
export function eachLayer<T>(layers: number, value: T): T[] {
  return Array.from({ length: layers }, () => value);
}

/** A network of decoder layers, put together from data. */
export function decoderNetwork(decoder: Decoder): Network {
  const { family, dimensions, head, project } = decoder;
  const { pad_token_id: padding, eos_token_id: end } = decoder.ids;
  const hasBias = decoder.positions === "sloped";
  return {
    dimensions,
    task: head.task,
    takes: decoder.takes,
    isCausal: decoder.isCausal,
    isUnbounded: decoder.isUnbounded,
    readsTypes: false,
    paddingId: paddingIdOf(dimensions.vocabulary, padding, end),
    absent: {
      normed: "the norms come after the parts: the projections see the stream itself",
      "scores.uncapped": `${family} does not cap its scores`,
      "scores.position": positionWords[decoder.positions](family),
      ...(hasBias ? {} : { "scores.bias": `${family} adds nothing to the scores` }),
      pooled: `${family} has no pooler`,
      logits: "this checkpoint has no head",
    },
    endId: decoder.usualEnd,
    generates: head.task === "language modeling",
    renewsPast: decoder.renewsPast,
    turning: decoder.turning,
    headNorm: decoder.layers[0]?.queryNorm,
    scoreScale: () => decoder.scoreScale,
    scoreCap: decoder.scoreCap,
    readout: causalReadout(head, decoder.norm, project),
    forward: (inputs, probe) => forward(decoder, inputs, probe),
  };
}

const positionWords = {
  turned: (family: string) =>
    `${family} turns queries and keys by their positions; the scores have no part for them`,
  embedded: (family: string) => `${family} adds positions to the embeddings, not to the scores`,
  sloped: (family: string) =>
    `what a place adds to a score in ${family} is a slope of each head: see scores.bias`,
} as const;

function forward(decoder: Decoder, inputs: Inputs, probe: Probe): Outputs {
  const { family, shape, head, scoreScale: scale, scoreCap: cap } = decoder;
  const { program } = probe;
  const { batch: B, length: T, cache } = inputs;
  const {
    angles = [],
    isCausal,
    isPackable,
    layers,
    windows = layers.map(() => undefined),
  } = decoder;
  const masks = layerMasks(inputs, program, windows, { isCausal, isPackable });
  const turns = new Map(angles.map((turn) => [turn, turn?.(inputs, program)]));
  const bias = decoder.bias?.(inputs, program);
  const words = embed(decoder.words, program.input(expectIds(inputs, family), [B, T], "ids"));
  let x = probe.site("embeddings", decoder.embed?.(words, inputs, program) ?? words); // (B, T, C)
  for (const [layer, w] of layers.entries()) {
    const memory = cache?.memory(`layers.${layer}`);
    const mask = masks[layer];
    const attention = { mask, scale, cap, bias, memory, spread: spreadUnder(head) };
    x = probe.layer(layer, x, (x, probe) =>
      decoderBlock(x, w, shape, { attention, turn: turns.get(angles[layer]) }, probe),
    );
  }
  const normed = decoder.norm ? norm(x, decoder.norm) : x;
  const final = probe.site("final", decoder.project ? linear(normed, decoder.project) : normed);
  const logits = head.logits?.(final, inputs); // (B, T, V) or (B, labels)
  return { final, logits: logits && probe.site("logits", logits) };
}
