/**
 * Direct logit attribution (Elhage et al. 2021, "A mathematical framework for transformer circuits", transformer-circuits.pub): logit = Σ_c norm(x_c) ·
 * W_U over the parts c that add up to the last stream, the norm's size held at the run's.
 */

import { InputError } from "../../errors/errors.ts";
import { expectKeys } from "../../errors/options.ts";
import { joinedSite } from "../../models/joined-site.ts";
import type { Run } from "../../models/run.ts";
import type { Read } from "../../probe/plan.ts";
import { meanOf } from "../linear/vectors.ts";
import {
  type AttributedModel,
  expectLinear,
  gainOf,
  type LinearReadout,
  sizeOf,
} from "./linear-readout.ts";

/** Which logit, where. */
export interface AttributionOptions {
  /** The id whose logit is taken apart; of a classifier the label's number. */
  readonly token: number;
  /** An id whose logit is taken away from it: then the parts say why the one and not the other. */
  readonly against?: number;
  /** The place of the token whose stream the head reads. */
  readonly position: number;
  readonly text?: number;
}

/** One thing that was added to the stream, and how much of the logit it is. */
export interface LogitPart {
  /** "embeddings", "L3H1", "L3 mlp", "L3 cross H1", "L3 bias", "norm's bias", "head's bias". */
  readonly name: string;
  readonly kind: "embeddings" | "head" | "cross head" | "mlp" | "bias";
  readonly layer?: number;
  readonly head?: number;
  readonly value: number;
}

/** A logit as the sum of what wrote it. */
export interface LogitAttribution {
  readonly parts: readonly LogitPart[];
  /** The sum of the parts: the logit, or the difference of two, up to rounding. */
  readonly total: number;
}

const branches = ["", "cross."] as const;

/** What a run must read for `logitAttribution` of the stream at one place. */
export async function attributionReads(model: AttributedModel, position: number): Promise<Read[]> {
  const { stack } = await expectLinear(model);
  const inLayer = branches.flatMap((branch) =>
    model.sites.has(`${stack}layers.0.${branch}attended`)
      ? [`${branch}heads`, `${branch}attended`]
      : [],
  );
  return [
    { site: `${stack}embeddings`, query: position },
    ...[...inLayer, "mlp", "residual"].map((kind) => ({
      site: joinedSite(model, `${stack}layers.*.${kind}`),
      query: position,
    })),
  ];
}

/**
 * Direct logit attribution (Elhage et al. 2021, "A mathematical framework for transformer circuits"): what the embeddings, each head, each
 * feed-forward layer and the biases wrote into the last stream, each through the last norm and the head. The norm divides by a size that all of
 * them made together: it is held at the run's, so that the parts add up to the logit. What a part does through later layers is not in it. Needs
 * a run that read `attributionReads`. Throws InputError for models whose norms come last, and whose head is more than one map.
 */
export async function logitAttribution(
  model: AttributedModel,
  run: Run,
  options: AttributionOptions,
): Promise<LogitAttribution> {
  expectKeys(
    options,
    { token: true, against: true, position: true, text: true },
    "logitAttribution",
  );
  const { token, against, position, text = 0 } = options;
  const { stack, norm, map } = await expectLinear(model);
  const [V, C] = map.weight.shape as readonly [number, number];
  for (const id of [token, ...(against === undefined ? [] : [against])])
    if (!Number.isInteger(id) || id < 0 || id >= V)
      throw new InputError(`logitAttribution: there is no logit ${id}, but 0 to ${V - 1}`);
  const direction = await readDirection(model, map, token, against);
  const gain = await gainOf(model, norm, C);
  const bias = norm.bias && (await model.parameterRows(norm.bias));
  const vector = (site: string) =>
    run.trace.part(site, [[text], [position], undefined], "logitAttribution").data;
  const written = writtenParts(model, run, { stack, position, text }, vector);
  const stream = vector(`${stack}layers.${written.layers - 1}.residual`);
  expectSum(model, written.parts, stream);
  const size = sizeOf(stream, norm);
  const share = (part: ArrayLike<number>): number => {
    const mean = norm.kind === "layer" ? meanOf(part) : 0;
    let sum = 0;
    for (let c = 0; c < C; c++) sum += ((part[c]! - mean) / size) * gain[c]! * direction[c]!;
    return sum;
  };
  const parts: LogitPart[] = written.parts.map(({ vector: own, ...part }) => ({
    ...part,
    value: share(own),
  }));
  if (bias)
    parts.push({
      name: "norm's bias",
      kind: "bias",
      value: bias.reduce((sum, value, c) => sum + value * direction[c]!, 0),
    });
  if (map.bias) {
    const biases = await model.parameterRows(map.bias);
    parts.push({
      name: "head's bias",
      kind: "bias",
      value: biases[token]! - (against === undefined ? 0 : biases[against]!),
    });
  }
  return { parts, total: parts.reduce((sum, { value }) => sum + value, 0) };
}

