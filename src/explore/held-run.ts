import { siteIn } from "../analysis/interventions/subject.ts";
import type { Stack } from "../analysis/layers/attention-maps.ts";
import type { AudioInput } from "../audio/audio.ts";
import { SiteError } from "../errors/errors.ts";
import type { LoadedModel } from "../models/loaded-model.ts";
import type { Run } from "../models/run.ts";
import { tokensOf } from "../models/site-tokens.ts";
import type { HeadAddress } from "../probe/head-address.ts";
import type { Kept } from "../probe/kept.ts";
import type { Patch } from "../probe/patch.ts";
import { parseSite } from "../probe/sites.ts";
import { Banded } from "../probe/sparse/banded.ts";
import { Blocks } from "../probe/sparse/blocks.ts";
import { expectSameTokens } from "../probe/text-tokens.ts";
import type { TextToken } from "../probe/words.ts";
import { Tensor } from "../tensor/tensor.ts";
import { firstOf, placeIn } from "../views/page/source/layer-grid.ts";
import { seenPicture } from "./images.ts";
import type { Asked, SeenPicture, SeenSound } from "./questions.ts";
import { seenSound } from "./sounds.ts";

/** A run that is asked about, with what later questions need. T queries, S keys. */
export class Held {
  readonly asked: Asked;
  readonly run: Run;
  readonly patches: readonly Patch[];
  readonly stack: Stack;
  readonly queryTokens: readonly TextToken[];
  readonly keyTokens: readonly TextToken[];
  readonly isSelf: boolean;
  readonly isCausal: boolean;
  readonly layers: number;
  /** Of the layer that has most. */
  readonly heads: number;
  /** Heads of each layer. */
  readonly headsOf: readonly number[];
  /** How a picture's patches lie on it. */
  readonly picture: SeenPicture | undefined;
  /** What was heard, of a sound. */
  readonly sound: SeenSound | undefined;
  /** The same text as it is, where this run changes it. */
  readonly clean: Held | undefined;
  /** (1, H, T, S), one a layer. */
  readonly kept: readonly Kept[];
  /** Whether all weights are there, not only what they are made of. */
  readonly isWhole: boolean;
  readonly #model: LoadedModel;
  readonly #hidden = new Map<number, Uint8Array>();

