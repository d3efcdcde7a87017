import { keyMask } from "../../attention/masks.ts";
import type { ImageProcessorClass } from "../../images/image-processor.ts";
import type { Probe } from "../../probe/probe.ts";
import type { Activation } from "../../tensor/attributes.ts";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import {
  type LinearWeights,
  layerNorm,
  linear,
  meanPool,
  type NormWeights,
  reshape,
  slice,
} from "../../tensor/operations.ts";
import type { Program } from "../../tensor/program.ts";
import type { Network, Outputs, Readout, Task } from "../family.ts";
import type { Inputs, PatchGrid } from "../inputs.ts";
import { type PreNormWeights, preNormBlock } from "../parts/pre-norm.ts";
import {
  exampleImage,
  type PictureFrame,
  type PictureTokens,
  pictureTokens,
} from "./picture-tokens.ts";

/** An encoder over the patches of images, its norms before each part, as data: what its family's file says of it. */
export interface PictureEncoder {
  readonly family: string;
  readonly frame: PictureFrame;
  readonly trained: PatchGrid;
  readonly preparedBy: ImageProcessorClass;
  /** Tokens before the patches, by name. */
  readonly leading: readonly string[];
  readonly heads: number;
  readonly headWidth: number;
  readonly width: number;
  readonly feedForward: number;
  readonly activation: Activation;
  readonly epsilon: number;
  readonly tokens: PictureTokens;
  /** Of the tokens before they enter the first layer (CLIP). */
  readonly tokensNorm?: NormWeights;
  readonly layers: readonly PreNormWeights[];
  /** Behind the last layer; undefined where `final` is the stream itself. */
  readonly norm: NormWeights | undefined;
  /** What positions add to the scores of each layer, (1, H, T, T). */
  readonly bias?: (grid: PatchGrid, program: Program) => (layer: number) => LazyTensor | undefined;
  readonly head: PictureHead;
  /** Whether its vector of an image is to be compared with those of texts: a tower. */
  readonly isCompared?: boolean;
  /** Why a kind of site is not there, where that is not as in ViT. */
  readonly absent: Readonly<Record<string, string | undefined>>;
  /** Refuses what a run gives beyond what its inputs are checked for. */
  readonly expect?: (inputs: Inputs) => void;
}

/** What stands on top. */
export interface PictureHead {
  readonly task: Task;
  /** One vector of an image: final (B, T, C) → (B, C). */
  readonly pool?: (final: LazyTensor) => LazyTensor;
  /** What `pool` made of an image, in the space that images and texts share: (B, C) → (B, C'). */
  readonly project?: (pooled: LazyTensor) => LazyTensor;
  /** final (B, T, C) and what `pool` made of it → (B, labels) */
  readonly logits?: (final: LazyTensor, pooled: LazyTensor | undefined) => LazyTensor;
  /** A classifier that reads one token, to read every token alike: (labels, C); null hands on what it reads. */
  readonly classifier?: LinearWeights | null;
  /** What else it makes of `final` (B, T, C): pixels painted anew, names of patches. */
  readonly more?: (final: LazyTensor, grid: PatchGrid, probe: Probe) => Partial<Outputs>;
}

/** A network of such layers, put together from data. */
export function pictureEncoder(encoder: PictureEncoder): Network {
  const { family, frame, trained, heads, headWidth, leading, head } = encoder;
  return {
    dimensions: {
      layers: encoder.layers.length,
      heads,
      keyHeads: heads,
      headWidth,
      width: encoder.width,
      feedForward: encoder.feedForward,
      vocabulary: 0,
      positions: leading.length + trained.rows * trained.columns,
    },
    task: head.task,
    takes: encoder.tokens.hidden ? ["hiddenPatches"] : [],
    isCausal: false,
    // Positions are interpolated for larger images.
    isUnbounded: true,
    readsTypes: false,
    images: {
      channels: frame.num_channels,
      size: frame.image_size,
      patch: frame.patch_size,
      leading,
      preparedBy: encoder.preparedBy,
    },
    paddingId: 0,
    isCompared: encoder.isCompared,
    absent: absentOfPictures(family, encoder.absent),
    scoreScale: () => 1 / Math.sqrt(headWidth),
    exampleInputs: (length, batch) => exampleImage(frame, trained, leading.length, length, batch),
    readout: pictureReadout(encoder),
    forward: (inputs, probe) => forward(encoder, inputs, probe),
  };
}

