import { tokensOf } from "../../models/site-tokens.ts";
import { makeRandom } from "../../tasks/sampling.ts";
import type { Stack } from "../layers/attention-maps.ts";
import { numbersOf, type Unit, unitsOf } from "../words/word-weights.ts";
import { headsIn, type Subject, siteIn } from "./subject.ts";

/** A link of one head: tokens of a word that looks, tokens of what it looks at, and how much. */
export interface Link {
  readonly layer: number;
  readonly head: number;
  readonly query: readonly number[];
  readonly key: readonly number[];
  /** Summed over the key's pieces, averaged over the query's. */
  readonly weight: number;
}

/** What links are of in one text: words, and what they may look at, which special tokens are too. */
export interface LinkEnds {
  readonly queries: readonly Unit[];
  readonly keys: readonly Unit[];
}

/** Words and keys of a layer's attention. */
export async function linkEnds(
  subject: Subject,
  stack: Stack = "encoder",
  layer = 0,
): Promise<LinkEnds> {
  const { queries, keys } = tokensOf(
    await subject.clean(),
    siteIn(subject.model, stack, layer, "weights"),
  );
  return { queries: unitsOf(queries), keys: unitsOf(keys) };
}

/** How much a query's tokens look at a key's in one head of these layers. */
export async function linkWeights(
  subject: Subject,
  stack: Stack,
  layers: readonly number[],
): Promise<
  (layer: number, head: number, query: readonly number[], key: readonly number[]) => number
> {
  const sites = layers.map((layer) => siteIn(subject.model, stack, layer, "weights"));
  const { trace } = await subject.clean(sites);
  const numbers = new Map(layers.map((layer, n) => [layer, numbersOf(trace.kept(sites[n]!), 0)]));
  return (layer, head, query, key) => {
    const numberAt = numbers.get(layer)!;
    let sum = 0;
    for (const t of query) for (const s of key) sum += numberAt(head, t, s);
    return sum / query.length;
  };
}

/** Links of one layer that a word can have: words that look (of tokens that are asked for, those alone, special ones too), at anything they can see. */
export async function linksOfLayer(
  subject: Subject,
  layer: number,
  stack: Stack = "encoder",
  asked?: readonly number[],
): Promise<Link[]> {
  const { model } = subject;
  const { queries, keys } = await linkEnds(subject, stack, layer);
  const weightOf = await linkWeights(subject, stack, [layer]);
  const isCausal = stack === "decoder" || (stack === "encoder" && model.isCausal);
  const hasWindows = (await subject.clean()).layerTokens !== undefined;
  const heads = Array.from({ length: headsIn(model, stack, layer) }, (_, head) => head);
  const looking = queries.filter(({ tokens, isSpecial }) =>
    asked ? tokens.some((token) => asked.includes(token)) : !isSpecial,
  );
  const links: Link[] = [];
  for (const { tokens: query } of looking)
    for (const { tokens: key } of keys) {
      if (isCausal && key[0]! > query.at(-1)!) continue;
      const weights = heads.map((head) => weightOf(layer, head, query, key));
      // What no head gives weight lies in another window.
      if (hasWindows && weights.every((weight) => weight === 0)) continue;
      for (const head of heads) links.push({ layer, head, query, key, weight: weights[head]! });
    }
  return links.sort((a, b) => a.head - b.head);
}

/** Weights are alike within this factor, either way. */
const likeWeight = 1.5;

/**
 * So many links of like weight, drawn by chance: of those within a factor of 1.5; where these are too few, those nearest in weight. The link
 * itself is left out.
 */
export function linksLike<L extends Pick<Link, "weight">>(
  links: readonly L[],
  weight: number,
  count: number,
  random: () => number,
): L[] {
  const floor = 1e-6;
  const far = (one: L) => Math.abs(Math.log(Math.max(one.weight, floor) / Math.max(weight, floor)));
  const near = links.filter((one) => far(one) <= Math.log(likeWeight));
  if (near.length >= count) return drawn(near, count, random);
  return [...links].sort((a, b) => far(a) - far(b)).slice(0, count);
}

/** So many of a list by chance, each once, in the list's order. */
export function drawn<T>(all: readonly T[], count: number, random: () => number): T[] {
  const places = [...all.keys()];
  for (let n = 0; n < Math.min(count, places.length); n++) {
    const other = n + Math.floor(random() * (places.length - n));
    [places[n], places[other]] = [places[other]!, places[n]!];
  }
  return places
    .slice(0, count)
    .sort((a, b) => a - b)
    .map((place) => all[place]!);
}

/** Chance of an experiment's seed, for one purpose of it. */
export function chanceFor(seed: number, purpose: "controls" | "bootstrap" | "signs"): () => number {
  // Interventions draw from the streams below.
  return makeRandom(seed, { controls: 1001, bootstrap: 1002, signs: 1003 }[purpose]);
}