/** What of the final vector makes the logit, or the difference: a row of the head, scaled. */
async function readDirection(
  model: AttributedModel,
  map: LinearReadout["map"],
  token: number,
  against: number | undefined,
): Promise<Float64Array> {
  const row = async (id: number) => model.parameterRows(map.weight, id, id + 1);
  const own = await row(token);
  const other = against === undefined ? undefined : await row(against);
  return Float64Array.from(own, (value, c) => (value - (other?.[c] ?? 0)) * map.scale);
}

interface Place {
  readonly stack: string;
  readonly position: number;
  readonly text: number;
}

interface Written extends Omit<LogitPart, "value"> {
  readonly vector: ArrayLike<number>;
}

/** Everything that was added to the stream at one place, in order. */
function writtenParts(
  model: AttributedModel,
  run: Run,
  { stack, position, text }: Place,
  vector: (site: string) => Float32Array,
): { readonly parts: Written[]; readonly layers: number } {
  const parts: Written[] = [
    { name: "embeddings", kind: "embeddings", vector: vector(`${stack}embeddings`) },
  ];
  let layer = 0;
  for (; model.sites.has(`${stack}layers.${layer}.mlp`); layer++) {
    for (const branch of branches) {
      const site = `${stack}layers.${layer}.${branch}`;
      if (!model.sites.has(`${site}attended`)) continue;
      const heads = run.trace.part(
        joinedSite(model, `${site}heads`),
        [[text], undefined, [position], undefined],
        "logitAttribution",
      ); // (1, H, 1, C)
      const [, H, , C] = heads.shape as readonly [number, number, number, number];
      const rest = Float64Array.from(vector(joinedSite(model, `${site}attended`)));
      for (let head = 0; head < H; head++) {
        const own = heads.data.subarray(head * C, (head + 1) * C);
        for (let c = 0; c < C; c++) rest[c]! -= own[c]!;
        parts.push({
          name: branch === "" ? `L${layer}H${head}` : `L${layer} cross H${head}`,
          kind: branch === "" ? "head" : "cross head",
          layer,
          head,
          vector: own,
        });
      }
      // What the heads do not write: the bias of their output. Where there is none, rounding is left.
      if (model.sites.has(`${site}attended`) && rest.some((value) => Math.abs(value) > 1e-5))
        parts.push({
          name: `L${layer} ${branch === "" ? "bias" : "cross bias"}`,
          kind: "bias",
          layer,
          vector: rest,
        });
    }
    parts.push({
      name: `L${layer} mlp`,
      kind: "mlp",
      layer,
      vector: vector(joinedSite(model, `${stack}layers.${layer}.mlp`)),
    });
  }
  return { parts, layers: layer };
}

/** Throws InputError where the parts are not all that was added: then the numbers would mislead. */
function expectSum(model: AttributedModel, parts: readonly Written[], stream: Float32Array): void {
  const sum = new Float64Array(stream.length);
  for (const { vector } of parts) for (let c = 0; c < sum.length; c++) sum[c]! += vector[c]!;
  const far = stream.reduce((most, value, c) => Math.max(most, Math.abs(value - sum[c]!)), 0);
  const most = stream.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  if (far > 1e-3 * Math.max(1, most))
    throw new InputError(
      `logitAttribution: the stream of ${model.type} is not the sum of its embeddings, heads and feed-forward layers (${far.toPrecision(2)} off): was it patched? Only unpatched streams, or patches of heads, attended and mlp, add up`,
    );
}