/** Why a kind of site is not there, where a family does not say otherwise. */
export function absentOfPictures(family: string, own: PictureEncoder["absent"]): Network["absent"] {
  const reasons = Object.entries({
    "scores.position": `${family} adds positions to the embeddings, not to the scores`,
    "scores.bias": `${family} adds nothing to the scores`,
    pooled: "this checkpoint has no pooler",
    logits: "this checkpoint has no head",
    ...own,
  });
  return Object.fromEntries(
    reasons.filter((reason): reason is [string, string] => reason[1] !== undefined),
  );
}

function pictureReadout({ norm, epsilon, head }: PictureEncoder): Readout | undefined {
  const { classifier } = head;
  if (classifier === undefined) return undefined;
  return {
    stack: "",
    norm: norm && { kind: "layer", epsilon, ...norm },
    logits: (final) => (classifier ? linear(final, classifier) : final),
    ...(classifier && { map: { ...classifier, scale: 1 } }),
  };
}

function forward(encoder: PictureEncoder, inputs: Inputs, probe: Probe): Outputs {
  const { program } = probe;
  const { heads, activation, epsilon, norm } = encoder;
  encoder.expect?.(inputs);
  const { batch: B, length: T } = inputs;
  const mask = { keys: keyMask(inputs.mask, [B, T], program) }; // (B, S)
  const tokens = pictureTokens(encoder.tokens, inputs, program); // (B, T, C)
  const { tokensNorm } = encoder;
  let x = probe.site("embeddings", tokensNorm ? layerNorm(tokens, tokensNorm, epsilon) : tokens);
  const biasOf = encoder.bias?.(inputs.grid!, program);
  for (const [layer, w] of encoder.layers.entries()) {
    const attention = { scale: 1 / Math.sqrt(encoder.headWidth), mask, bias: biasOf?.(layer) };
    x = probe.layer(layer, x, (x, probe) =>
      preNormBlock(x, w, { heads, activation, epsilon, attention }, probe),
    );
  }
  const final = probe.site("final", norm ? layerNorm(x, norm, epsilon) : x); // (B, T, C)
  return pictureOutputs(final, encoder.head, inputs, probe);
}

/** What a head makes of `final` (B, T, C). */
export function pictureOutputs(
  final: LazyTensor,
  head: PictureHead,
  { grid }: Inputs,
  probe: Probe,
): Outputs {
  const pooled = head.pool && probe.site("pooled", head.pool(final));
  const projected = pooled && head.project && probe.site("projected", head.project(pooled));
  const logits = head.logits && probe.site("logits", head.logits(final, pooled));
  return { final, pooled, projected, logits, ...head.more?.(final, grid!, probe) };
}

/** One token of every image: final (B, T, C) → (B, C). */
export function tokenAt(final: LazyTensor, place: number): LazyTensor {
  const [B, , C] = final.shape as readonly [number, number, number];
  return reshape(slice(final, 1, place, place + 1), [B, C]);
}

/** The mean of an image's patches, which stand behind its first tokens: final (B, T, C) → (B, C). */
export function meanOfPatches(final: LazyTensor, before: number): LazyTensor {
  const [B, T] = final.shape as readonly [number, number, number];
  const isPatch = Int32Array.from({ length: B * T }, (_, place) => (place % T < before ? 0 : 1));
  return meanPool(final, final.program!.input(isPatch, [B, T], "patches that are averaged"));
}
