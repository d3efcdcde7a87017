/**
 * The residual stream of one token as what wrote it: the embedding, every head, every feed-forward, the learned biases (Elhage et al. 2021,
 * "Residual stream"): x_l = embedding + Σ heads + Σ feed-forwards + Σ biases. Where norms stand between, each is the linear map it is for this token's statistics, so that the parts add up.
 */

import { expectKeys } from "../../errors/options.ts";
import { dimensionsIn, layerDimensions } from "../../families/family.ts";
import { joinedSite } from "../../models/joined-site.ts";
import type { LoadedModel } from "../../models/loaded-model.ts";
import type { Run } from "../../models/run.ts";
import type { Read } from "../../probe/plan.ts";
import { expectSameTokens } from "../../probe/text-tokens.ts";
import type { Which } from "../../probe/words.ts";
import { joinedFactors } from "../linear/joined-output.ts";
import { normMap, normNumbers } from "../linear/norm-map.ts";
import { combine, farApart } from "../linear/vectors.ts";
import { embeddingParts } from "./embedding-parts.ts";

/** Which stream: of an encoder ("encoder." where there is a decoder too) or of a decoder. */
export type StreamStack = "" | "encoder." | "decoder.";

/** What wrote a part of a stream. */
export interface Source {
  readonly kind:
    | "embedding"
    | "head"
    | "attention"
    | "cross head"
    | "feed-forward"
    | "layer"
    | "biases";
  /** "embedding: token", "L2H3", "feed-forward of layer 2", "learned biases". */
  readonly label: string;
  readonly layer?: number;
  readonly head?: number;
}

/** One part of a stream (C). */
export interface StreamPart extends Source {
  readonly vector: Float64Array;
}

/** Where in a layer the stream is taken apart: as it enters, behind its attention, behind a decoder's look at its encoder too, or as it leaves. */
export type StreamPoint = "input" | "middle" | "cross.middle" | "residual";

/** The stream of one token in parts, or why it is not taken apart. */
export interface StreamParts {
  readonly parts: readonly StreamPart[];
  /** (C): the run's own stream. */
  readonly stream: Float64Array;
  /** The norms that were taken as linear maps, in order: none where all norms come before what they are for. */
  readonly norms: number;
  readonly reason?: string;
}

const closeEnough = 1e-3;

/** What a run must read of some tokens so that the streams up to a layer can be taken apart. */
export function streamReads(
  model: LoadedModel,
  place: { stack: StreamStack; layer: number; point?: StreamPoint },
  tokens: Which,
  text?: number,
): Read[] {
  expectKeys(place, { stack: true, layer: true, point: true }, "streamReads");
  const { stack, layer, point = "input" } = place;
  const ofText = text === undefined ? {} : { text };
  const last = point === "input" ? layer - 1 : layer;
  const names = ["input", "attended", "middle", "mlp", "residual", "heads"];
  const cross = ["cross.attended", "cross.middle", "cross.heads"];
  const sites = Array.from({ length: last + 1 }, (_, l) =>
    [...names, ...(stack === "decoder." ? cross : [])].map((name) =>
      joinedSite(model, `${stack}layers.${l}.${name}`),
    ),
  ).flat();
  return [`${stack}embeddings`, `${stack}layers.${layer}.input`, ...sites]
    .filter((site, index, all) => model.sites.has(site) && all.indexOf(site) === index)
    .map((site): Read => ({ site, query: tokens, ...ofText }));
}

/** The stream of a token at a point of a layer, in parts that add up to it. The run must have read what `streamReads` says. */
export async function streamParts(
  model: LoadedModel,
  run: Run,
  place: { stack: StreamStack; layer: number; point?: StreamPoint; text?: number; token: number },
): Promise<StreamParts> {
  expectKeys(
    place,
    { stack: true, layer: true, point: true, text: true, token: true },
    "streamParts",
  );
  const { stack, layer, point = "input", text = 0, token } = place;
  const { trace } = run;
  // Up to where neighbours become one, the stream of a token is its own.
  if (model.images?.merged?.[layer] !== 0) expectSameTokens(run, "stream");
  const vector = (site: string) =>
    Float64Array.from(trace.part(site, [[text], [token]], "stream").data);
  const embedding = await embeddingParts(model, run, { stack, text }, token);
  let parts: StreamPart[] = embedding.parts.map(({ name, vector }) =>
    name === "bias" ? biases(vector) : { kind: "embedding", label: `embedding: ${name}`, vector },
  );
  let norms = embedding.norm ? 1 : 0;
  const last = point === "input" ? layer - 1 : layer;
  for (let l = 0; l <= last; l++) {
    const name = `${stack}layers.${l}.`;
    const isHalf = l === layer && point !== "residual";
    const before = vector(`${name}input`);
    const apart = await layerParts(
      model,
      run,
      { name, layer: l, text, token },
      isHalf ? point : "residual",
    );
    if (apart) {
      parts = apart.through([...parts]);
      norms += apart.norms;
      continue;
    }
    if (isHalf)
      return {
        parts: [],
        stream: before,
        norms,
        reason: `between the parts of layer ${l} there is no stream of the model's width`,
      };
    const after = vector(`${name}residual`);
    const whole = await wholeLayer(model, name, before, vector(`${name}mlp`), after);
    if (!whole)
      return {
        parts: [],
        stream: before,
        norms,
        reason: `what layer ${l} adds is no sum of what its sites hold`,
      };
    parts = [
      ...parts.map((part) => ({ ...part, vector: whole.apply(part.vector) })),
      { kind: "layer", label: `layer ${l}`, layer: l, vector: whole.apply(vector(`${name}mlp`)) },
      biases(whole.bias),
    ];
    norms += 1;
  }
  const stream = vector(`${stack}layers.${layer}.${point}`);
  const joined = joinBiases(parts);
  const total = stream.map((_, c) => joined.reduce((sum, part) => sum + part.vector[c]!, 0));
  return farApart(total, stream) <= closeEnough
    ? { parts: joined, stream, norms }
    : {
        parts: [],
        stream,
        norms,
        reason: "its parts do not add up to it: something in the run was patched",
      };
}

