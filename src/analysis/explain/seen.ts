import type { LoadedModel } from "../../models/loaded-model.ts";
import type { Run } from "../../models/run.ts";
import { normNumbers } from "../linear/norm-map.ts";
import { rowProduct } from "../linear/vectors.ts";
import type { Place } from "./question.ts";

/** What the projections of a layer may see, token by token. */
export interface Seen {
  /** Vectors that may have led to the query, the likeliest first, (C) each. */
  ofQuery(token: number): readonly Float64Array[];
  /** The same of a key. */
  ofKey(token: number): readonly Float64Array[];
  /** The stream before a norm that comes first; undefined where the norm comes after. */
  beforeNorm(token: number): Float64Array | undefined;
  /** How it is called: x, or the stream through a bottleneck. */
  readonly isBottleneck: boolean;
}

/** What the projections see: the stream, the normed stream, or, in MobileBERT, what a bottleneck makes of it. */
export async function seenVectors(model: LoadedModel, run: Run, place: Place): Promise<Seen> {
  const { layerName, prefix, text, stack } = place;
  const { trace } = run;
  const reader = (site: string) => (token: number) =>
    Float64Array.from(trace.part(site, [[text], [token]], "explain").data);
  const isCross = stack === "decoder.cross.";
  const stream = reader(isCross ? `${layerName}middle` : `${layerName}input`);
  const final = reader("encoder.final");
  const between = isCross ? await linearMap(model, "encoder.project") : undefined;
  const encoded = (token: number) => between?.(final(token)) ?? final(token);
  if (model.sites.has(`${prefix}normed`)) {
    const normed = reader(`${prefix}normed`);
    const keys = isCross ? encoded : normed;
    return {
      ofQuery: (token) => [normed(token)],
      ofKey: (token) => [keys(token)],
      beforeNorm: stream,
      isBottleneck: false,
    };
  }
  const throughs = await Promise.all(
    [`${layerName}bottleneck.shared`, `${layerName}bottleneck`].map((name) =>
      bottleneck(model, name),
    ),
  );
  const all = (token: number) => [
    ...throughs.flatMap((through) => (through ? [through(stream(token))] : [])),
    stream(token),
  ];
  return {
    ofQuery: all,
    ofKey: isCross ? (token) => [encoded(token)] : all,
    beforeNorm: () => undefined,
    isBottleneck: throughs.some((through) => through !== undefined),
  };
}

/** A map into another width and MobileBERT's norm after it, x · gain + bias; undefined where the layer has none. */
async function bottleneck(model: LoadedModel, name: string) {
  const map = await linearMap(model, name);
  const norm = await normNumbers(model, `${name}.norm`);
  if (!map || !norm) return undefined;
  return (x: ArrayLike<number>) =>
    map(x).map((value, c) => value * (norm.gain?.[c] ?? 1) + (norm.bias?.[c] ?? 0));
}

/** x · W + b of a learned map; undefined where the model has none of that name. */
async function linearMap(model: LoadedModel, name: string) {
  const weight = model.parameter(`${name}.weight`);
  if (!weight) return undefined;
  const [out, width] = weight.shape as readonly [number, number];
  const rows = await model.parameterRows(weight); // (out, in)
  const matrix = new Float32Array(rows.length);
  for (let o = 0; o < out; o++)
    for (let i = 0; i < width; i++) matrix[i * out + o] = rows[o * width + i]!;
  const bias = model.parameter(`${name}.bias`);
  const shift = bias && (await model.parameterRows(bias));
  return (x: ArrayLike<number>) => rowProduct(x, matrix, shift);
}
