import { InputError, SiteError } from "../../errors/errors.ts";
import { dimensionsIn } from "../../families/family.ts";
import type { Patch } from "../../probe/patch.ts";
import { makeRandom } from "../../tasks/sampling.ts";
import { Tensor } from "../../tensor/tensor.ts";
import type { RandomMatrix } from "./intervention.ts";
import { layerHeads } from "./named-heads.ts";
import { type Subject, siteIn } from "./subject.ts";

/** What transformers' models begin their training with, where their config says nothing else. */
const usualDeviation = 0.02;
/** What configs of the families with rotary positions say, and no others. */
const rotaryFields = ["rope_theta", "rope_parameters", "rope_scaling", "rms_norm_eps"];

/**
 * The patches that compute heads' queries, keys or values by a matrix of random numbers: each head's share of W^Q, W^K or W^V as it may have
 * stood before training, normal with mean 0 and the deviation of the config's `initializer_range`, without a bias. x is what the changes
 * before this one (`before`) leave of it. Throws InputError where a head's vectors are turned by their places behind the matrix (rotary),
 * and SiteError where a model has no such matrix.
 */
export async function randomMatrixPatches(
  subject: Subject,
  { heads, matrix, seed, stack = "encoder" }: RandomMatrix,
  before: readonly Patch[],
): Promise<Patch[]> {
  const { model } = subject;
  const place = "randomMatrix";
  const rotary = rotaryFields.find((field) => field in model.config);
  if (rotary !== undefined && matrix !== "v")
    throw new InputError(
      `${place}: ${model.label} turns queries and keys by their places (${rotary}), which is not done to random ones. Take matrix "v"`,
    );
  const where = layerHeads(model, stack, { heads }, place);
  const sites = where.map(({ layer }) => siteIn(model, stack, layer, matrix));
  const inputs = where.map(({ layer }) => inputOf(subject, stack, layer));
  const run = await model.run(subject.input, {
    read: [...new Set([...sites, ...inputs])],
    patch: before,
    output: false,
    onWarning: () => {},
  });
  return where.map(({ layer, heads: own }, index): Patch => {
    const site = sites[index]!;
    const [, count, tokens, D] = run.trace.get(site).shape as [number, number, number, number];
    const x = run.trace.get(inputs[index]!);
    if (x.shape[1] !== tokens)
      throw new InputError(
        `${place}: ${site} is not made of this side's words alone. Choose heads that look at their own text`,
      );
    const all = dimensionsIn(model.dimensions, site).heads;
    // Where several heads share keys and values, theirs.
    const chosen = [
      ...new Set(
        (own ?? [...Array(count).keys()]).map((head) =>
          Math.floor((head * count) / (own ? all : count)),
        ),
      ),
    ];
    const deviation = deviationOf(model.config);
    const made = chosen.map((head) => {
      // Each head its own numbers, whichever others are chosen.
      const random = makeRandom(seed, layer * all + head);
      return productOf(x, D, () => deviation * normal(random));
    });
    const data = new Float32Array(made.length * tokens * D);
    for (const [at, numbers] of made.entries()) data.set(numbers, at * tokens * D);
    return { site, head: chosen, set: new Tensor([1, made.length, tokens, D], data) };
  });
}

/** x: what a layer's projections are given. */
function inputOf({ model }: Subject, stack: RandomMatrix["stack"], layer: number): string {
  const [normed, input] = ["normed", "input"].map((kind) =>
    siteIn(model, stack ?? "encoder", layer, kind),
  );
  const found = [normed!, input!].find((site) => model.sites.has(site));
  if (found === undefined)
    throw new SiteError(
      `randomMatrix: ${model.label} has neither ${normed} nor ${input}, which its matrix is given`,
    );
  return found;
}

/** x (1, T, C) times a random matrix (C, D): (T, D). */
function productOf({ data, shape }: Tensor, D: number, next: () => number): Float32Array {
  const [T, C] = [shape[1]!, shape[2]!];
  const product = new Float64Array(T * D);
  for (let c = 0; c < C; c++)
    for (let d = 0; d < D; d++) {
      const weight = next();
      for (let t = 0; t < T; t++) product[t * D + d]! += data[t * C + c]! * weight;
    }
  return Float32Array.from(product);
}

/** One draw of the normal distribution (Box & Muller 1958). */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

type Config = Subject["model"]["config"];

function deviationOf(config: Config): number {
  const own = config.initializer_range;
  return typeof own === "number" && own > 0 ? own : usualDeviation;
}
