import { InputError } from "../../errors/errors.ts";
import type { KeysOf } from "../../errors/options.ts";
import type { RunOptions } from "../../models/loaded-model.ts";
import type { Run } from "../../models/run.ts";
import { tokensOf } from "../../models/site-tokens.ts";
import type { Patch } from "../../probe/patch.ts";
import { parseSite } from "../../probe/sites.ts";
import type { TextToken } from "../../probe/words.ts";
import type { Metric } from "../interventions/metric.ts";
import { type ExperimentModel, repeatedInput, type Subject } from "../interventions/subject.ts";
import type { Stack } from "../layers/attention-maps.ts";
import type { SlopedMetric } from "./metric-of.ts";

/** How gradients are computed, and who is told. */
export interface GradientOptions extends Pick<RunOptions, "signal"> {
  /** True, and where it is left out: layers are computed again for their gradients; false: everything is kept, quicker and in more memory. */
  readonly recompute?: boolean;
}

/** Keys of GradientOptions. */
export const gradientOptions: KeysOf<GradientOptions> = { signal: true, recompute: true };

/** A number for each token of one side of a model. */
export interface TokenValues {
  /** Whose tokens, in an encoder-decoder. */
  readonly stack: Exclude<Stack, "cross"> | undefined;
  /** Padding is left out. */
  readonly tokens: readonly TextToken[];
  readonly values: Float64Array;
}

/** What a method says of the tokens that went in. */
export interface InputAttribution {
  readonly metric: Metric;
  /** The metric in words: "log P(mat) at [MASK]". */
  readonly name: string;
  /** The metric on this text. */
  readonly value: number;
  /** One side; in an encoder-decoder the encoder's and the decoder's. */
  readonly sides: readonly TokenValues[];
}

/** Where tokens enter a model (behind the norm of the embeddings, where there is one), in the order of its stacks. */
export function inputSites({ sites, label }: ExperimentModel): string[] {
  const found = [...sites.keys()].filter((site) => parseSite(site)?.kind.name === "embeddings");
  if (found.length > 0) return found;
  throw new InputError(`gradient: ${label} has no site "embeddings", where its tokens enter`);
}

/** Which side of an encoder-decoder a site is of. */
export function sideOf(site: string): TokenValues["stack"] {
  const { stack } = parseSite(site)!;
  return stack === "" ? undefined : (stack.slice(0, -1) as TokenValues["stack"]);
}

/** One run of a subject's own text with gradients of a metric at some sites; what is read is read too. */
export async function gradientRun(
  subject: Subject,
  of: SlopedMetric,
  at: readonly string[],
  { read, patch, rows = 1, signal, recompute }: GradientOptions & RowsToRun = {},
): Promise<Run> {
  const input = repeatedInput(await subject.clean(), rows);
  return subject.model.run(input, {
    ...(read && { read }),
    ...(patch && { patch }),
    gradient: { of, at, ...(recompute !== undefined && { recompute }) },
    signal,
    output: false,
    onWarning: () => {},
  });
}

interface RowsToRun {
  readonly read?: readonly string[];
  readonly patch?: readonly Patch[];
  /** How often the text stands in the batch. */
  readonly rows?: number;
}

/** Places of a site's row that hold something, and their tokens. */
export function realTokens(run: Run, site: string): { places: number[]; tokens: TextToken[] } {
  const { queries } = tokensOf(run, site);
  const { mask, decoder } = run.inputs;
  const isDecoders = run.decoderTokens !== undefined && queries === run.decoderTokens[0];
  const isMain = queries === run.tokens[0];
  const real = isDecoders ? decoder?.mask : isMain ? mask : undefined;
  const places = [...queries.keys()].filter((place) => !real || real[place] === 1);
  return { places, tokens: places.map((place) => queries[place]!) };
}

/** A number for each real token of every side, made of the token's vector and its gradient. */
export async function inputAttribution(
  subject: Subject,
  metric: SlopedMetric,
  options: GradientOptions,
  numberOf: (vector: Float32Array, gradient: Float32Array) => number,
): Promise<InputAttribution> {
  const sites = inputSites(subject.model);
  const clean = await subject.clean();
  const { trace } = await gradientRun(subject, metric, sites, { ...options, read: sites });
  const sides = sites.map((site): TokenValues => {
    const { places, tokens } = realTokens(clean, site);
    const [vectors, gradients] = [trace.get(site), trace.get(`${site}.gradient`)];
    const values = places.map((place) =>
      numberOf(vectors.select(0, place).data, gradients.select(0, place).data),
    );
    return { stack: sideOf(site), tokens, values: Float64Array.from(values) };
  });
  return { metric: metric.metric, name: metric.name, value: metric.clean, sides };
}
