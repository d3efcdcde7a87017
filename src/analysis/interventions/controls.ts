/**
 * Controls: the same change where nothing is claimed. A cut is set beside cuts of links of like weight in the same layers, a head beside other
 * heads, a layer, a word, a sender beside others of their kind, a direction beside random ones of its length.
 */

import { placesBefore, tokensOf } from "../../models/site-tokens.ts";
import { formatHead, parseHead } from "../../probe/head-address.ts";
import { pluralOf, sourceOf } from "../../probe/noun.ts";
import type { Patch } from "../../probe/patch.ts";
import { tokensNamed, type Which } from "../../probe/words.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { nounIn } from "../explain/context.ts";
import type { Stack } from "../layers/attention-maps.ts";
import { unitsOf } from "../words/word-weights.ts";
import { alignWords } from "./align-words.ts";
import type { Cut, Intervention } from "./intervention.ts";
import { drawn, linkEnds, linksLike, linksOfLayer, linkWeights } from "./links.ts";
import { firstLayer, layerHeads } from "./named-heads.ts";
import { patchesOf } from "./patches-of.ts";
import { headsIn, layersIn, type Subject, siteIn } from "./subject.ts";

/** One control: what it changes, and the word whose vector it is judged by. */
export interface Control {
  readonly patches: readonly Patch[];
  /** Token places; of a cut its own query. Undefined: the experiment's own word. */
  readonly word?: readonly number[];
}

/** The controls of an experiment. */
export interface Controls {
  /** "random cuts of links of like weight (0.35 to 0.71) in layer 3" */
  readonly said: string;
  readonly all: readonly Control[];
}

/** An intervention in place of another, and its word. */
interface Alternative {
  readonly intervention: Intervention;
  readonly word?: readonly number[];
}

interface Alternatives {
  readonly said: string;
  readonly all: readonly Alternative[];
}

/**
 * At most so many controls of some interventions: all there are, or a draw. Several interventions are replaced together, each by a draw of
 * its own.
 */
export async function controlsOf(
  subject: Subject,
  interventions: readonly Intervention[],
  count: number,
  {
    random,
    seed,
    word,
  }: {
    readonly random: () => number;
    readonly seed: number;
    /** Token places of the word that is followed: where it is not the one that is changed, controls are judged by it too. */
    readonly word?: readonly number[];
  },
): Promise<Controls> {
  if (count === 0 || interventions.length === 0) return { said: "no controls", all: [] };
  const [first] = interventions;
  if (interventions.length === 1 && first!.kind === "steer")
    return randomDirections(subject, first!, Math.min(count, 50), { random, seed });
  const lists: Alternatives[] = [];
  for (const one of interventions) lists.push(await alternativesOf(subject, one, count, random));
  const said = [...new Set(lists.map((list) => list.said))].join(", together with ");
  const isOne = lists.length === 1;
  const chosen = isOne
    ? drawn(lists[0]!.all, count, random).map((one) => [one])
    : Array.from({ length: count }, () =>
        lists.flatMap(({ all }) =>
          all.length > 0 ? [all[Math.floor(random() * all.length)]!] : [],
        ),
      ).filter((together) => together.length === lists.length);
  const isOwn = await isChangedAt(subject, first!, word);
  const all: Control[] = [];
  for (const together of chosen) {
    const own = isOwn ? together[0]!.word : undefined;
    all.push({
      patches: await patchesOf(
        subject,
        together.map(({ intervention }) => intervention),
        seed,
      ),
      ...(isOwn && { word: own && (await placesFollowed(subject, first!, own)) }),
    });
  }
  return { said, all };
}

