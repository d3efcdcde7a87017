import { InputError, ShapeError } from "../errors/errors.ts";
import { expectFlags, expectKeys } from "../errors/options.ts";
import { dimensionsIn, type Norm, type Readout } from "../families/family.ts";
import type { Parameter } from "../families/parameters.ts";
import { norm } from "../families/parts/norm.ts";
import { execute } from "../tensor/execute.ts";
import type { LazyTensor } from "../tensor/lazy-tensor.ts";
import { linear } from "../tensor/operations.ts";
import { Program } from "../tensor/program.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { ModelParts } from "./model-parts.ts";

/** How a stream becomes logits. */
export interface LogitsOptions {
  /** True for vectors that are normed already, as the site `final` is: the head alone is applied. */
  readonly normed?: boolean;
  readonly signal?: AbortSignal;
}

/** The learned numbers between the last layer's stream and the logits. */
export interface ReadoutParameters {
  /** The stack whose stream the head reads. */
  readonly stack: Readout["stack"];
  /** The norm before the head; undefined where layers norm their streams themselves. */
  readonly norm?: Pick<Norm, "kind" | "epsilon"> & {
    readonly gain?: Parameter; // (C); none where all are 1
    readonly bias?: Parameter; // (C)
  };
  /** The head where it is one map, final · scale · weightᵀ + bias; undefined where it is more (dense, activation, norm). */
  readonly map?: {
    readonly weight: Parameter; // (V, C)
    readonly bias?: Parameter; // (V)
    readonly scale: number;
  };
}

/** The head's reading of a stream (B, T, C) → (B, T, V or labels). Throws InputError where the head is none over tokens. */
export async function readLogits(
  parts: ModelParts,
  stream: Tensor,
  options: LogitsOptions,
): Promise<Tensor> {
  expectKeys(options, { normed: true, signal: true }, "logits");
  const { normed = false, signal } = options;
  expectFlags({ normed }, "logits");
  const { network, backend } = parts;
  const readout = expectReadout(parts);
  const [B, T, C] = stream.shape;
  const project = readout.project?.weight;
  const width =
    normed && project ? project.shape[0]! : dimensionsIn(network.dimensions, readout.stack).width;
  if (stream.shape.length !== 3 || C !== width)
    throw new ShapeError(
      `logits: needs a stream (B, T, ${width}), got ${stream}. A site's numbers are one: run.trace.get("layers.3.residual")`,
    );
  if (B === 0 || T === 0) throw new ShapeError(`logits: the stream ${stream} holds no token`);
  const program = new Program(backend);
  const found: { logits?: Tensor } = {};
  const [logits] = program.stage("readout", () => {
    const x = program.input(stream.data, stream.shape, "stream");
    return [readout.logits(normed ? x : finalOf(x, readout))];
  });
  program.read(logits!, (tensor) => {
    found.logits = tensor;
  });
  program.finish();
  await execute(program, { signal });
  return found.logits!;
}

/** What comes between the last layer's stream and the head: (B, T, C) → (B, T, C'). */
function finalOf(x: LazyTensor, { norm: last, project }: Readout): LazyTensor {
  const normed = last ? norm(x, last) : x;
  return project ? linear(normed, project) : normed;
}

/** The readout's learned tensors by name. Throws InputError where the head is none over tokens. */
export function readoutParameters(parts: ModelParts): ReadoutParameters {
  const { stack, norm, map } = expectReadout(parts);
  const named = (value: LazyTensor) =>
    parts.parameters.list.find((own) => own.value === value.root)!;
  return {
    stack,
    ...(norm && {
      norm: {
        kind: norm.kind,
        epsilon: norm.epsilon,
        ...(norm.gain && { gain: named(norm.gain) }),
        ...(norm.bias && { bias: named(norm.bias) }),
      },
    }),
    ...(map && {
      map: {
        weight: named(map.weight),
        ...(map.bias && { bias: named(map.bias) }),
        scale: map.scale,
      },
    }),
  };
}

/** Heads that read every token and give no logits of each, by their task. */
const headsOfTheirOwn: Readonly<Record<string, string>> = {
  "masked image modeling": "paints or names hidden patches, and gives no logits of a stream",
  "question answering with beams":
    "looks for ends from every start, and gives no logits of a stream",
};

function expectReadout({ network, label, type }: ModelParts): Readout {
  if (network.readout) return network.readout;
  throw new InputError(
    network.task === "features"
      ? `logits: ${label} (${type}) has no head. ${network.images ? "Load a checkpoint with one that reads the class token alone, such as ViTForImageClassification" : "Load a checkpoint with one over words, such as BertForMaskedLM or GPT2LMHeadModel"}`
      : headsOfTheirOwn[network.task]
        ? `logits: the head of ${label} (${type}, ${network.task}) ${headsOfTheirOwn[network.task]}. model.run gives what it makes in its output`
        : `logits: the head of ${label} (${type}, ${network.task}) reads a whole ${network.images ? "picture" : "text"}'s vector, not every token's. Heads over words, token labels and answers read streams; what such a head hangs on heed saliency and heed relevance say`,
  );
}
