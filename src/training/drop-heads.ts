import { InputError } from "../errors/errors.ts";
import { expectKeys, type KeysOf } from "../errors/options.ts";
import { type Dimensions, layerDimensions } from "../families/family.ts";
import { allHeads, formatHead, type HeadAddress, parseHead } from "../probe/head-address.ts";
import type { Patch } from "../probe/patch.ts";
import { makeRandom } from "../tasks/sampling.ts";

/**
 * Which heads texts do without now and then while a model learns (DropHead: Zhou et al. 2020, arXiv 2004.13342), so that others come to do
 * the same and none has to be there. The heads that stay are not scaled up: a head that is cut later is missing in the same way.
 */
export interface DropHeads {
  /** The share of texts that go without a head: every head of every text by a draw of its own. */
  readonly share: number;
  /** Heads by address, L0H1; all if not given. */
  readonly heads?: readonly string[];
  /** What the draws of every step begin with; 0 if not given. */
  readonly seed?: number;
}

const dropKeys: KeysOf<DropHeads> = { share: true, heads: true, seed: true };

/** What each step's pass goes without, as patches: a step is drawn from the seed and its own number, so that a training can be broken off. */
export type Drawn = (step: number, texts: number) => readonly Patch[];

/** Throws InputError for a share that is none, for a head that the model does not have, and for models of an encoder and a decoder. */
export function drawnHeads(drop: DropHeads | undefined, dimensions: Dimensions): Drawn {
  if (drop === undefined) return () => [];
  expectKeys(drop, dropKeys, "train: dropHeads");
  const { share, heads: named, seed = 0 } = drop;
  if (!(share >= 0 && share < 1))
    throw new InputError(
      `train: dropHeads.share is ${share}, needs a number from 0 up to 1, such as 0.1`,
    );
  if (dimensions.decoderLayers !== undefined)
    throw new InputError(
      "train: dropHeads is for models of one stack of layers, and this one has an encoder and a decoder. Leave it out; patch takes a head away for good",
    );
  const heads =
    named?.map((text) => expectHead(parseHead(text), dimensions)) ?? allHeads(dimensions);
  return (step, texts) => {
    const random = makeRandom(seed, step);
    const patches: Patch[] = [];
    for (const { layer, head } of heads) {
      const text = Array.from({ length: texts }, (_, text) => text).filter(() => random() < share);
      if (text.length > 0) patches.push({ site: `layers.${layer}.mixed`, head, text, set: 0 });
    }
    return patches;
  };
}

function expectHead(address: HeadAddress, dimensions: Dimensions): HeadAddress {
  const { layers } = dimensions;
  const heads = layerDimensions(dimensions, address.layer).heads;
  if (address.layer >= layers || address.head >= heads)
    throw new InputError(
      `train: dropHeads: there is no ${formatHead(address)}: the model has ${layers} layers, L0 to L${layers - 1}, of ${heads} heads, H0 to H${heads - 1}`,
    );
  return address;
}
