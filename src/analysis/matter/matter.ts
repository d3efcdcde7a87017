/**
 * Does attention matter? How strongly every head (or link) of a word attends, beside what cutting it does to the output, and beside what the
 * same cut does to links of like weight elsewhere in the layer (Jain & Wallace 2019, arXiv 1902.10186, asked; Serrano & Smith 2019, arXiv
 * 1906.03731, cut): a_ij beside |y − y with s_ij = −∞|.
 */

import { InputError } from "../../errors/errors.ts";
import { choiceOf, expectFlags, expectKeys } from "../../errors/options.ts";
import { mergedPlaces, placesBefore } from "../../models/site-tokens.ts";
import { formatHead, type HeadAddress } from "../../probe/head-address.ts";
import { pluralOf, sourceOf } from "../../probe/noun.ts";
import type { Patch } from "../../probe/patch.ts";
import { nounIn } from "../explain/context.ts";
import { predictedChanges } from "../gradients/attribution-patching.ts";
import { type Spread, spreadOf } from "../interventions/effect.ts";
import type { Fill } from "../interventions/intervention.ts";
import {
  chanceFor,
  drawn,
  type Link,
  linkEnds,
  linksLike,
  linksOfLayer,
} from "../interventions/links.ts";
import {
  isOfItself,
  type Metric,
  metricReads,
  metricValue,
  type ResolvedMetric,
  resolveMetric,
} from "../interventions/metric.ts";
import { patchesOf } from "../interventions/patches-of.ts";
import {
  type MeasuredRow,
  type NumbersOptions,
  numbersOptions,
  rowNumbers,
} from "../interventions/row-numbers.ts";
import { headsIn, layersIn, type Subject, siteIn } from "../interventions/subject.ts";
import { type Stack, stacks } from "../layers/attention-maps.ts";
import { bootstrapInterval, type Interval } from "../statistics/bootstrap.ts";
import { spearman } from "../statistics/rank-correlation.ts";
import { labelsOfUnits, type Unit } from "../words/word-weights.ts";

/** What is cut, and what it is set beside. */
export interface MatterOptions extends NumbersOptions {
  /** Token places of the word that looks; where neighbours are merged on the way (swin), before the first layer. */
  readonly word: readonly number[];
  /** Token places of the word looked at; each head's strongest link to another word if not given. */
  readonly to?: readonly number[];
  /** Every link of the word to another word, not one a head. */
  readonly links?: boolean;
  /** "cut" takes the link out before the softmax; a fill takes out the whole head. */
  readonly by: "cut" | Fill;
  readonly metrics: readonly Metric[];
  /** How many links of like weight each cut is set beside; 0 for none. A whole head has none: the other heads are there. */
  readonly controls: number;
  readonly seed: number;
  readonly stack?: Stack;
  /** False: no intervals over the rows are drawn, as over several texts, where they mean nothing. */
  readonly intervals?: boolean;
  /** What links bring to the stream, where it can be known. */
  readonly normsOf?: (links: readonly Link[]) => Promise<readonly number[]>;
}

/** One head's link (or one link), how much it attends, and what cutting it does. */
export interface MatterRow extends HeadAddress {
  /** What it looks at, as it is labelled in print. */
  readonly key: string;
  readonly tokens: readonly number[];
  readonly weight: number;
  /** ‖w · v · W^O‖; undefined where it cannot be known. */
  readonly norm: number | undefined;
  /** |after − before| of every metric. */
  readonly effects: readonly number[];
  /**
   * The same foretold by the metric's gradient, to first order; of a head set to 0 it is Michel et al.'s importance. Undefined for metrics that
   * compare the text with itself, whose gradient is 0.
   */
  readonly gradients: readonly (number | undefined)[];
  /** The same of links of like weight in the same layer, each judged by its own word. */
  readonly controls: readonly (Spread & { readonly asLarge: number })[];
}

/** A rank correlation, and where it lies in most bootstrap draws over the rows. */
export interface Correlation extends Partial<Interval> {
  readonly rho: number;
}

/** What was found in one text. */
export interface Matter {
  readonly rows: readonly MatterRow[];
  readonly metrics: readonly { readonly metric: Metric; readonly name: string }[];
  /** By metric: how well the order of weights, and of norms, is the order of effects. Of one text this says nothing about others. */
  readonly byWeight: readonly Correlation[];
  readonly byNorm: readonly Correlation[] | undefined;
  /** By metric; undefined for those without a gradient. */
  readonly byGradient: readonly (Correlation | undefined)[];
  /** How many changed runs that took. */
  readonly runs: number;
}