interface LayerPlace {
  readonly name: string;
  readonly layer: number;
  readonly text: number;
  readonly token: number;
}

/** What a layer of attention and feed-forward does to parts of its stream, up to a point; undefined where its sites do not add up that way. */
async function layerParts(model: LoadedModel, run: Run, place: LayerPlace, point: StreamPoint) {
  const { name, layer, text, token } = place;
  const vector = (site: string) =>
    Float64Array.from(
      run.trace.part(joinedSite(model, name + site), [[text], [token]], "stream").data,
    );
  const [input, middle] = [vector("input"), vector("middle")];
  if (middle.length !== input.length) return undefined;
  const plus = (a: Float64Array, b: Float64Array) => combine(a, b, (x, y) => x + y);
  const steps = [
    {
      wrote: await headParts(model, run, place, ""),
      joins: await joining(model, plus(input, vector("attended")), middle, `${name}attention.norm`),
    },
  ];
  const looks = model.sites.has(`${name}cross.middle`);
  if (looks && point !== "middle")
    steps.push({
      wrote: await headParts(model, run, place, "cross."),
      joins: await joining(
        model,
        plus(middle, vector("cross.attended")),
        vector("cross.middle"),
        `${name}cross.norm`,
      ),
    });
  if (point === "residual") {
    const mlp = vector("mlp");
    const before = looks ? vector("cross.middle") : middle;
    steps.push({
      wrote: [
        { kind: "feed-forward", label: `feed-forward of layer ${layer}`, layer, vector: mlp },
      ],
      joins: await joining(model, plus(before, mlp), vector("residual"), `${name}mlp.norm`),
    });
  }
  if (steps.some(({ joins }) => joins === undefined)) return undefined;
  return {
    norms: steps.reduce((sum, { joins }) => sum + joins!.norms, 0),
    through(parts: readonly StreamPart[]) {
      let all = [...parts];
      for (const { wrote, joins } of steps) all = joins!.through(all.concat(wrote));
      return all;
    },
  };
}

interface Joining {
  readonly norms: number;
  through(parts: readonly StreamPart[]): StreamPart[];
}

const asItIs: Joining = { norms: 0, through: (parts) => [...parts] };

/** How a sum joins the stream: as it is, or through a norm that comes after it. */
async function joining(
  model: LoadedModel,
  sum: Float64Array,
  after: Float64Array,
  norm: string,
): Promise<Joining | undefined> {
  if (farApart(sum, after) <= closeEnough) return asItIs;
  // A norm that learned nothing has no numbers, and is one all the same.
  const numbers = (await normNumbers(model, norm)) ?? {};
  const map = normMap(sum, after, numbers);
  if (!map) return undefined;
  return {
    norms: 1,
    through: (parts) => [
      ...parts.map((part) => ({ ...part, vector: map.apply(part.vector) })),
      ...(numbers.bias ? [biases(map.bias)] : []),
    ],
  };
}

/** What each head of a layer wrote for a token, and the bias of their common map. */
async function headParts(
  model: LoadedModel,
  run: Run,
  { name, layer, text, token }: LayerPlace,
  branch: "" | "cross.",
): Promise<StreamPart[]> {
  const site = joinedSite(model, `${name}${branch}heads`);
  const { heads } = layerDimensions(dimensionsIn(model.dimensions, name), layer);
  const all = run.trace.part(site, [[text], undefined, [token]], "stream").data;
  const width = all.length / heads;
  const parts = Array.from(
    { length: heads },
    (_, head): StreamPart => ({
      kind: branch ? "cross head" : "head",
      label: `${branch && "cross "}L${layer}H${head}`,
      layer,
      head,
      vector: Float64Array.from(all.subarray(head * width, (head + 1) * width)),
    }),
  );
  const parameter = model.parameter(`${name}${branch}o.bias`);
  if (!parameter) return parts;
  const bias = await model.parameterRows(parameter);
  const own = joinedSite(model, `${name}${branch}attended`);
  const attended = run.trace.part(own, [[text], [token]], "stream").data;
  const rest = attended.map((value, c) =>
    parts.reduce((left, { vector }) => left - vector[c]!, value),
  );
  const factors = (await joinedFactors(model, `${name}${branch}`))(bias, rest);
  return [...parts, biases(factors ? bias.map((value, c) => value * factors[c]!) : bias)];
}

/** A layer whose inside has another width: only what it adds as a whole is known. */
async function wholeLayer(
  model: LoadedModel,
  name: string,
  before: Float64Array,
  wrote: Float64Array,
  after: Float64Array,
) {
  const numbers = await normNumbers(model, `${name}output.norm`);
  return (
    numbers &&
    normMap(
      combine(before, wrote, (a, b) => a + b),
      after,
      numbers,
    )
  );
}

function biases(vector: ArrayLike<number>): StreamPart {
  return { kind: "biases", label: "learned biases", vector: Float64Array.from(vector) };
}

/** All learned biases, of norms and maps, as one part: they are the same for every token but for the norms they went through. */
function joinBiases(parts: readonly StreamPart[]): StreamPart[] {
  const own = parts.filter(({ kind }) => kind === "biases");
  if (own.length === 0) return [...parts];
  const vector = own[0]!.vector.map((_, c) => own.reduce((sum, part) => sum + part.vector[c]!, 0));
  return [...parts.filter(({ kind }) => kind !== "biases"), biases(vector)];
}
