/**
 * Norm-weighted attention (Kobayashi et al. 2020, arXiv 2004.10102, eq. 3 and 4): ‖α_ij f(x_j)‖, f(x) = (x W^V + b^V) W^O; with residual and norm as
 * Kobayashi et al. 2021 (arXiv 2109.07152) have it.
 */

import { InputError } from "../../errors/errors.ts";
import { expectKeys } from "../../errors/options.ts";
import { headMatrix } from "../../models/head-matrix.ts";
import { joinedSite } from "../../models/joined-site.ts";
import type { LoadedModel } from "../../models/loaded-model.ts";
import type { Run } from "../../models/run.ts";
import { formatHead, type HeadAddress } from "../../probe/head-address.ts";
import {
  type AttentionMaps,
  attentionMaps,
  type Stack,
  weightSites,
} from "../layers/attention-maps.ts";
import { joinedFactors } from "../linear/joined-output.ts";

/** What a run must read for `valueNorms`: weights, values, and for whole layers what is added to them. */
export function valueNormSites(model: Pick<LoadedModel, "sites">, stack?: Stack): string[] {
  return ["weights", "v", "mixed", "input", "attended"].map((kind) => {
    const site = joinedSite(model, weightSites(model.sites, stack, kind));
    return kind === "input" ? site.replace("cross.", "") : site;
  });
}

/** Which norms. */
export interface ValueNormOptions {
  readonly text?: number;
  readonly stack?: Stack;
  /** Where neighbours are merged on the way (swin): of which stage, from 0. */
  readonly stage?: number;
}

/** How much each key really gives each query: the norm of what is added, not the weight alone. */
export interface ValueNorms {
  /** Layers of the stack, or of the stage; below they are named by the model's numbers, from `maps.firstLayer` on. */
  readonly layers: number;
  readonly heads: number;
  /** The attention it is of. */
  readonly maps: AttentionMaps;
  /** One head: ‖α_ij f(x_j)‖, f(x) = (x W^V + b^V) W^O: (T, S) row-major (Kobayashi et al. 2020, eq. 3). */
  head(address: HeadAddress): Promise<Float64Array>;
  /**
   * All heads of a layer together: (T, S).
   * - "heads": ‖Σ_h α f_h(x_j)‖ (2020, section 5).
   * - "residual": the query's own vector is added to what it gives itself (Kobayashi et al. 2021, AttnRes-N).
   * - "norm": that, through the norm behind it with its size held at the run's (2021, AttnResLn-N); models whose norms come last only.
   */
  layer(layer: number, variant?: ValueNormVariant): Promise<Float64Array>;
}

/** v W^O of every key, and how much of it each query takes. */
interface HeadShares {
  readonly made: Float64Array; // (S, C)
  readonly weights: ArrayLike<number>; // (T, S)
}

/** What of a layer the norms are of. */
export type ValueNormVariant = "heads" | "residual" | "norm";

