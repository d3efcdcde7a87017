/**
 * The logit lens (nostalgebraist 2020, "interpreting GPT: the logit lens"): softmax(norm(x_l) · W_U) of the stream x_l behind layer l, with the model's
 * last norm and head W_U.
 */

import { InputError } from "../../errors/errors.ts";
import { choiceOf, expectKeys } from "../../errors/options.ts";
import type { Run } from "../../models/run.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { type RankedChoice, topPredictions } from "./predictions.ts";

/** What makes logits of a stream: a model, here or in a worker. */
export interface LogitReader {
  /** (B, T, V) of a stream (B, T, C); `normed` where it stands behind the last norm already. */
  logits(stream: Tensor, options?: { readonly normed?: boolean }): Promise<Tensor>;
}

/** Where the lens looks, and how much it says. */
export interface LensOptions {
  readonly text?: number;
  /** Places of tokens; all real ones if not given. */
  readonly positions?: readonly number[];
  /** How many predictions a place; 5 if not given. */
  readonly count?: number;
  /** "decoder." in an encoder-decoder, whose sites have it. */
  readonly stack?: "" | "decoder.";
}

/** What the head would say of one token's stream. */
export interface LensPlace {
  readonly position: number;
  /** The most probable, the first first. */
  readonly predictions: readonly RankedChoice[];
  /** What the last layer holds most probable there. */
  readonly last: {
    readonly index: number;
    readonly probability: number;
    /** 1 where this layer holds it most probable too. */
    readonly rank: number;
  };
  /** KL(last layer ‖ this layer) in nats: 0 once the layer says what the last one says. */
  readonly divergence: number;
}

/** One layer through the lens. */
export interface LensLayer {
  /** "input" for what enters layer 0, then "L0", "L1", … */
  readonly name: string;
  readonly layer: number | undefined;
  readonly places: readonly LensPlace[];
}

/** What a run must read for `logitLens`. */
export function lensSites(stack: "" | "decoder." = ""): string[] {
  return [`${stack}layers.0.input`, `${stack}layers.*.residual`];
}

/** So many tokens go through the head at a time: their logits are as many as the vocabulary. */
const atOnce = 64;

/**
 * The logit lens (nostalgebraist 2020): the stream after each layer through the last norm and the head, as if the layers behind it were not there.
 * Needs a run that read `lensSites()`. Early layers of models whose norms come last were never meant to be read so. Throws SiteError where the
 * streams were not read, InputError where the head is none over tokens.
 */
export async function logitLens(
  model: LogitReader,
  run: Run,
  options: LensOptions = {},
): Promise<LensLayer[]> {
  expectKeys(options, { text: true, positions: true, count: true, stack: true }, "logitLens");
  const { text = 0, positions, count = 5, stack = "" } = options;
  choiceOf(["", "decoder."], stack, "logitLens: stack");
  const names = [`${stack}layers.0.input`];
  while (names.length === 1 || run.trace.has(`${stack}layers.${names.length - 1}.residual`)) {
    const site = `${stack}layers.${names.length - 1}.residual`;
    run.trace.kept(site);
    names.push(site);
  }
  const places = positions ?? realPlaces(run, text, stack);
  if (places.length === 0)
    throw new InputError("logitLens: no token is looked at. Name a position");
  const found: { name: string; layer: number | undefined; places: LensPlace[] }[] = names.map(
    (_, step) => ({
      name: step === 0 ? "input" : `L${step - 1}`,
      layer: step === 0 ? undefined : step - 1,
      places: [],
    }),
  );
  for (let start = 0; start < places.length; start += atOnce) {
    const part = places.slice(start, start + atOnce);
    const stream = (site: string) => run.trace.part(site, [[text], part, undefined], "logitLens");
    const last = await model.logits(stream(names.at(-1)!)); // (1, P, V)
    for (const [step, site] of names.entries()) {
      const logits = step === names.length - 1 ? last : await model.logits(stream(site));
      for (const [n, position] of part.entries())
        found[step]!.places.push(placeOf(rowOf(logits, n), rowOf(last, n), position, count));
    }
  }
  return found;
}

function realPlaces({ inputs, tokens, decoderTokens }: Run, text: number, stack: string): number[] {
  const isDecoders = stack === "decoder.";
  const row = (isDecoders ? decoderTokens : tokens)?.[text] ?? [];
  const mask = isDecoders ? inputs.decoder?.mask : inputs.mask;
  return [...row.keys()].filter(
    (place) => mask === undefined || mask[text * row.length + place] === 1,
  );
}

function rowOf(logits: Tensor, place: number): Float32Array {
  const V = logits.shape[2]!;
  return logits.data.subarray(place * V, (place + 1) * V) as Float32Array;
}

function placeOf(
  logits: Float32Array,
  last: Float32Array,
  position: number,
  count: number,
): LensPlace {
  const [own, final] = [logSum(logits), logSum(last)];
  let index = 0;
  for (let id = 0; id < last.length; id++) if (last[id]! > last[index]!) index = id;
  let rank = 1;
  let divergence = 0;
  for (let id = 0; id < logits.length; id++) {
    if (logits[id]! > logits[index]!) rank += 1;
    const probability = Math.exp(last[id]! - final);
    if (probability > 0) divergence += probability * (last[id]! - final - (logits[id]! - own));
  }
  return {
    position,
    predictions: topPredictions(logits, count),
    last: { index, probability: Math.exp(logits[index]! - own), rank },
    divergence: Math.max(0, divergence),
  };
}

function logSum(logits: Float32Array): number {
  const most = logits.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  return most + Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - most), 0));
}

/** A part of a stream as one more stream: (C) → (1, 1, C). */
export function asStream(vector: ArrayLike<number>): Tensor {
  return new Tensor([1, 1, vector.length], Float32Array.from(vector));
}
