import { headMaps } from "../../analysis/circuits/head-maps.ts";
import { seenTokens, tokenName, tokensAlong } from "../../analysis/circuits/vocabulary.ts";
import { headDetector } from "../../analysis/heads/detect.ts";
import { type HeadPattern, textPatterns } from "../../analysis/heads/patterns.ts";
import { attentionMaps, weightSites } from "../../analysis/layers/attention-maps.ts";
import { type ProductSingular, productSingular } from "../../analysis/linear/singular.ts";
import { choiceOf, expectKeys, type KeysOf } from "../../errors/options.ts";
import { toBase64 } from "../../export/base64.ts";
import type { LoadedModel } from "../../models/loaded-model.ts";
import { mainStack } from "../../models/main-stack.ts";
import type { Run } from "../../models/run.ts";
import type { Probe } from "../tasks/task.ts";
import {
  type Film,
  type FilmDirection,
  type FilmFrame,
  type FilmHead,
  type FilmMeasure,
  filmFormat,
} from "./film.ts";

/** What a film is of. */
export interface FilmOptions {
  readonly title: string;
  readonly seed: number;
  readonly steps: number;
  readonly chance?: number;
  readonly guess?: string;
  readonly probes: readonly Probe[];
  /** Names of the detectors that measure its heads. */
  readonly patterns?: readonly string[];
  /** Directions of W^Q·W^Kᵀ that are read through the words, 2 if not given, and words at each side, 5. */
  readonly directions?: number;
  readonly words?: number;
}

const filmOptions: KeysOf<FilmOptions> = {
  title: true,
  seed: true,
  steps: true,
  chance: true,
  guess: true,
  probes: true,
  patterns: true,
  directions: true,
  words: true,
};

/** How well the model does, as it was just found. */
export interface FrameFacts {
  readonly step: number;
  readonly loss: number;
  readonly accuracy: number;
}

const usualPatterns = ["previous", "next", "duplicate", "induction"];

/** Takes frames of a model that is being trained; between them nothing is read. */
export class Filming {
  readonly #model: LoadedModel;
  readonly #options: FilmOptions;
  readonly #frames: FilmFrame[] = [];
  readonly #curve: (readonly [number, number])[] = [];
  #probes: readonly (readonly string[])[] = [];
  #measures: readonly FilmMeasure[] = [];

  /** `before` is the film of the steps that were made already. */
  constructor(model: LoadedModel, options: FilmOptions, before?: Film) {
    expectKeys(options, filmOptions, "Filming");
    this.#model = model;
    this.#options = options;
    if (!before) return;
    this.#frames.push(...before.frames);
    this.#curve.push(...before.curve);
    this.#probes = before.probes;
    this.#measures = before.measures;
  }

  /** Notes the loss of a step's batch. */
  loss(step: number, loss: number): void {
    this.#curve.push([step, rounded(loss)]);
  }