/** Norm-weighted attention of a run that read `valueNormSites`. Throws SiteError where it did not, InputError for what a family has not. */
export function valueNorms(
  model: LoadedModel,
  run: Run,
  options: ValueNormOptions = {},
): ValueNorms {
  expectKeys(options, { text: true, stack: true, stage: true }, "valueNorms");
  const { text = 0, stack } = options;
  const maps = attentionMaps(run, options);
  const { layers, firstLayer, heads } = maps;
  const siteOf = (layer: number, kind: string) =>
    weightSites(model.sites, stack, kind).replace("*", String(layer));
  const place = siteOf(0, "")
    .replace(/layers\.0\.$/, "")
    .replace(/layers\.0\.cross\.$/, "cross.");
  const group = heads / run.trace.get(siteOf(firstLayer, "v")).shape[1]!;
  const keyPlaces = placesOf(run, maps, text, false);
  const queryPlaces = placesOf(run, maps, text, true);
  const matrixOf = ({ layer, head }: HeadAddress) =>
    maps.matrix({ layer: layer - firstLayer, head });
  /** Throws InputError where what a head mixed is not its weights times these values: global tokens of longformer have values of their own. */
  const expectMixed = ({ layer, head }: HeadAddress, values: Float32Array, D: number) => {
    const mixed = run.trace.part(
      siteOf(layer, "mixed"),
      [[text], [head], queryPlaces, undefined],
      "valueNorms",
    ).data;
    const weights = matrixOf({ layer, head });
    const most = mixed.reduce((a, b) => Math.max(a, Math.abs(b)), 1);
    for (let query = 0; query < queryPlaces.length; query++)
      for (let d = 0; d < D; d++) {
        let sum = 0;
        for (let key = 0; key < keyPlaces.length; key++)
          sum += weights[query * keyPlaces.length + key]! * values[key * D + d]!;
        if (Math.abs(sum - mixed[query * D + d]!) > 1e-3 * most)
          throw new InputError(
            `valueNorms: what token ${query} takes in ${formatHead({ layer, head })} is not its weights times the values at "v". In ${model.type} some tokens (global ones) take other values, or the run was patched`,
          );
      }
  };
  /** v W^O of every key: (S, C). */
  const shares = async ({ layer, head }: HeadAddress) => {
    const { matrix } = await headMatrix(model, { layer, head }, "o", place);
    const [D, C] = matrix.shape as readonly [number, number];
    const values = run.trace.part(
      siteOf(layer, "v"),
      [[text], [Math.floor(head / group)], keyPlaces, undefined],
      "valueNorms",
    ).data;
    expectMixed({ layer, head }, values, D);
    const made = new Float64Array(keyPlaces.length * C);
    for (let key = 0; key < keyPlaces.length; key++)
      for (let d = 0; d < D; d++) {
        const value = values[key * D + d]!;
        for (let c = 0; c < C; c++) made[key * C + c]! += value * matrix.data[d * C + c]!;
      }
    return { made, C };
  };
  const [T, S] = [maps.queries.length, maps.keys.length];
  /** What each query's sum is multiplied by before it joins the stream, in families that norm or scale it. */
  const factorsOf = async (all: readonly HeadShares[], layer: number) => {
    const prefix = siteOf(layer, "");
    const joined = await joinedFactors(model, prefix);
    const parameter = model.parameter(`${prefix}o.bias`);
    const bias = parameter && (await model.parameterRows(parameter));
    const attended = run.trace.part(
      joinedSite(model, siteOf(layer, "attended")),
      [[text], queryPlaces, undefined],
      "valueNorms",
    ).data;
    const C = attended.length / T;
    return Array.from({ length: T }, (_, query) => {
      const total = Float64Array.from(bias ?? new Float64Array(C));
      for (const { made, weights } of all)
        for (let key = 0; key < S; key++)
          for (let c = 0; c < C; c++) total[c]! += weights[query * S + key]! * made[key * C + c]!;
      return joined(total, attended.subarray(query * C, (query + 1) * C));
    });
  };
  return {
    layers,
    heads,
    maps,
    async head(address) {
      const { made, C } = await shares(address);
      const norms = Float64Array.from({ length: S }, (_, key) =>
        Math.hypot(...made.subarray(key * C, (key + 1) * C)),
      );
      return Float64Array.from(matrixOf(address), (weight, at) => weight * norms[at % S]!);
    },
    async layer(layer, variant = "heads") {
      if (variant !== "heads" && !maps.isSelf)
        throw new InputError(
          `valueNorms: variant ${variant} adds the query's own vector, and in cross attention no key is the query. Take "heads"`,
        );
      const all = await Promise.all(
        Array.from({ length: heads }, async (_, head) => ({
          ...(await shares({ layer, head })),
          weights: matrixOf({ layer, head }),
        })),
      );
      const C = all[0]!.C;
      const stream =
        variant === "heads"
          ? undefined
          : run.trace.part(siteOf(layer, "input"), [[text], queryPlaces, undefined], "valueNorms")
              .data;
      if (stream && stream.length !== T * C)
        throw new InputError(
          `valueNorms: in ${model.type} heads write ${C} numbers and the stream has ${stream.length / T}; variant ${variant} needs them alike`,
        );
      const norm =
        variant === "norm"
          ? await normOf(model, run, siteOf, { layer, text, queryPlaces })
          : undefined;
      const factors = await factorsOf(all, layer);
      const result = new Float64Array(T * S);
      const sum = new Float64Array(C);
      for (let query = 0; query < T; query++)
        for (let key = 0; key < S; key++) {
          sum.fill(0);
          for (const { made, weights } of all) {
            const weight = weights[query * S + key]!;
            if (weight !== 0) for (let c = 0; c < C; c++) sum[c]! += weight * made[key * C + c]!;
          }
          const own = factors[query];
          if (own) for (let c = 0; c < C; c++) sum[c]! *= own[c]!;
          if (stream && query === key)
            for (let c = 0; c < C; c++) sum[c]! += stream[query * C + c]!;
          result[query * S + key] = norm ? norm(sum, query) : Math.hypot(...sum);
        }
      return result;
    },
  };
}

/** Where the real tokens lie in the rows of the run. */
function placesOf(run: Run, maps: AttentionMaps, text: number, isOfQueries: boolean): number[] {
  const wanted = isOfQueries ? maps.queries : maps.keys;
  const ofLayers = run.layerTokens?.map(({ keys }) => keys) ?? [];
  const row = [run.tokens[text]!, run.decoderTokens?.[text] ?? [], ...ofLayers].find((tokens) =>
    tokens.includes(wanted[0]!),
  )!;
  return wanted.map((token) => row.indexOf(token));
}

interface NormPlace {
  readonly layer: number;
  readonly text: number;
  readonly queryPlaces: readonly number[];
}

/** The size of a part behind the norm that follows attention, its size held at the run's. */
async function normOf(
  model: LoadedModel,
  run: Run,
  siteOf: (layer: number, kind: string) => string,
  { layer, text, queryPlaces }: NormPlace,
): Promise<(part: Float64Array, query: number) => number> {
  const gain =
    model.parameter(siteOf(layer, "attention.norm.gain")) ??
    model.parameter(siteOf(layer, "attention.norm.weight"));
  if (model.sites.has(siteOf(layer, "normed")) || !gain)
    throw new InputError(
      `valueNorms: variant norm is of layers that norm what attention leaves, and ${model.type} does not. Take "residual"`,
    );
  const gains = await model.parameterRows(gain);
  const part = (kind: string) =>
    run.trace.part(siteOf(layer, kind), [[text], [...queryPlaces], undefined], "valueNorms").data;
  const [stream, attended] = [part("input"), part("attended")];
  const C = gains.length;
  const epsilon =
    typeof model.config.layer_norm_eps === "number" ? model.config.layer_norm_eps : 1e-12;
  const sizes = queryPlaces.map((_, query) => {
    const row = Float64Array.from(
      { length: C },
      (_, c) => stream[query * C + c]! + attended[query * C + c]!,
    );
    const mean = row.reduce((a, b) => a + b, 0) / C;
    return Math.sqrt(row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / C + epsilon);
  });
  return (vector, query) => {
    const mean = vector.reduce((a, b) => a + b, 0) / C;
    let squares = 0;
    for (let c = 0; c < C; c++) squares += (((vector[c]! - mean) / sizes[query]!) * gains[c]!) ** 2;
    return Math.sqrt(squares);
  };
}
