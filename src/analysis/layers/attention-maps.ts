import { InputError, SiteError } from "../../errors/errors.ts";
import { choiceOf, expectKeys } from "../../errors/options.ts";
import type { Run } from "../../models/run.ts";
import { stageOf } from "../../models/site-tokens.ts";
import type { HeadAddress } from "../../probe/head-address.ts";
import type { Kept } from "../../probe/kept.ts";
import { expectSameTokens } from "../../probe/text-tokens.ts";
import type { TextToken } from "../../probe/words.ts";
import { Tensor } from "../../tensor/tensor.ts";

/** All of `Stack`. */
export const stacks = ["encoder", "decoder", "cross"] as const;
/** Which attention of a model: an encoder's or a decoder's own, or that of a decoder's tokens to the encoder's. */
export type Stack = (typeof stacks)[number];

/** The attention of one text in every layer of one stack, its padding left out: what analyses of heads and layers take. */
export interface AttentionMaps {
  readonly layers: number;
  /** The model's number of the first of them: 0, but in a later stage of merged tokens. */
  readonly firstLayer: number;
  readonly heads: number;
  /** The tokens that look (T). */
  readonly queries: readonly TextToken[];
  /** The tokens looked at (S): the queries themselves, but in cross attention. */
  readonly keys: readonly TextToken[];
  /** Whether tokens look at their own text. */
  readonly isSelf: boolean;
  /** Whether no query looks at a later key, in any layer: as the weights have it. */
  readonly isCausal: boolean;
  /** What each query of a head gives each key: (T, S) row-major; not to be changed. Here and below layers count from `firstLayer`. */
  matrix(head: HeadAddress): Float32Array;
  /** Whether a query may look at a key in a layer: whether any of its heads gives it weight. Masks, windows and orders all show so. */
  canLook(layer: number, query: number, key: number): boolean;
  /** How many keys a query may look at in a layer. */
  visible(layer: number, query: number): number;
}

/** Whose attention is taken. */
export interface MapsOptions {
  /** Which text of the run. */
  readonly text?: number;
  /** Needed in encoder-decoders only, where it is the encoder's if not given. */
  readonly stack?: Stack;
  /** Where neighbours are merged on the way (swin): which of the stages whose layers have the same tokens, from 0. */
  readonly stage?: number;
}

/** What stands before and behind the layer in the names of a stack's sites. */
const siteParts = {
  "": ["layers.", ""],
  encoder: ["encoder.layers.", ""],
  decoder: ["decoder.layers.", ""],
  cross: ["decoder.layers.", "cross."],
} as const;

/** The pattern by which a run reads the weights of a stack: "layers.*.weights"; `sites` are the model's. */
export function weightSites(
  sites: { has(site: string): boolean },
  stack?: Stack,
  kind = "weights",
): string {
  if (stack !== undefined) choiceOf(stacks, stack, "stack");
  const [before, behind] = siteParts[chosenStack(sites, stack)];
  return `${before}*.${behind}${kind}`;
}

function chosenStack(
  sites: { has(site: string): boolean },
  stack: Stack | undefined,
): keyof typeof siteParts {
  if (sites.has("decoder.layers.0.weights")) return stack ?? "encoder";
  if (sites.has("encoder.layers.0.weights")) return expectStack(stack, "encoder", "an encoder");
  if (stack === undefined || !sites.has("layers.0.weights")) return "";
  throw new InputError(
    `stack ${stack}: this model has one stack of layers. Leave the stack out; encoder-decoders have several`,
  );
}

function expectStack(stack: Stack | undefined, only: Stack, name: string): Stack {
  if (stack === undefined || stack === only) return only;
  throw new InputError(`stack ${stack}: this model has ${name} only. Leave the stack out`);
}

/**
 * The attention of one text of a run, of which `layers.*.weights` were read (`weightSites` names them). Throws SiteError where they were
 * not, and where the run has no such text or stack; InputError where layers have tokens of their own and no stage is named.
 */
export function attentionMaps(run: Run, options: MapsOptions = {}): AttentionMaps {
  expectKeys(options, { text: true, stack: true, stage: true }, "attentionMaps");
  const { text = 0, stack, stage } = options;
  if (stack !== undefined) choiceOf(stacks, stack, "attentionMaps: stack");
  if (stage !== undefined) return mapsOfStage(run, stage, { text, stack });
  expectSameTokens(run);
  const hasDecoder = run.trace.sites.some((site) => site.startsWith("decoder."));
  const hasEncoder = run.trace.sites.some((site) => site.startsWith("encoder."));
  const own =
    hasDecoder || hasEncoder ? (stack ?? (hasEncoder ? "encoder" : "decoder")) : (stack ?? "");
  const [before, behind] = siteParts[own];
  const site = (layer: number) => `${before}${layer}.${behind}weights`;
  const kept: Kept[] = [];
  do kept.push(run.trace.kept(site(kept.length)));
  while (run.trace.has(site(kept.length)));
  const { mask, decoder, length } = run.inputs;
  const isDecoders = own === "decoder" || own === "cross";
  const rows = isDecoders ? (run.decoderTokens ?? []) : run.tokens;
  expectText(text, rows);
  const places = (row: readonly TextToken[], real: Int32Array | undefined, width: number) =>
    [...row.keys()].filter((place) => real === undefined || real[text * width + place] === 1);
  const encoderPlaces = places(run.tokens[text]!, mask, length);
  const queryPlaces = isDecoders
    ? places(rows[text]!, decoder?.mask, decoder?.length ?? 0)
    : encoderPlaces;
  const keyPlaces = own === "decoder" ? queryPlaces : encoderPlaces;
  return mapsOf(kept, {
    text,
    firstLayer: 0,
    queryPlaces,
    keyPlaces,
    queries: queryPlaces.map((place) => rows[text]![place]!),
    keys: keyPlaces.map((place) => (own === "decoder" ? rows : run.tokens)[text]![place]!),
    isSelf: own !== "cross",
  });
}

