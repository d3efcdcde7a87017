// Prints what every word of the sentence looks at most.
import { type WordLook, wordsText } from "../src/views/text/words.ts";
import { heads, layers, rowOf, tokens } from "./data/cat-sat.ts";
import { show } from "./data/show.ts";

/** The strongest look of one query, leaving out special tokens and two words on either side. */
function strongestLook(query: number): WordLook {
  let best: WordLook = { word: tokens[query]!.text, at: "", weight: -1, layer: 0, head: 0 };
  for (let layer = 0; layer < layers; layer++)
    for (let head = 0; head < heads; head++)
      for (const [key, weight] of rowOf(layer, head, query).entries())
        if (!tokens[key]!.special && Math.abs(key - query) > 2 && weight > best.weight)
          best = { ...best, at: tokens[key]!.text, weight, layer, head };
  return best;
}

/** What every word of the sentence looks at most. */
export function picture(): string {
  const looks = tokens.flatMap(({ special }, query) => (special ? [] : [strongestLook(query)]));
  const note = "Special tokens and 2 words either side are not ranked.";
  return wordsText({ looks, note }, { width: 80, color: 0, unicode: true });
}

show(import.meta.url, picture);
