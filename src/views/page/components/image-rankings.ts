import { formatHead } from "../../../probe/head-address.ts";
import {
  headsOf,
  mostRanked,
  RankedElement,
  type RankedRow,
  type Ranking,
} from "../base/ranked-element.ts";
import type { SeenRow, SeenRows } from "../base/seen-row.ts";
import { placeIn, sameOrFirst } from "../source/layer-grid.ts";
import type { ImageSource } from "../source/source.ts";
import type { View } from "../state/view.ts";
import { namedIn, nameIn, onPatches, rowIn, strongestPatch, weightText } from "./patches.ts";

/** `<heed-image-rankings>`: the patches a token looks at most in this head, and the heads that look most at one patch. */
export class ImageRankingsElement extends RankedElement<ImageSource> {
  static readonly tag = "heed-image-rankings";

  protected override ofKeys(source: ImageSource, view: View, seen: SeenRow | undefined): Ranking {
    const { layer, head, query } = seen ?? view;
    return {
      caption: `In ${formatHead({ layer, head })} ${nameIn(source, layer, query)} looks at`,
      titles: ["patch", "weight"],
      rows: seen && rankedPatches(source, seen),
    };
  }

  protected override ofHeads(source: ImageSource, view: View, seen: SeenRows | undefined): Ranking {
    return {
      caption: `Heads where ${nameIn(source, view.layer, (seen ?? view).query)} looks most at one patch`,
      titles: ["head", "most at", "weight", "all patches"],
      rows: seen && rankedHeads(source, view, seen.rows),
    };
  }
}

function rankedPatches(source: ImageSource, { row, layer, query }: SeenRow): RankedRow[] {
  const { image } = source;
  const patches = Array.from(row.keys()).slice(image.leading);
  return patches
    .filter((token) => !Number.isNaN(row[token]!))
    .sort((a, b) => row[b]! - row[a]!)
    .slice(0, mostRanked)
    .map((token) => ({
      label: namedIn(source, layer, token).text,
      cells: [weightText(row[token]!, source)],
      change: { query: sameOrFirst(image, layer, token, query) },
      isChosen: token === placeIn(image, layer, query),
    }));
}

function rankedHeads(source: ImageSource, view: View, rows: Float32Array): RankedRow[] {
  return headsOf(source)
    .filter(({ layer, head }) => head < (source.headsOf?.[layer] ?? source.heads))
    .map(({ layer, head }) => {
      const row = rowIn(source, rows, { layer, head });
      const best = strongestPatch(source, row);
      return { layer, head, best, weight: row[best]!, together: onPatches(source, row) };
    })
    .sort((a, b) => b.weight - a.weight)
    .slice(0, mostRanked)
    .map(({ layer, head, best, weight, together }) => ({
      label: formatHead({ layer, head }),
      cells: [namedIn(source, layer, best).text, weightText(weight, source), together.toFixed(2)],
      change: { layer, head },
      isChosen: layer === view.layer && head === view.head,
    }));
}
