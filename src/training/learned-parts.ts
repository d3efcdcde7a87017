import { InputError } from "../errors/errors.ts";
import { expectKeys } from "../errors/options.ts";
import type { Parameter } from "../families/parameters.ts";
import type { ModelParts } from "../models/model-parts.ts";
import { makeRandom } from "../tasks/sampling.ts";
import { type LearnedPart, lowRankPart, selectedPart, wholePart } from "./learned-part.ts";
import { parametersMeant } from "./what-learns.ts";

/** Matrices of low rank beside frozen ones (Hu et al. 2022). */
export interface LowRank {
  /** Numbers between the two narrow matrices: 8, say. */
  readonly rank: number;
  /** What their product is multiplied by is alpha / rank; alpha is the rank if not given. */
  readonly alpha?: number;
  /** The matrices; W^Q and W^V of every layer if not given. */
  readonly of?: readonly string[];
  /** What the first numbers are drawn from; 0 if not given. */
  readonly seed?: number;
}

interface Asked {
  readonly train?: readonly string[];
  readonly lowRank?: LowRank;
}

/** The parts of a model that are trained, their masters filled with what the model holds. */
export async function learnedParts(
  parts: ModelParts,
  { train, lowRank }: Asked,
): Promise<LearnedPart[]> {
  const { backend, label, network, parameters } = parts;
  const described = { label, dimensions: network.dimensions, parameters: parameters.list };
  const numbers = ({ value, shape }: Parameter) =>
    backend.parameterRows(value.storage!, 0, shape[0] ?? 1);
  if (!lowRank) {
    const meant = parametersMeant(train ?? ["*"], described);
    const made: LearnedPart[] = [];
    for (const { parameter, name, selection } of meant) {
      const own = await numbers(parameter);
      made.push(
        selection
          ? selectedPart(backend, parameter, own, { name, selection })
          : wholePart(backend, parameter, own),
      );
    }
    return made;
  }
  expectKeys(lowRank, { rank: true, alpha: true, of: true, seed: true }, "trainer, lowRank");
  if (train)
    throw new InputError(
      "train: train and lowRank name what is trained, each in its way. Give one; lowRank.of names its matrices",
    );
  const { rank, alpha = rank, seed = 0 } = lowRank;
  if (!Number.isInteger(rank) || rank < 1)
    throw new InputError(`train: lowRank.rank is ${rank}, needs a whole number of at least 1`);
  const names = lowRank.of ?? ["*layers.*.q.weight", "*layers.*.v.weight"];
  const made: LearnedPart[] = [];
  for (const [stream, { parameter, name, selection }] of parametersMeant(
    names,
    described,
  ).entries()) {
    const [out, width] = parameter.shape as readonly [number, number];
    if (parameter.shape.length !== 2 || selection)
      throw new InputError(
        `train: ${name} is ${selection ? "one head's share" : "no matrix"}; lowRank.of names whole matrices, such as layers.*.q.weight`,
      );
    const random = makeRandom(seed, stream);
    const most = 1 / Math.sqrt(width);
    const down = Float32Array.from({ length: rank * width }, () => (2 * random() - 1) * most);
    made.push(
      lowRankPart(backend, parameter, await numbers(parameter), {
        rank,
        factor: alpha / rank,
        down,
        up: new Float32Array(out * rank),
      }),
    );
  }
  return made;
}
