import { dimensionsIn, type Turning } from "../../families/family.ts";
import { headMatrix } from "../../models/head-matrix.ts";
import type { LoadedModel } from "../../models/loaded-model.ts";
import type { Run } from "../../models/run.ts";
import { isTurnOf } from "../linear/turned-pairs.ts";
import { farApart, rowProduct } from "../linear/vectors.ts";
import { type FoldedMap, foldedNorm, type HeadMap } from "./head-norm.ts";
import type { Place } from "./question.ts";
import { type Seen, seenVectors } from "./seen.ts";

/** How far numbers made again may be from the run's. */
export const closeEnough = 1e-3;

/** How a query came about. */
export interface Projection extends HeadMap {
  /** (C): what the projection sees. */
  readonly input: Float64Array;
  /** Whether the head's vectors are turned by their positions (rotary) after the projection. */
  readonly isTurned: boolean;
}

/** Everything one head does with one query, as a run has it. D is the head's width, S the keys. */
export interface HeadNumbers {
  readonly place: Place;
  readonly query: number;
  readonly keys: number;
  readonly width: number;
  /** What q·k is multiplied by. */
  readonly scale: number;
  /** What the scaled products are kept within, softly, where they are. */
  readonly cap: number | undefined;
  /** How positions turn the vectors, where they do. */
  readonly turning: Turning | undefined;
  /** (D), as it enters the dot product; with the head's own bias on queries, where it has one. */
  readonly q: Float32Array;
  /** (D) added to every query of this head (xlnet), in q already. */
  readonly queryBias: Float32Array | undefined;
  /** (S, D) row-major. */
  readonly k: Float32Array;
  readonly v: Float32Array;
  /** "global." where a token that sees everything asks with projections of its own (longformer). */
  readonly branch: "" | "global.";
  /** How q came about; undefined where the projection sees something no site and no parameter leads to. */
  readonly projection: Projection | undefined;
  /** W^K, for keys. */
  readonly keyMap: HeadMap;
  /** W^K for a key of this input, with the norm of the head's keys, where it has one. */
  mapOfKey(input: ArrayLike<number>): HeadMap;
  readonly seen: Seen;
  /** (S): parts of the scores that come from the run: distance and learned biases. */
  readonly added: readonly { readonly name: "position" | "bias"; readonly values: Float32Array }[];
  /** (S): what softmax is applied to; −Infinity where the query cannot look. */
  readonly scores: Float32Array;
  /** (S): the weights of the run. */
  readonly weights: Float32Array;
  /** (D): weights · v of the run. */
  readonly mixed: Float32Array;
}

/** The numbers of one query in one head. The run must have read what `explainReads` says. */
export async function headNumbers(
  model: LoadedModel,
  run: Run,
  place: Place,
  query: number,
): Promise<HeadNumbers> {
  const { prefix, layerName, text, head, keyHead } = place;
  const { trace } = run;
  const part = (name: string, ...selection: readonly (readonly number[])[]) =>
    trace.part(name, [[text], ...selection], "explain").data;
  const row = (name: string) => trace.row(name, { text, head, query }).data;
  const scores = row(`${prefix}scores`);
  const global = globalVectors(run, place, query);
  const plain = global ?? {
    q: part(`${prefix}q`, [head], [query]),
    k: part(`${prefix}k`, [keyHead]),
    v: part(`${prefix}v`, [keyHead]),
  };
  const width = plain.q.length;
  const ownBias = model.parameter(`${layerName}bias.content`);
  const queryBias = ownBias && (await model.parameterRows(ownBias, head, head + 1));
  const added = (["position", "bias"] as const).flatMap((name) => {
    const site = `${prefix}scores.${name}`;
    return model.sites.has(site) ? [{ name, values: part(site, [head], [query]) }] : [];
  });
  const branch = global ? "global." : "";
  const stack = prefix.replace(/layers\.\d+\./, "");
  const q = queryBias ? plain.q.map((value, d) => value + queryBias[d]!) : plain.q;
  const keyMap = await mapOf(model, place, stack, branch, "k");
  const queryMap = await mapOf(model, place, stack, branch, "q");
  const seen = await seenVectors(model, run, place);
  const ofQuery =
    branch === "" ? await foldedNorm(model, `${prefix}q`, head, place.stack) : undefined;
  const ofKey =
    branch === "" ? await foldedNorm(model, `${prefix}k`, keyHead, place.stack) : undefined;
  const { scoreCap, turning } = model.scoringOf(place.stack);
  return {
    place,
    query,
    keys: scores.length,
    width,
    scale: model.scoreScale(place.layer, place.stack) ?? 1 / Math.sqrt(width),
    cap: scoreCap,
    turning,
    q,
    queryBias,
    k: plain.k,
    v: plain.v,
    branch,
    projection: projectionOf(queryMap, ofQuery, seen, query, plain.q, turning),
    keyMap,
    mapOfKey: (input) => ofKey?.(keyMap, input) ?? keyMap,
    seen,
    added,
    scores,
    weights: row(`${prefix}weights`),
    mixed: part(`${prefix}mixed`, [head], [query]),
  };
}

/** q, k and v of a token that asks globally: its row of the site is no zero. */
function globalVectors(run: Run, { layerName, text, head, keyHead }: Place, query: number) {
  const { trace } = run;
  const site = (name: string) => `${layerName}global.${name}`;
  if (!trace.sites.includes(site("q"))) return undefined;
  const q = trace.part(site("q"), [[text], [head], [query]], "explain").data;
  if (q.every((value) => value === 0)) return undefined;
  const keys = (name: string) => trace.part(site(name), [[text], [keyHead]], "explain").data;
  return { q, k: keys("k"), v: keys("v") };
}

/** One head's share of W^Q or W^K; of a global token the layer's own for such. */
async function mapOf(
  model: LoadedModel,
  place: Place,
  stack: string,
  branch: "" | "global.",
  map: "q" | "k",
): Promise<HeadMap> {
  if (branch === "") {
    const { matrix, bias } = await headMatrix(model, place, map, stack);
    return { matrix: matrix.data, bias: bias?.data };
  }
  const D = dimensionsIn(model.dimensions, stack).headWidth;
  const [start, end] = [place.head * D, (place.head + 1) * D];
  const name = `${place.layerName}${branch}${map}`;
  const weight = model.parameter(`${name}.weight`)!;
  const rows = await model.parameterRows(weight, start, end); // (D, C)
  const C = weight.shape[1]!;
  const matrix = new Float32Array(C * D);
  for (let d = 0; d < D; d++) for (let c = 0; c < C; c++) matrix[c * D + d] = rows[d * C + c]!;
  const bias = model.parameter(`${name}.bias`);
  return { matrix, bias: bias && (await model.parameterRows(bias, start, end)) };
}

/** How q came about, from whichever vector leads to it. */
function projectionOf(
  plain: HeadMap,
  folded: FoldedMap | undefined,
  seen: Seen,
  query: number,
  q: Float32Array,
  turning: Turning | undefined,
): Projection | undefined {
  for (const input of seen.ofQuery(query)) {
    if (plain.matrix.length !== input.length * q.length) continue;
    const map = folded?.(plain, input) ?? plain;
    const made = rowProduct(input, map.matrix, map.bias);
    if (farApart(made, q) <= closeEnough) return { ...map, input, isTurned: false };
    // Turning by position changes no pair's length.
    if (turning && isTurnOf(made, q, turning, closeEnough))
      return { ...map, input, isTurned: true };
  }
  return undefined;
}
