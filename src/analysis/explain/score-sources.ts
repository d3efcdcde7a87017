/**
 * A score split by what wrote the streams it is made from (Elhage et al. 2021, "QK circuit", in the manner of Lieberum's score attribution):
 * q is the sum of what W^Q makes of each part of the query's stream, k of each part of the key's, so that q · k = Σ_a Σ_b q_a · k_b over pairs of parts.
 */

import type { LoadedModel } from "../../models/loaded-model.ts";
import type { Run } from "../../models/run.ts";
import type { Read } from "../../probe/plan.ts";
import type { Which } from "../../probe/words.ts";
import {
  type StreamPart,
  type StreamStack,
  streamParts,
  streamReads,
} from "../circuits/stream-parts.ts";
import { normMap, normNumbers } from "../linear/norm-map.ts";
import { turnBetween } from "../linear/turned-pairs.ts";
import { farApart, rowProduct } from "../linear/vectors.ts";
import type { HeadMap } from "./head-norm.ts";
import { closeEnough, type HeadNumbers } from "./head-numbers.ts";
import type { Place, StackPrefix } from "./question.ts";

/** What a part of a stream becomes in the head. */
export interface HeadPart {
  readonly label: string;
  /** (D): its share of q or of k, turned by the token's position where the head turns. */
  readonly vector: Float64Array;
}

/** The query and some keys, part by part; or why they are in one piece. */
export interface ScoreSources {
  readonly query: readonly HeadPart[];
  readonly keys: ReadonlyMap<number, readonly HeadPart[]>;
  /** How many norms were taken as linear maps on the way. */
  readonly norms: number;
  readonly reason?: string;
}

/** What a run must read beside `explainReads` so that a score can be split by its sources. Tokens of both sides. */
export function sourceReads(
  model: LoadedModel,
  place: Place,
  query: Which,
  keys: readonly Which[],
  text?: number,
): Read[] {
  const { stack, layer } = place;
  if (mergesBefore(model, layer)) return [];
  const isCross = stack === "decoder.cross.";
  const own: StreamStack = isCross ? "decoder." : stack;
  if (!isCross)
    return [query, ...keys].flatMap((token) =>
      streamReads(model, { stack: own, layer }, token, text),
    );
  const last = model.dimensions.layers - 1;
  return [
    ...streamReads(model, { stack: "decoder.", layer, point: "middle" }, query, text),
    ...keys.flatMap((key) =>
      streamReads(model, { stack: "encoder.", layer: last, point: "residual" }, key, text),
    ),
  ];
}

/** The query's and some keys' vectors in parts. */
export async function scoreSources(
  model: LoadedModel,
  run: Run,
  numbers: HeadNumbers,
  keys: readonly number[],
): Promise<ScoreSources> {
  const { place, projection, seen, query, q, k, width: D, queryBias, branch } = numbers;
  const whole = (reason: string): ScoreSources => ({
    query: [],
    keys: new Map(),
    norms: 0,
    reason,
  });
  if (seen.isBottleneck)
    return whole("a bottleneck stands between the stream and the projections of this family");
  if (!projection) return whole("no vector of the run leads to this query");
  const { stack, layer, text } = place;
  if (mergesBefore(model, layer))
    return whole(
      "neighbours became one before this layer, and what earlier layers wrote with them",
    );
  const isCross = stack === "decoder.cross.";
  if (isCross && model.parameter("encoder.project.weight"))
    return whole("a map stands between the encoder's stream and what this decoder looks at");
  const own: StreamStack = isCross ? "decoder." : stack;
  const plainQuery = queryBias ? q.map((value, d) => value - queryBias[d]!) : q;
  const ofQuery = await partsThrough(
    model,
    run,
    { stack: own, layer, point: isCross ? "middle" : "input", text, token: query },
    {
      attention: stack,
      norm: branch === "" ? `${place.prefix}${isCross ? "norm" : "attention.norm"}` : undefined,
      input: projection.input,
      map: projection,
      made: plainQuery,
    },
  );
  if ("reason" in ofQuery) return whole(ofQuery.reason);
  const last = model.dimensions.layers - 1;
  const found = new Map<number, readonly HeadPart[]>();
  let norms = ofQuery.norms;
  for (const key of keys) {
    const [input] = seen.ofKey(key);
    const parts = await partsThrough(
      model,
      run,
      isCross
        ? { stack: "encoder.", layer: last, point: "residual", text, token: key }
        : { stack: own, layer, point: "input", text, token: key },
      {
        attention: stack,
        norm: isCross ? "encoder.norm" : `${place.prefix}attention.norm`,
        input: input!,
        map: numbers.mapOfKey(input!),
        made: k.subarray(key * D, (key + 1) * D),
      },
    );
    if ("reason" in parts) return whole(parts.reason);
    found.set(key, parts.parts);
    norms = Math.max(norms, parts.norms);
  }
  const biased = queryBias ? withBias(ofQuery.parts, Float64Array.from(queryBias)) : ofQuery.parts;
  return { query: biased, keys: found, norms };
}