/** Cuts every head's link of a word, one by one, beside links of like weight. */
export async function matterOf(subject: Subject, options: MatterOptions): Promise<Matter> {
  expectKeys(
    options,
    {
      ...numbersOptions,
      word: true,
      to: true,
      links: true,
      by: true,
      metrics: true,
      controls: true,
      seed: true,
      stack: true,
      intervals: true,
      normsOf: true,
    },
    "matterOf",
  );
  const { metrics, controls, seed, by, links, intervals, stack = "encoder" } = options;
  choiceOf(stacks, stack, "matter: stack");
  expectFlags({ links, intervals }, "matter");
  const random = chanceFor(seed, "controls");
  const chosen = await linksOfWord(subject, options);
  const metricNames: ResolvedMetric[] = [];
  for (const metric of metrics) metricNames.push(await resolveMetric(subject, metric));
  const cuts = new LinkCuts(subject, options);
  const like: Link[][] = [];
  for (const { link } of chosen) {
    const own = cuts.add(link);
    if (by !== "cut" || controls === 0) like.push([]);
    else {
      const all = (await cuts.linksOf(link.layer)).filter((other) => cuts.keyOf(other) !== own);
      const found = linksLike(all, link.weight, controls, random);
      for (const other of found) cuts.add(other);
      like.push(found);
    }
  }
  const effects = await cuts.run();
  const gradients = await cuts.foretold(chosen.map(({ link }) => link));
  const norms = await options.normsOf?.(chosen.map(({ link }) => link));
  const rows = chosen.map(({ link, label }, n): MatterRow => {
    const own = effects.get(cuts.keyOf(link))!;
    return {
      layer: link.layer,
      head: link.head,
      key: label,
      tokens: link.key,
      weight: link.weight,
      norm: norms?.[n],
      effects: own,
      gradients: gradients[n]!,
      controls:
        like[n]!.length === 0
          ? []
          : own.map((effect, metric) => {
              const others = like[n]!.map((other) => effects.get(cuts.keyOf(other))![metric]!);
              return {
                ...spreadOf(others)!,
                asLarge: others.filter((other) => other >= effect).length,
              };
            }),
    };
  });
  const draws = { random: chanceFor(seed, "bootstrap") };
  const against = (numbers: readonly number[]) =>
    metrics.map((_, metric) => againstOne(numbers, metric));
  const againstOne = (numbers: readonly number[], metric: number): Correlation => {
    const own = rows.map((row) => row.effects[metric]!);
    const of = (units: readonly number[]) =>
      spearman(
        units.map((unit) => numbers[unit]!),
        units.map((unit) => own[unit]!),
      );
    const interval = options.intervals !== false && bootstrapInterval(rows.length, of, draws);
    return { rho: of([...rows.keys()]), ...(interval || {}) };
  };
  return {
    rows,
    metrics: metricNames.map(({ metric, name }) => ({ metric, name })),
    byWeight: against(rows.map(({ weight }) => weight)),
    byNorm: norms && against([...norms]),
    byGradient: metrics.map((one, metric) =>
      isOfItself(one) || one.kind === "function"
        ? undefined
        : againstOne(
            gradients.map((own) => own[metric]!),
            metric,
          ),
    ),
    runs: effects.size,
  };
}

/** Of so many links of a layer controls are drawn; more take memory, and say no more. */
const mostLinks = 500_000;

/** Each head's link of the word: to the one named, to the word it looks at most, or to every word. */
async function linksOfWord(
  subject: Subject,
  { word, to, links: every = false, stack = "encoder" }: MatterOptions,
): Promise<{ readonly link: Link; readonly label: string }[]> {
  const run = await subject.clean();
  const found: { link: Link; label: string }[] = [];
  for (let layer = 0; layer < layersIn(subject.model, stack); layer++) {
    const { keys } = await linkEnds(subject, stack, layer);
    const labels = labelsOfUnits(keys);
    const unitAt = (place: number) => keys.findIndex(({ tokens }) => tokens.includes(place));
    const site = siteIn(subject.model, stack, layer, "weights");
    const here = mergedPlaces(run, site, word);
    const there = to && mergedPlaces(run, site, to);
    const isWord = ({ isSpecial, tokens }: Unit) =>
      !isSpecial && (stack === "cross" || !tokens.some((token) => here.includes(token)));
    const own = (await linksOfLayer(subject, layer, stack, here)).filter(({ query }) =>
      here.includes(query[0]!),
    );
    const wanted = own.filter(({ key }) =>
      there ? there.includes(key[0]!) : isWord(keys[unitAt(key[0]!)]!),
    );
    // Where layers have windows, the patch may lie in the other's in some of them.
    if (wanted.length === 0 && run.layerTokens) continue;
    if (wanted.length === 0)
      throw new InputError(nothingToLookAt(subject, stack, to !== undefined));
    const heads = new Map<number, Link[]>();
    for (const link of wanted) heads.set(link.head, [...(heads.get(link.head) ?? []), link]);
    for (const [, all] of heads) {
      const best = every
        ? all
        : [all.reduce((most, one) => (one.weight > most.weight ? one : most))];
      for (const link of best) found.push({ link, label: labels[unitAt(link.key[0]!)]! });
    }
  }
  if (found.length === 0)
    throw new InputError(
      "matter: no window of any layer holds both patches. Name patches that lie nearer to each other",
    );
  return found;
}

