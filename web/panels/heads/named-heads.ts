import {
  type AttentionMaps,
  headDetector,
  nameHeads,
  strongestNames,
  textPatterns,
} from "heed/analysis";
import type { HeadLabel } from "heed/elements";
import type { Seen } from "heed/explore";
import type { Words } from "../../words/words.ts";
import { analysisTokens } from "./analysis-tokens.ts";

/** Weights that are looked through at most: a few dozen patterns of each head are scored on the page's own thread. */
const mostWeights = 600_000;
/** In one sentence few words have a word many places before them: a name of so few would mean nothing. */
const farthest = 2;

/** What heads of a run are called, by layer · H + head: as `nameHeads` names them; nothing for heads that stand out by nothing, or where a run is too long. */
export function headNames(seen: Seen): readonly (string | undefined)[] {
  const { weights, layers, heads, queries, keys } = seen;
  // Names tell of places in a line, which patches have not.
  if (seen.picture) return [];
  if (!weights || layers * heads * queries.length * keys.length > mostWeights) return [];
  const maps = mapsOf(seen, weights);
  const detector = headDetector();
  // A page knows no numbers of tokens, by which rare ones would be told.
  detector.add(
    maps,
    textPatterns(maps, { farthest }).filter(({ name }) => name !== "rare"),
  );
  const detection = detector.result();
  return strongestNames(detection, nameHeads(detection)).map((found) => found?.name);
}

/** What heads of a run are called in the page's words, and what they do. */
export function headLabels(
  seen: Seen,
  { names, does }: Words["heads"],
): readonly (HeadLabel | undefined)[] {
  return headNames(seen).map((name) =>
    name === undefined
      ? undefined
      : { short: nameInWords(name, names), does: nameInWords(name, does) },
  );
}

/** A head's name as the page says it: `words` are its short names, or what heads do. */
export function nameInWords(name: string, words: Words["heads"]["names"]): string {
  const away = /^(\d+) (back|ahead)$/.exec(name);
  if (away) return words[away[2] as "back" | "ahead"](away[1]!);
  if (name === "sink first") return words.sinkFirst;
  if (name.startsWith("sink ")) return words.sink(name.split(" ").at(-1)!);
  const known: Readonly<Record<string, string>> = {
    previous: words.previous,
    next: words.next,
    itself: words.itself,
    duplicate: words.duplicate,
    induction: words.induction,
    "same word": words.sameWord,
    "same token": words.sameToken,
    delimiter: words.delimiter,
    punctuation: words.punctuation,
    broad: words.broad,
  };
  return known[name] ?? name;
}

function mapsOf(
  { layers, heads, queries, keys, isSelf, isCausal }: Seen,
  weights: readonly Float32Array[],
): AttentionMaps {
  const [T, S] = [queries.length, keys.length];
  const ids = new Map<string, number>();
  const looking = analysisTokens(queries, ids);
  const canLook = (layer: number, query: number, key: number): boolean =>
    !Number.isNaN(weights[layer]![query * S + key]!);
  const visible = (layer: number, query: number): number =>
    keys.reduce((sum, _, key) => sum + (canLook(layer, query, key) ? 1 : 0), 0);
  return {
    layers,
    firstLayer: 0,
    heads,
    queries: looking,
    keys: isSelf ? looking : analysisTokens(keys, ids),
    isSelf,
    isCausal,
    matrix: ({ layer, head }) => weights[layer]!.subarray(head * T * S, (head + 1) * T * S),
    canLook,
    visible,
  };
}