  /** Takes a frame: runs the probes, and takes every head's matrices apart. */
  async frame({ step, loss, accuracy }: FrameFacts): Promise<FilmFrame> {
    const model = this.#model;
    const runs: Run[] = [];
    for (const { text } of this.#options.probes)
      runs.push(await model.run(text, { read: [weightSites(model.sites)], output: false }));
    const scores = this.#measure(runs);
    const { layers, heads } = model.dimensions;
    const own: FilmHead[] = [];
    const seen = await seenTokens(model);
    for (let place = 0; place < layers * heads; place++) {
      const head = await this.#head(Math.floor(place / heads), place % heads, seen);
      own.push({ ...head, scores: scores.map((one) => rounded(one[place] ?? 0)) });
    }
    this.#probes = runs.map(({ tokens }) => tokens[0]!.map(({ surface, text }) => surface || text));
    const frame = {
      step,
      loss: rounded(loss),
      accuracy: rounded(accuracy),
      heads: own,
      attention: runs.map((run) => toBase64(bytesOf(run))),
    };
    this.#frames.push(frame);
    return frame;
  }

  /** The film of the frames taken so far. */
  film(): Film {
    const { family, ...model } = this.#described();
    const { title, seed, steps, chance, guess } = this.#options;
    return {
      format: filmFormat,
      title,
      model: { family, ...model },
      seed,
      steps,
      ...(chance !== undefined && { chance }),
      ...(guess !== undefined && { guess }),
      probes: this.#probes,
      measures: this.#measures,
      curve: [...this.#curve],
      frames: [...this.#frames],
    };
  }

  #described(): Film["model"] {
    const { type, dimensions } = this.#model;
    const { layers, heads, width, headWidth } = dimensions;
    return { family: type, layers, heads, width, headWidth };
  }

  /** Scores (L·H) of each measure. */
  #measure(runs: readonly Run[]): Float64Array[] {
    const wanted = this.#options.patterns ?? usualPatterns;
    const detector = headDetector();
    for (const [n, run] of runs.entries()) {
      const maps = attentionMaps(run);
      const links = linkPatterns(this.#options.probes[n]!);
      const known = textPatterns(maps);
      const names = known.map(({ name }) => name);
      for (const name of wanted) choiceOf(names, name, "Filming: patterns");
      detector.add(maps, [...links, ...known.filter(({ name }) => wanted.includes(name))]);
    }
    const { patterns } = detector.result();
    this.#measures = patterns.map(({ name, what, chance }) => ({
      name,
      what,
      chance: rounded(chance.reduce((sum, one) => sum + one, 0) / chance.length),
    }));
    return patterns.map(({ scores }) => scores);
  }

  async #head(
    layer: number,
    head: number,
    seen: Awaited<ReturnType<typeof seenTokens>>,
  ): Promise<Omit<FilmHead, "scores">> {
    const model = this.#model;
    const stack = mainStack(model);
    const { q, k, v, o, width: C, headWidth: D } = await headMaps(model, { layer, head }, stack);
    const columns = new Float64Array(o.length); // (C, D)
    for (let d = 0; d < D; d++) for (let c = 0; c < C; c++) columns[c * D + d] = o[d * C + c]!;
    const asked = productSingular(q, k, D);
    const given = productSingular(v, columns, D);
    return {
      queryKey: Array.from(asked.values, rounded),
      valueOutput: Array.from(given.values, rounded),
      directions: seen ? await this.#directions(asked, C, seen) : [],
      lengths: [q, k, v, o].map((matrix) => rounded(Math.hypot(...matrix))),
    };
  }

  async #directions(
    { values, left, right }: ProductSingular,
    C: number,
    seen: NonNullable<Awaited<ReturnType<typeof seenTokens>>>,
  ): Promise<FilmDirection[]> {
    const { directions = 2, words = 5 } = this.#options;
    const count = Math.min(directions, values.length);
    const column = (matrix: Float64Array, n: number) =>
      Float64Array.from({ length: C }, (_, c) => matrix[c * values.length + n]!);
    const all = Array.from({ length: count }, (_, n) => [column(left, n), column(right, n)]).flat();
    const ends = await tokensAlong(this.#model, seen, all, words, silentTokens(this.#model));
    return Array.from({ length: count }, (_, n): FilmDirection => {
      const [asking, found] = [ends[2 * n]!, ends[2 * n + 1]!];
      // Both ends together may be turned round: the end whose words lie farther out is shown.
      const weight = (sides: readonly (readonly { readonly value: number }[])[]) =>
        sides.reduce((product, side) => product * Math.abs(side[0]?.value ?? 0), 1);
      const isTurned = weight([asking.least, found.least]) > weight([asking.most, found.most]);
      const names = (side: typeof asking) =>
        (isTurned ? side.least : side.most).map(({ id }) => tokenName(this.#model, id));
      return { value: rounded(values[n]!), asking: names(asking), found: names(found) };
    });
  }
}

/** Tokens with a role, which texts seldom hold: their vectors say nothing of what was learned. A mask is what is asked. */
function silentTokens({ tokenizer }: LoadedModel): ReadonlySet<number> {
  const { mask, ...others } = tokenizer?.specialTokens ?? {};
  return new Set(Object.values(others).map(({ id }) => id));
}

/** A probe's links as patterns, one for each name. */
function linkPatterns({ links = [] }: Probe): HeadPattern[] {
  return [...new Set(links.map(({ name }) => name))].map((name) => ({
    name,
    short: name.slice(0, 5),
    what: `looks where it should: ${name}`,
    targets: (query) =>
      links.filter((link) => link.name === name && link.query === query).map(({ key }) => key),
    isOfContent: false,
  }));
}

/** All weights of a run (L, H, T, S), a byte each. */
function bytesOf(run: Run): Uint8Array {
  const maps = attentionMaps(run);
  const { layers, heads } = maps;
  const size = maps.queries.length * maps.keys.length;
  const bytes = new Uint8Array(layers * heads * size);
  for (let place = 0; place < layers * heads; place++) {
    const weights = maps.matrix({ layer: Math.floor(place / heads), head: place % heads });
    for (let n = 0; n < size; n++) bytes[place * size + n] = Math.round(255 * weights[n]!);
  }
  return bytes;
}

/** Steps at which a film has a frame: the first and the last, and more of them early, when most happens. */
export function frameSteps(steps: number, frames: number): number[] {
  const all = Array.from({ length: Math.max(2, frames) }, (_, n) =>
    Math.round(steps * (n / (Math.max(2, frames) - 1)) ** 1.5),
  );
  return [...new Set(all)];
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