  constructor(
    model: LoadedModel,
    run: Run,
    { asked, stack, patches, clean }: Pick<Held, "asked" | "stack" | "patches" | "clean">,
    sound?: AudioInput,
  ) {
    this.#model = model;
    this.sound = seenSound(model, run, sound);
    this.picture = seenPicture(model, run);
    if (!this.picture?.ofLayers) expectSameTokens(run, "explorer");
    this.clean = clean;
    this.asked = asked;
    this.run = run;
    this.patches = patches;
    this.stack = stack;
    const kept: Kept[] = [];
    while (run.trace.has(this.#site(kept.length)))
      kept.push(run.trace.kept(this.#site(kept.length)));
    this.kept = kept;
    this.layers = kept.length;
    this.headsOf = kept.map(({ shape }) => shape[1]!);
    this.heads = Math.max(0, ...this.headsOf);
    this.isWhole = kept.every((numbers) => numbers instanceof Tensor);
    this.isSelf = stack !== "cross";
    const { queries, keys } = tokensOf(run, this.#site(0));
    this.queryTokens = queries;
    // Behind a picture's patches stands what fills its windows up.
    this.keyTokens = this.picture ? queries : keys;
    this.isCausal =
      (stack === "decoder" && this.#looksBack()) || (stack === "encoder" && model.isCausal);
  }

  /** Whether layers have tokens of their own. */
  get isMerged(): boolean {
    return this.picture?.ofLayers !== undefined;
  }

  /** Tokens of a layer, as its queries and as its keys are named. */
  tokensIn(layer: number): {
    readonly queries: readonly TextToken[];
    readonly keys: readonly TextToken[];
  } {
    if (!this.isMerged) return { queries: this.queryTokens, keys: this.keyTokens };
    const { queries } = tokensOf(this.run, this.#site(layer));
    return { queries, keys: queries };
  }

  /** The token of a layer that one of `queryTokens` is part of: itself, but where neighbours became one. */
  placeIn(layer: number, token: number): number {
    return this.picture ? placeIn(this.picture, layer, token) : token;
  }

  /** The first of `keyTokens` that a layer's own token is made of. */
  firstOf(layer: number, token: number): number {
    return this.picture ? firstOf(this.picture, layer, token) : token;
  }

  /**
   * What one query, one of `queryTokens`, looks at in a head: a weight for each key of its layer; NaN where it cannot look, and in heads a layer
   * does not have. The caller's own.
   */
  row(head: HeadAddress, query: number): Float32Array {
    return this.#part(head, [this.placeIn(head.layer, query)]);
  }

  /** All weights of a head, (T, S) of its layer, the same way. */
  weights(head: HeadAddress): Float32Array {
    return this.#part(head, undefined);
  }

  #site(layer: number): string {
    return siteIn(this.#model, this.stack, layer, "weights");
  }

  #part({ layer, head }: HeadAddress, queries: readonly number[] | undefined): Float32Array {
    const kept = this.kept[layer]!;
    const { queries: own, keys } = this.tokensIn(layer);
    const [T, S] = [own.length, keys.length];
    const rows = queries ?? Array.from({ length: T }, (_, query) => query);
    const numbers = new Float32Array(rows.length * S).fill(Number.NaN);
    if (head >= kept.shape[1]!) return numbers;
    const seen = S < kept.shape[3]! ? Array.from({ length: S }, (_, key) => key) : undefined;
    numbers.set(this.run.trace.part(this.#site(layer), [[0], [head], queries, seen]).data);
    const clean = this.#isChanged(layer)
      ? this.clean?.weightsOf({ layer, head }, queries)
      : undefined;
    const hidden = !clean && kept instanceof Tensor ? this.#hiddenIn(layer, kept) : undefined;
    for (const [row, query] of rows.entries()) {
      const at = row * S;
      if (this.isCausal) numbers.fill(Number.NaN, at + Math.min(S, query + 1), at + S);
      for (let key = 0; key < S; key++) {
        const isOutside = hidden
          ? hidden[query * kept.shape[3]! + key] === 1
          : (kept instanceof Banded || kept instanceof Blocks || Number.isNaN(clean?.[at + key])) &&
            numbers[at + key] === 0;
        if (isOutside) numbers[at + key] = Number.NaN;
      }
    }
    return numbers;
  }

  /** Weights of every head of a layer: (H, T, S). */
  layerWeights(layer: number): Float32Array {
    const cells = this.queryTokens.length * this.keyTokens.length;
    const all = new Float32Array(this.heads * cells);
    for (let head = 0; head < this.heads; head++)
      all.set(this.weights({ layer, head }), head * cells);
    return all;
  }

  /** Weights of some queries of a head, counted in its layer, or of all: (T, S). */
  weightsOf(head: HeadAddress, queries: readonly number[] | undefined): Float32Array {
    return this.#part(head, queries);
  }

  /** Whether scores or weights of a layer are changed themselves: 0 may be a change then. */
  #isChanged(layer: number): boolean {
    return this.patches.some(({ site }) => {
      const address = parseSite(site);
      return address?.layer === layer && /^(scores|weights)/.test(address.kind.name);
    });
  }

  /** Whether a decoder's first token sees itself alone: its config may let its tokens look both ways. */
  #looksBack(): boolean {
    const run = this.clean?.run ?? this.run;
    const { data } = run.trace.row(this.#site(0), { text: 0, head: 0, query: 0 });
    return data.every((weight, key) => key === 0 || weight === 0);
  }

  /** Places no head of a layer gives any weight: behind a window or a mask. */
  #hiddenIn(layer: number, { data, shape }: Tensor): Uint8Array | undefined {
    if (this.#isChanged(layer)) return undefined;
    const known = this.#hidden.get(layer);
    if (known) return known;
    const [, H, T, S] = shape as readonly [number, number, number, number];
    const hidden = new Uint8Array(T * S).fill(1);
    for (let head = 0; head < H; head++)
      for (let place = 0; place < T * S; place++)
        if (data[head * T * S + place] !== 0) hidden[place] = 0;
    this.#hidden.set(layer, hidden);
    return hidden;
  }
}

/** Throws SiteError for a head that the run does not have. */
export function expectHead({ layers, heads, headsOf }: Held, { layer, head }: HeadAddress): void {
  if (layer >= 0 && layer < layers && head >= 0 && head < (headsOf[layer] ?? 0)) return;
  const most = headsOf[layer] ?? heads;
  throw new SiteError(
    `L${layer}H${head}: is not there: layers 0 to ${layers - 1}, heads 0 to ${most - 1}${most < heads ? ` in layer ${layer}` : ""}`,
  );
}

/** Throws SiteError for a token that the run does not have. */
export function expectToken(
  { queryTokens, keyTokens }: Held,
  token: number,
  side: "query" | "key",
): void {
  const { length } = side === "query" ? queryTokens : keyTokens;
  if (Number.isInteger(token) && token >= 0 && token < length) return;
  throw new SiteError(`${side} ${token}: there are tokens 0 to ${length - 1}`);
}
