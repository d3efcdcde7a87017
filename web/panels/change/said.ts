import { type Intervention, interventionSaid } from "heed/analysis";
import type { Words } from "../../words/words.ts";
import type { TokenNames } from "./names.ts";

type Said = Words["change"];

/** A change in the words of the page; kinds that only files bring say it in the library's. */
export function changeSaid(one: Intervention, names: TokenNames, words: Said): string {
  // Tokens of another attention have other names.
  const stack = "stack" in one ? one.stack : undefined;
  if ((stack ?? "encoder") !== (names.stack ?? "encoder")) return interventionSaid(one);
  const nameIn = (own: readonly string[], which: unknown): string | undefined =>
    typeof which === "number" ? own[which] : typeof which === "string" ? which : undefined;
  const isOfKeys = one.kind === "transplant" && (one.site === "k" || one.site === "v");
  const ofQuery = isOfKeys ? names.keys : names.queries;
  const at = "query" in one && one.query !== undefined ? nameIn(ofQuery, one.query) : undefined;
  switch (one.kind) {
    case "cut": {
      const key = nameIn(names.keys, one.key);
      if (key === undefined) break;
      if (at === undefined) return words.saidHidden(key);
      const where = one.heads
        ? one.heads.join(", ")
        : one.layers
          ? words.inLayers(one.layers.join(", "))
          : words.everywhere;
      return words.saidCut(at, key, where, words.how[one.how ?? "before"]);
    }
    case "setWeight": {
      const key = nameIn(names.keys, one.key);
      if (at === undefined || key === undefined) break;
      const rest = one.renormalize === false ? words.othersKeep : words.othersShare;
      return words.saidWeight(at, key, one.head, one.value.toFixed(2), rest);
    }
    case "ablateHeads":
      return words.saidSilenced(one.heads.join(", "), fillSaid(one.by, words), forWhom(at, words));
    case "ablateLayers":
      return words.saidSilenced(
        words.partOfLayer(words.part[one.part], one.layers.join(", ")),
        fillSaid(one.by, words),
        forWhom(at, words),
      );
    case "ablatePositions":
      if (at === undefined) break;
      return words.saidMasked(at, fillSaid(one.by, words));
    case "transplant": {
      const heads = one.heads?.map((head) => `L${one.layers[0]}H${head}`).join(", ");
      const site = (words.site as Readonly<Record<string, string>>)[one.site];
      if (!heads || !site || typeof one.from !== "string") break;
      const source = nameIn(ofQuery, one.fromQuery);
      const from = source === undefined ? words.fromText(one.from) : words.fromWord(source);
      return words.saidSwapped(site, heads, at ?? words.allWords, from);
    }
    default:
  }
  return interventionSaid(one);
}

function forWhom(at: string | undefined, words: Said): string {
  return at === undefined ? words.allWords : words.onlyFor(at);
}

/** What stands in the place of what is taken out. */
function fillSaid(by: Extract<Intervention, { kind: "ablateHeads" }>["by"], words: Said): string {
  if (by === "zero") return words.by.zero;
  if ("mean" in by) return words.by.mean;
  const [text] = by.resample;
  return typeof text === "string" ? words.fromText(text) : words.by.resample;
}
