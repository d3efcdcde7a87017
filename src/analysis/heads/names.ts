/**
 * Names of heads, after Clark et al. 2019 (arXiv 1906.04341) and Voita et al. 2019 (arXiv 1905.09418), who name by score alone; here by
 * excess = (score − expected) / (1 − expected), expected being chance or what the head gives other keys as far.
 */

import { expectKeys } from "../../errors/options.ts";
import { type HeadAddress, headAt } from "../../probe/head-address.ts";
import type { HeadDetection } from "./detect.ts";

/** Something a head does, strongly enough to be called so. */
export interface HeadName extends HeadAddress {
  readonly name: string;
  readonly short: string;
  readonly what: string;
  readonly score: number;
  readonly chance: number;
  /** What the head gives other keys at the same distances, for patterns of content. */
  readonly habit?: number;
  readonly spread: number;
  readonly texts: number;
  /** (score − expected) / (1 − expected), expected the larger of chance and habit: the share of what could be above it. */
  readonly excess: number;
}

/** When a head has a name. */
export interface NameOptions {
  /** The least excess; 0.3 if not given. */
  readonly least?: number;
  /** How even a head must look to be called broad, as a share of uniform entropy; 0.9 if not given. */
  readonly leastBroad?: number;
}

/**
 * What each head stands out by, most first: patterns whose excess is at least `least` and, over three texts or more, whose score is above what
 * is expected by two standard errors; "broad" where none is and the head looks at nearly everything alike. Of a head that stands out by nothing
 * there is no entry.
 */
export function nameHeads(
  { layers, firstLayer = 0, heads, texts, patterns, broad }: HeadDetection,
  options: NameOptions = {},
): HeadName[] {
  expectKeys(options, { least: true, leastBroad: true }, "nameHeads");
  const { least = 0.3, leastBroad = 0.9 } = options;
  const names: HeadName[] = [];
  for (let place = 0; place < layers * heads; place++) {
    const row = Math.floor(place / heads);
    const address = headAt(place, { heads, firstLayer });
    const own = patterns
      .map(({ name, short, what, scores, spread, chance, habit, texts }) => {
        const score = scores[place]!;
        const expected = Math.max(chance[row]!, habit?.[place] ?? 0);
        const excess = expected < 1 ? (score - expected) / (1 - expected) : 0;
        const error = spread[place]! / Math.sqrt(texts);
        return {
          ...address,
          name,
          short,
          what,
          score,
          chance: chance[row]!,
          ...(habit && { habit: habit[place]! }),
          spread: spread[place]!,
          texts,
          excess,
          isSure: texts < 3 || score - 2 * error > expected,
        };
      })
      .filter(({ excess, isSure }) => excess >= least && isSure)
      .sort((a, b) => b.excess - a.excess)
      .map(({ isSure, ...name }) => name);
    names.push(...own);
    if (own.length === 0 && broad[place]! >= leastBroad)
      names.push({
        ...address,
        name: "broad",
        short: "broad",
        what: "looks at nearly everything alike",
        score: broad[place]!,
        chance: 1,
        spread: 0,
        texts,
        excess: 0,
      });
  }
  return names;
}

/** The strongest name of each head: (L, H), undefined where it has none. */
export function strongestNames(
  { layers, firstLayer = 0, heads }: Pick<HeadDetection, "layers" | "firstLayer" | "heads">,
  names: readonly HeadName[],
): (HeadName | undefined)[] {
  return Array.from({ length: layers * heads }, (_, place) =>
    names.find(({ layer, head }) => (layer - firstLayer) * heads + head === place),
  );
}
