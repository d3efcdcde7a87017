import { keyMask } from "../../attention/masks.ts";
import type { Probe } from "../../probe/probe.ts";
import type { Activation } from "../../tensor/attributes.ts";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import { add, embed, layerNorm, type NormWeights, reshape } from "../../tensor/operations.ts";
import type { Dimensions, Network, Outputs } from "../family.ts";
import { expectIds, type Inputs, positionIds } from "../inputs.ts";
import { type PreNormWeights, preNormBlock } from "../parts/pre-norm.ts";

/** An encoder of texts beside one of images, as data: what its family's file says of it. */
export interface TextTower {
  readonly family: string;
  readonly dimensions: Dimensions;
  readonly words: LazyTensor; // (V, C)
  readonly positions: LazyTensor; // (P, C)
  readonly layers: readonly PreNormWeights[];
  readonly norm: NormWeights;
  readonly activation: Activation;
  readonly epsilon: number;
  /** Whether later tokens see earlier ones only. */
  readonly isCausal: boolean;
  /** The place of the token that stands for a text, of its ids. */
  readonly placeOf: (ids: Int32Array) => number;
  /** What is made of that token's vector, (B, C) → (B, C). */
  readonly pool?: (token: LazyTensor) => LazyTensor;
  /** What was pooled, in the space that images and texts share: (B, C) → (B, C'). */
  readonly project?: (pooled: LazyTensor) => LazyTensor;
  /** Whether that token may be padding. */
  readonly readsPadding?: boolean;
  /** Texts are padded to so many tokens, all of which are seen. */
  readonly paddedTo?: number;
  readonly paddingId: number;
  readonly absent: Readonly<Record<string, string>>;
}

/** A network of such an encoder, put together from data. */
export function textTower(tower: TextTower): Network {
  const { family, dimensions } = tower;
  return {
    dimensions,
    task: "features",
    takes: ["positions"],
    isCausal: tower.isCausal,
    readsTypes: false,
    paddingId: tower.paddingId,
    readsPadding: tower.readsPadding,
    paddedTo: tower.paddedTo,
    isCompared: true,
    absent: {
      "scores.position": `${family} adds positions to the embeddings, not to the scores`,
      "scores.bias": `${family} adds nothing to the scores`,
      logits: `${family} has no head over words`,
      ...tower.absent,
    },
    scoreScale: () => 1 / Math.sqrt(dimensions.headWidth),
    forward: (inputs, probe) => forward(tower, inputs, probe),
  };
}

function forward(tower: TextTower, inputs: Inputs, probe: Probe): Outputs {
  const { program } = probe;
  const { activation, epsilon, dimensions } = tower;
  const { batch: B, length: T } = inputs;
  const ids = expectIds(inputs, tower.family);
  const mask = {
    keys: keyMask(inputs.mask, [B, T], program), // (B, S)
    causalOffset: tower.isCausal ? 0 : undefined,
  };
  const options = {
    heads: dimensions.heads,
    activation,
    epsilon,
    attention: { scale: 1 / Math.sqrt(dimensions.headWidth), mask },
  };
  const words = embed(tower.words, program.input(ids, [B, T], "ids")); // (B, T, C)
  const positions = embed(tower.positions, positionIds(inputs, program)); // (B or 1, T, C)
  let x = probe.site("embeddings", add(words, positions)); // (B, T, C)
  for (const [layer, w] of tower.layers.entries())
    x = probe.layer(layer, x, (x, probe) => preNormBlock(x, w, options, probe));
  const final = probe.site("final", layerNorm(x, tower.norm, epsilon)); // (B, T, C)
  const places = Int32Array.from(
    { length: B },
    (_, row) => row * T + tower.placeOf(ids.subarray(row * T, (row + 1) * T)),
  );
  const rows = reshape(final, [B * T, dimensions.width]);
  const token = embed(rows, program.input(places, [B], "the texts' tokens")); // (B, C)
  const pooled = probe.site("pooled", tower.pool ? tower.pool(token) : token);
  const projected = tower.project && probe.site("projected", tower.project(pooled)); // (B, C')
  return { final, pooled, projected };
}