function expectText(text: number, rows: readonly unknown[]): void {
  if (!Number.isInteger(text) || text < 0 || text >= rows.length)
    throw new SiteError(`text ${text}: the run has ${rows.length} texts, 0 to ${rows.length - 1}`);
}

interface StageText extends Pick<MapsOptions, "stack"> {
  readonly text: number;
}

/** The attention of the layers of one stage, between merged neighbours. */
function mapsOfStage(run: Run, stage: number, { text, stack }: StageText): AttentionMaps {
  const { first, count, tokens } = stageOf(run, stage);
  const { queries, keys } = tokens;
  expectStack(stack, "encoder", "an encoder");
  expectText(text, run.tokens);
  if (keys.length > queries.length)
    throw new InputError(
      `stage ${stage}: its windows are filled up with ${keys.length - queries.length} places that are no patches and are looked at all the same, so that the patches' weights are no whole. Give a picture whose patches fill the windows`,
    );
  const places = [...queries.keys()];
  return mapsOf(
    Array.from({ length: count }, (_, n) => run.trace.kept(`layers.${first + n}.weights`)),
    {
      ...{ text, firstLayer: first, queryPlaces: places, keyPlaces: places },
      ...{ queries, keys, isSelf: true },
    },
  );
}

interface Places extends Pick<AttentionMaps, "queries" | "keys" | "isSelf" | "firstLayer"> {
  readonly text: number;
  /** Where the real tokens lie in the rows of the run. */
  readonly queryPlaces: readonly number[];
  readonly keyPlaces: readonly number[];
}

function mapsOf(kept: readonly Kept[], places: Places): AttentionMaps {
  const { text, firstLayer, queryPlaces, keyPlaces, queries, keys, isSelf } = places;
  const heads = kept[0]!.shape[1]!;
  const [T, S] = [queries.length, keys.length];
  const matrix = ({ layer, head }: HeadAddress) =>
    matrixOf(kept[layer]!, head, text, queryPlaces, keyPlaces);
  const seen = kept.map(() => undefined as Uint8Array | undefined);
  const seenIn = (layer: number) => {
    const known = seen[layer];
    if (known) return known;
    const marks = new Uint8Array(T * S);
    for (let head = 0; head < heads; head++) {
      const weights = matrix({ layer, head });
      for (let place = 0; place < weights.length; place++)
        if (weights[place]! > 0) marks[place] = 1;
    }
    seen[layer] = marks;
    return marks;
  };
  const counts = kept.map(() => undefined as Int32Array | undefined);
  const countsIn = (layer: number) => {
    counts[layer] ??= Int32Array.from({ length: T }, (_, query) =>
      seenIn(layer)
        .subarray(query * S, (query + 1) * S)
        .reduce((sum, mark) => sum + mark, 0),
    );
    return counts[layer];
  };
  return {
    layers: kept.length,
    firstLayer,
    heads,
    queries,
    keys,
    isSelf,
    get isCausal() {
      return isSelf && T > 1 && kept.every((_, layer) => looksBack(seenIn(layer), S));
    },
    matrix,
    canLook: (layer, query, key) => seenIn(layer)[query * S + key] === 1,
    visible: (layer, query) => countsIn(layer)[query]!,
  };
}

function looksBack(seen: Uint8Array, width: number): boolean {
  return seen.every((mark, place) => mark === 0 || place % width <= Math.floor(place / width));
}

/** A head's weights between real tokens; a view where nothing is left out. */
function matrixOf(
  kept: Kept,
  head: number,
  text: number,
  queryPlaces: readonly number[],
  keyPlaces: readonly number[],
): Float32Array {
  const [, H, T, S] = kept.shape as readonly [number, number, number, number];
  const isWhole = queryPlaces.length === T && keyPlaces.length === S;
  if (isWhole && kept instanceof Tensor)
    return kept.data.subarray(
      (text * H + head) * T * S,
      (text * H + head + 1) * T * S,
    ) as Float32Array;
  const matrix = new Float32Array(queryPlaces.length * keyPlaces.length);
  let place = 0;
  for (const query of queryPlaces) {
    const numberAt =
      kept instanceof Tensor
        ? (key: number) => kept.data[((text * H + head) * T + query) * S + key]!
        : kept.rowOf(text, head, query);
    for (const key of keyPlaces) matrix[place++] = numberAt(key);
  }
  return matrix;
}
