import { formatHead } from "../../../probe/head-address.ts";
import {
  headsOf,
  mostRanked,
  RankedElement,
  type RankedRow,
  type Ranking,
} from "../base/ranked-element.ts";
import type { SeenRow, SeenRows } from "../base/seen-row.ts";
import type { ImageSource } from "../source/source.ts";
import type { View } from "../state/view.ts";
import { onPatches, strongestPatch, weightText } from "./patches.ts";

/** `<heed-image-rankings>`: the patches a token looks at most in this head, and the heads that look most at one patch. */
export class ImageRankingsElement extends RankedElement<ImageSource> {
  static readonly tag = "heed-image-rankings";

  protected override ofKeys(source: ImageSource, view: View, seen: SeenRow | undefined): Ranking {
    const { layer, head, query } = seen ?? view;
    return {
      caption: `In ${formatHead({ layer, head })} ${source.queries[query]!.name} looks at`,
      titles: ["patch", "weight"],
      rows: seen && rankedPatches(source, view, seen.row),
    };
  }

  protected override ofHeads(source: ImageSource, view: View, seen: SeenRows | undefined): Ranking {
    return {
      caption: `Heads where ${source.queries[(seen ?? view).query]!.name} looks most at one patch`,
      titles: ["head", "most at", "weight", "all patches"],
      rows: seen && rankedHeads(source, view, seen.rows),
    };
  }
}

function rankedPatches(source: ImageSource, view: View, row: Float32Array): RankedRow[] {
  const { keys, image } = source;
  const patches = Array.from(row.keys()).slice(image.leading);
  return patches
    .sort((a, b) => row[b]! - row[a]!)
    .slice(0, mostRanked)
    .map((token) => ({
      label: keys[token]!.text,
      cells: [weightText(row[token]!, source)],
      change: { query: token },
      isChosen: token === view.query,
    }));
}

function rankedHeads(source: ImageSource, view: View, rows: Float32Array): RankedRow[] {
  const { keys } = source;
  const S = keys.length;
  return headsOf(source)
    .map(({ layer, head }, index) => {
      const row = rows.subarray(index * S, (index + 1) * S);
      const best = strongestPatch(source, row);
      return { layer, head, best, weight: row[best]!, together: onPatches(source, row) };
    })
    .sort((a, b) => b.weight - a.weight)
    .slice(0, mostRanked)
    .map(({ layer, head, best, weight, together }) => ({
      label: formatHead({ layer, head }),
      cells: [keys[best]!.text, weightText(weight, source), together.toFixed(2)],
      change: { layer, head },
      isChosen: layer === view.layer && head === view.head,
    }));
}
