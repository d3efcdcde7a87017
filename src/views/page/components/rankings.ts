import { formatHead } from "../../../probe/head-address.ts";
import { paletteOf } from "../base/palette.ts";
import {
  headsOf,
  mostRanked,
  RankedElement,
  type RankedRow,
  type Ranking,
} from "../base/ranked-element.ts";
import type { SeenRow, SeenRows } from "../base/seen-row.ts";
import { shortWeight } from "../base/weight-text.ts";
import type { TextSource } from "../source/source.ts";
import type { View, ViewChange } from "../state/view.ts";

/** `<heed-rankings>`: what the word looks at most in this head, and the heads that look most at the chosen key. */
export class RankingsElement extends RankedElement<TextSource> {
  static readonly tag = "heed-rankings";

  protected override ofKeys(source: TextSource, view: View, seen: SeenRow | undefined): Ranking {
    const { queries, keys } = source;
    const { layer, head, query } = seen ?? view;
    const ranked = seen && strongest(seen.row);
    return {
      caption: `In ${formatHead({ layer, head })} "${queries[query]!.name}" looks at`,
      titles: ["word", "weight"],
      rows: ranked?.map(([key, weight]) =>
        this.#ranked(source, keys[key]!.name, weight, { key }, key === view.key),
      ),
    };
  }

  protected override ofHeads(source: TextSource, view: View, seen: SeenRows | undefined): Ranking {
    const { queries, keys } = source;
    const { key } = view;
    const from = queries[(seen ?? view).query]!.name;
    const to = key === undefined ? "…" : keys[key]!.name;
    return {
      caption: `Heads where "${from}" looks at "${to}"`,
      titles: ["head", "weight"],
      rows: seen && key !== undefined ? this.#rankedHeads(source, view, seen, key) : undefined,
    };
  }

  #rankedHeads(source: TextSource, view: View, { rows }: SeenRows, key: number): RankedRow[] {
    const heads = headsOf(source);
    const S = source.keys.length;
    return strongest(heads.map((_, index) => rows[index * S + key]!)).map(([index, weight]) => {
      const { layer, head } = heads[index]!;
      const isChosen = layer === view.layer && head === view.head;
      return this.#ranked(source, formatHead({ layer, head }), weight, { layer, head }, isChosen);
    });
  }

  #ranked(
    source: TextSource,
    label: string,
    weight: number,
    change: ViewChange,
    isChosen: boolean,
  ): RankedRow {
    const color = paletteOf(source.colors, this.shade).colorsOf(Math.max(0.15, weight)).ground;
    const bar = { length: weight, color };
    return { label, cells: [shortWeight(weight, source)], change, isChosen, bar };
  }
}

/** The largest weights above 0 with their places, strongest first. */
function strongest(weights: ArrayLike<number>): [number, number][] {
  return Array.from(weights, (weight, index): [number, number] => [index, weight])
    .filter(([, weight]) => weight > 0)
    .sort(([, a], [, b]) => b - a)
    .slice(0, mostRanked);
}