/** What is said where nothing, or not what was asked for, can be looked at. */
function nothingToLookAt({ model }: Subject, stack: Stack, isNamed: boolean): string {
  const [query, key] = [nounIn(model, stack === "encoder"), nounIn(model, stack !== "decoder")];
  if (isNamed)
    return `matter: the ${query} cannot look at that ${key}.${model.images ? "" : ` In a causal model only ${pluralOf(key)} before it can be looked at`}`;
  const source = sourceOf(query);
  return `matter: the ${query} has no other ${key} to look at. ${query === "word" ? "Choose a later one, or give a longer text" : `Choose another, or give a ${source} with more of them`}`;
}

/** Links to cut, each once, and what that does. */
class LinkCuts {
  readonly #subject: Subject;
  readonly #options: MatterOptions;
  readonly #links = new Map<string, Link>();
  readonly #layers = new Map<number, Promise<Link[]>>();

  constructor(subject: Subject, options: MatterOptions) {
    this.#subject = subject;
    this.#options = options;
  }

  keyOf({ layer, head, query, key }: Link): string {
    return this.#options.by === "cut" ? `${layer} ${head} ${query} ${key}` : `${layer} ${head}`;
  }

  add(link: Link): string {
    const key = this.keyOf(link);
    this.#links.set(key, link);
    return key;
  }

  linksOf(layer: number): Promise<Link[]> {
    const known = this.#layers.get(layer) ?? this.#drawnLinks(layer);
    this.#layers.set(layer, known);
    return known;
  }

  /** All links of a layer; of a long text or sound those from words drawn by chance. */
  async #drawnLinks(layer: number): Promise<Link[]> {
    const { stack = "encoder", seed } = this.#options;
    const { queries, keys } = await linkEnds(this.#subject, stack, layer);
    const words = queries.filter(({ isSpecial }) => !isSpecial);
    const fromOne = keys.length * headsIn(this.#subject.model, stack, layer);
    const count = Math.max(1, Math.floor(mostLinks / fromOne));
    if (words.length <= count) return linksOfLayer(this.#subject, layer, stack);
    const chosen = drawn(words, count, chanceFor(seed, "controls"));
    return linksOfLayer(
      this.#subject,
      layer,
      stack,
      chosen.flatMap(({ tokens }) => tokens),
    );
  }

  /** The effects of all of them on every metric, by their keys; each is judged by the word whose link it is. */
  async run(): Promise<Map<string, readonly number[]>> {
    const { metrics, by, word, seed, stack = "encoder" } = this.#options;
    const subject = this.#subject;
    const resolved = new Map<string, ResolvedMetric[]>();
    const run = await subject.clean();
    const metricsFor = async (query: readonly number[]) => {
      const name = query.join();
      const known = resolved.get(name);
      if (known) return known;
      const own: ResolvedMetric[] = [];
      for (const metric of metrics)
        own.push(
          await resolveMetric(
            subject,
            metric.kind === "wordCosine" && by === "cut" ? { ...metric, word: query } : metric,
          ),
        );
      resolved.set(name, own);
      return own;
    };
    const rows: MeasuredRow[] = [];
    const sites = new Set<string>();
    for (const [name, link] of this.#links) {
      const site = siteIn(subject.model, stack, link.layer, "weights");
      const own = await metricsFor(by === "cut" ? placesBefore(run, site, link.query) : word);
      for (const metric of own) sites.add(metric.site);
      rows.push({
        name,
        patches: await this.#patches(link, seed),
        read: metricReads(own),
        numbers: (trace, row) =>
          own.map((metric) => Math.abs(metricValue(metric, trace, row) - metric.clean)),
      });
    }
    const clean = await subject.clean([...sites]);
    const numbers = await rowNumbers(subject.model, clean, rows, this.#options);
    return new Map([...this.#links.keys()].map((name, n) => [name, numbers[n]!]));
  }

  /** The effects of some links as gradients foretell them, by metric; undefined for metrics that are flat. */
  async foretold(links: readonly Link[]): Promise<(number | undefined)[][]> {
    const { metrics, seed, signal } = this.#options;
    const sloped = metrics.filter((metric) => !isOfItself(metric) && metric.kind !== "function");
    if (sloped.length === 0) return links.map(() => metrics.map(() => undefined));
    const lists: Patch[][] = [];
    for (const link of links) lists.push(await this.#patches(link, seed));
    const changes = await predictedChanges(this.#subject, lists, sloped, { signal });
    return changes.map((own) =>
      metrics.map((metric) => {
        const place = sloped.indexOf(metric);
        return place < 0 ? undefined : Math.abs(own[place]!);
      }),
    );
  }

  async #patches(link: Link, seed: number): Promise<Patch[]> {
    const { by, stack = "encoder" } = this.#options;
    if (by === "cut")
      return [
        {
          site: siteIn(this.#subject.model, stack, link.layer, "scores"),
          head: [link.head],
          query: link.query,
          key: link.key,
          cut: true,
        },
      ];
    return patchesOf(
      this.#subject,
      [{ kind: "ablateHeads", heads: [formatHead(link)], by, stack }],
      seed,
    );
  }
}