async function alternativesOf(
  subject: Subject,
  one: Intervention,
  count: number,
  random: () => number,
): Promise<Alternatives> {
  const { model } = subject;
  const stack = one.stack ?? "encoder";
  const words = pluralOf(nounIn(model, stack === "encoder"));
  switch (one.kind) {
    case "cut":
      return cutAlternatives(subject, one, count, random);
    case "setWeight": {
      const { head, value, renormalize, ...rest } = one;
      const cuts = await cutAlternatives(
        subject,
        { ...rest, kind: "cut", heads: [head] },
        count,
        random,
      );
      return {
        said: cuts.said.replace("random cuts of links", "random links"),
        all: cuts.all.map(({ intervention, word }) => {
          const { heads, query, key } = intervention as Cut;
          return { intervention: { ...one, head: heads![0]!, query, key }, word };
        }),
      };
    }
    case "randomMatrix":
    case "ablateHeads": {
      const own = one.heads.map((name) => formatHead(parseHead(name)));
      const layers = await layersAlike(subject, one, stack);
      const all = headNames(subject, stack).filter(
        (name) => !own.includes(name) && layers.includes(parseHead(name).layer),
      );
      const sets = setsOf(all, own.length, count, random);
      return {
        said: own.length === 1 ? "other heads" : `other sets of ${own.length} heads`,
        all: sets.map((heads) => ({ intervention: { ...one, heads } })),
      };
    }
    case "ablateLayers": {
      const layers = await layersAlike(subject, one, stack);
      const all = layers.filter((layer) => !one.layers.includes(layer));
      const sets = setsOf(all, one.layers.length, count, random);
      return {
        said:
          one.layers.length === 1 ? "other layers" : `other sets of ${one.layers.length} layers`,
        all: sets.map((own) => ({ intervention: { ...one, layers: own } })),
      };
    }
    case "ablatePositions": {
      const { queries } = await linkEnds(subject, stack, one.layers?.[0]);
      const own = await placesOf(subject, one.query, stack, one.layers?.[0]);
      const others = queries.filter(
        ({ isSpecial, tokens }) => !isSpecial && !tokens.some((token) => own.includes(token)),
      );
      return {
        said: `other ${words}`,
        all: others.map(({ tokens }) => ({
          intervention: { ...one, query: tokens },
          word: tokens,
        })),
      };
    }
    case "transplant": {
      const layer = one.layers[0]!;
      if (one.heads) {
        const all = Array.from({ length: headsIn(model, stack, layer) }, (_, head) => head);
        const others = all.filter((head) => !one.heads!.includes(head));
        return {
          said: "other heads of these layers",
          all: setsOf(others, one.heads.length, count, random).map((heads) => ({
            intervention: { ...one, heads },
          })),
        };
      }
      if (one.query === undefined) return { said: `no controls: all ${words} are taken`, all: [] };
      const site = siteIn(model, stack, layer, one.site);
      const [run, other] = [await subject.clean(), await subject.runOf(one.from, [])];
      const own = await placesOf(subject, one.query, stack, one.layers[0]);
      const aligned = alignWords(tokensOf(run, site).queries, tokensOf(other, site).queries);
      const others = aligned.words.filter(
        ({ tokens }) => !tokens.some((token) => own.includes(token)),
      );
      return {
        said: `other ${words} in the same place of both ${sourceOf(nounIn(model, stack === "encoder"))}s`,
        all: others.map(({ tokens }) => ({ intervention: { ...one, query: tokens } })),
      };
    }
    case "path": {
      const own = one.senders.map((name) => formatHead(parseHead(name)));
      const layers = new Set(one.senders.map((name) => parseHead(name).layer));
      const all = headNames(subject, stack).filter(
        (name) => layers.has(parseHead(name).layer) && !own.includes(name),
      );
      return {
        said: "other senders of the same layers",
        all: setsOf(all, own.length, count, random).map((senders) => ({
          intervention: { ...one, senders },
        })),
      };
    }
    case "steer":
      return { said: "no control for a direction beside other changes", all: [] };
  }
}

/** Whether a word is the one that an intervention is made at; no word is. */
async function isChangedAt(
  subject: Subject,
  one: Intervention,
  word: readonly number[] | undefined,
): Promise<boolean> {
  if (!word || !("query" in one) || one.query === undefined) return true;
  const stack = one.stack ?? "encoder";
  const own = await placesOf(subject, one.query, stack, firstLayer(one));
  const places = await placesFollowed(subject, one, own);
  return places.some((place) => word.includes(place));
}

/** Where the tokens of an intervention's layer are before the first, where experiments follow words from. */
async function placesFollowed(
  subject: Subject,
  one: Intervention,
  places: readonly number[],
): Promise<readonly number[]> {
  const site = siteIn(subject.model, one.stack ?? "encoder", firstLayer(one) ?? 0, "residual");
  return placesBefore(await subject.clean(), site, places);
}

async function placesOf(
  subject: Subject,
  which: Which,
  stack: Stack,
  layer = 0,
): Promise<number[]> {
  const site = siteIn(subject.model, stack, layer, "residual");
  return tokensNamed(which, tokensOf(await subject.clean(), site).queries, "control");
}

/** The layers that an intervention may be made in instead: where it is made at words, those whose tokens are as many. */
async function layersAlike(
  subject: Subject,
  one: Extract<Intervention, { kind: "ablateHeads" | "ablateLayers" | "randomMatrix" }>,
  stack: Stack,
): Promise<number[]> {
  const { layerTokens } = await subject.clean();
  const layers = Array.from({ length: layersIn(subject.model, stack) }, (_, layer) => layer);
  if (!layerTokens || !("query" in one) || one.query === undefined) return layers;
  const count = layerTokens[firstLayer(one)!]!.queries.length;
  return layers.filter((layer) => layerTokens[layer]!.queries.length === count);
}