/** Whether a layer's tokens are made of several of those before it. */
function mergesBefore({ images }: LoadedModel, layer: number): boolean {
  return (images?.merged?.[layer] ?? 0) > 0;
}

interface Through {
  /** Which attention it is of. */
  readonly attention: StackPrefix;
  /** The norm between the stream and the projection, where it comes first. */
  readonly norm: string | undefined;
  readonly input: Float64Array;
  readonly map: HeadMap;
  /** (D): what the run made of all parts. */
  readonly made: ArrayLike<number>;
}

type Parts =
  | { readonly parts: readonly HeadPart[]; readonly norms: number }
  | { readonly reason: string };

async function partsThrough(
  model: LoadedModel,
  run: Run,
  place: Parameters<typeof streamParts>[2],
  { attention, norm, input, map, made }: Through,
): Promise<Parts> {
  const { parts, stream, norms, reason } = await streamParts(model, run, place);
  if (reason !== undefined) return { reason };
  let own: readonly StreamPart[] = parts;
  let count = norms;
  if (farApart(stream, input) > closeEnough) {
    // A norm that learned nothing has no numbers, and is one all the same.
    const numbers = norm === undefined ? undefined : ((await normNumbers(model, norm)) ?? {});
    const linear = numbers && normMap(stream, input, numbers);
    if (!linear) return { reason: "no norm leads from the stream to what the projection sees" };
    own = [
      ...parts.map((part) => ({ ...part, vector: linear.apply(part.vector) })),
      ...(numbers.bias
        ? [{ kind: "biases" as const, label: "learned biases", vector: linear.bias }]
        : []),
    ];
    count += 1;
  }
  let inHead: HeadPart[] = own.map(({ label, vector }) => ({
    label,
    vector: rowProduct(vector, map.matrix),
  }));
  inHead = withBias(inHead, map.bias && Float64Array.from(map.bias));
  const total = sumOf(inHead, made.length);
  const isTurned = farApart(total, made) > closeEnough;
  const { turning } = model.scoringOf(attention);
  const turned = isTurned && turning && turnBetween(total, made, turning);
  if (turned) inHead = inHead.map(({ label, vector }) => ({ label, vector: turned(vector) }));
  return farApart(sumOf(inHead, made.length), made) <= closeEnough
    ? { parts: inHead, norms: count }
    : { reason: "the parts do not add up to the run's own vector: it was patched" };
}

/** All learned biases as one part, the given one with them. */
function withBias(parts: readonly HeadPart[], bias: Float64Array | undefined): HeadPart[] {
  const own = parts.filter(({ label }) => label === "learned biases").map(({ vector }) => vector);
  const all = bias ? [...own, bias] : own;
  if (all.length === 0) return [...parts];
  const vector = all[0]!.map((_, d) => all.reduce((sum, one) => sum + one[d]!, 0));
  return [
    ...parts.filter(({ label }) => label !== "learned biases"),
    { label: "learned biases", vector },
  ];
}

function sumOf(parts: readonly HeadPart[], width: number): Float64Array {
  return Float64Array.from({ length: width }, (_, d) =>
    parts.reduce((sum, { vector }) => sum + vector[d]!, 0),
  );
}