function headNames({ model }: Subject, stack: Stack): string[] {
  return Array.from({ length: layersIn(model, stack) }, (_, layer) =>
    Array.from({ length: headsIn(model, stack, layer) }, (_, head) => formatHead({ layer, head })),
  ).flat();
}

/** Sets of a size: each element alone, or so many draws. */
function setsOf<T>(all: readonly T[], size: number, count: number, random: () => number): T[][] {
  if (size === 1) return all.map((one) => [one]);
  if (all.length < size) return [];
  return Array.from({ length: count }, () => drawn(all, size, random));
}

/** Links of like weight: of one head anywhere in its layer; of several heads, or of all, other words in the same heads. */
async function cutAlternatives(
  subject: Subject,
  cut: Cut,
  count: number,
  random: () => number,
): Promise<Alternatives> {
  const { model } = subject;
  const stack = cut.stack ?? "encoder";
  const where = layerHeads(model, stack, cut, "cut");
  const { queries, keys } = tokensOf(
    await subject.clean(),
    siteIn(model, stack, where[0]!.layer, "weights"),
  );
  const query = tokensNamed(cut.query, queries, "cut, query");
  const key = tokensNamed(cut.key, keys, "cut, key");
  const isOwn = (other: { query: readonly number[]; key: readonly number[] }) =>
    other.query.some((token) => query.includes(token)) &&
    other.key.some((token) => key.includes(token));
  const layers = where.map(({ layer }) => layer);
  const weightOf = await linkWeights(subject, stack, layers);
  const said = (found: readonly { readonly weight: number }[], own: number) => {
    const weights = found.map(({ weight }) => weight);
    const range = `${weightSaid(Math.min(...weights))} to ${weightSaid(Math.max(...weights))}`;
    const place = layers.length === 1 ? `in layer ${layers[0]}` : "in the same layers";
    const what = cut.by === undefined || cut.by === "zero" ? "cuts of links" : "links";
    return `random ${what} of like weight (${range}, this one ${weightSaid(own)}) ${place}`;
  };
  const [only] = where;
  if (where.length === 1 && only!.heads?.length === 1) {
    const [head] = only!.heads;
    const links = (await linksOfLayer(subject, only!.layer, stack)).filter(
      (link) => link.head !== head || !isOwn(link),
    );
    const own = weightOf(only!.layer, head!, query, key);
    const found = linksLike(links, own, count, random);
    return {
      said: said(found, own),
      all: found.map((link) => ({
        intervention: {
          ...cut,
          layers: undefined,
          heads: [formatHead(link)],
          query: link.query,
          key: link.key,
        },
        word: link.query,
      })),
    };
  }
  const mean = (query: readonly number[], key: readonly number[]) => {
    const weights = where.flatMap(({ layer, heads }) =>
      (heads ?? Array.from({ length: headsIn(model, stack, layer) }, (_, head) => head)).map(
        (head) => weightOf(layer, head, query, key),
      ),
    );
    return weights.reduce((sum, weight) => sum + weight, 0) / weights.length;
  };
  const isCausal = stack === "decoder" || (stack === "encoder" && model.isCausal);
  const links = unitsOf(queries)
    .filter(({ isSpecial }) => !isSpecial)
    .flatMap((from) =>
      unitsOf(keys)
        .filter((to) => !isCausal || to.tokens[0]! <= from.tokens.at(-1)!)
        .map((to) => ({
          query: from.tokens,
          key: to.tokens,
          weight: mean(from.tokens, to.tokens),
        })),
    )
    .filter((link) => !isOwn(link));
  const own = mean(query, key);
  const found = linksLike(links, own, count, random);
  return {
    said: said(found, own),
    all: found.map((link) => ({
      intervention: { ...cut, query: link.query, key: link.key },
      word: link.query,
    })),
  };
}

/** A weight with two digits that tell it from 0: "0.49", "0.0031". */
function weightSaid(weight: number): string {
  if (weight === 0) return "0";
  if (weight < 1e-4) return weight.toExponential(1);
  return weight < 0.1 ? weight.toPrecision(2) : weight.toFixed(2);
}

/** The same length in directions of no meaning, drawn from a normal distribution. */
async function randomDirections(
  subject: Subject,
  steer: Intervention,
  count: number,
  { random, seed }: { readonly random: () => number; readonly seed: number },
): Promise<Controls> {
  const own = await patchesOf(subject, [steer], seed);
  const all = Array.from({ length: count }, () => ({
    patches: own.map((patch): Patch => {
      const vector = patch.add as Tensor;
      const noise = vector.map(
        () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()),
      );
      const scale = Math.hypot(...vector.data) / Math.hypot(...noise.data);
      return {
        site: patch.site,
        query: patch.query,
        add: new Tensor(vector.shape, noise.scale(scale).data),
      };
    }),
  }));
  return { said: "random directions of the same length", all };
}
