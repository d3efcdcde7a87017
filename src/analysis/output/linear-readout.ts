import { InputError } from "../../errors/errors.ts";
import type { LoadedModel } from "../../models/loaded-model.ts";
import type { ReadoutParameters } from "../../models/readout.ts";
import { meanOf } from "../linear/vectors.ts";

/** A model that tells how its head reads: what `load` gives. */
export type AttributedModel = Pick<LoadedModel, "parameterRows" | "sites" | "type" | "label"> & {
  /** The last norm and the map behind it, as the head has them. */
  readout(): Promise<ReadoutParameters>;
};

/** A head that is one map behind one norm. */
export type LinearReadout = ReadoutParameters & Required<Pick<ReadoutParameters, "norm" | "map">>;

/** Throws InputError where logits are no sum of what was added to the stream. */
export async function expectLinear(model: AttributedModel): Promise<LinearReadout> {
  const readout = await model.readout();
  const { norm, map } = readout;
  if (!norm)
    throw new InputError(
      `logits in parts: ${model.type} norms its stream after every part, so that what a part adds is not what arrives at the head. Take a model whose norms come first (GPT-2, Llama, T5, ViT and their like); here gradients (heed relevance --heads) or silenced heads (heed patch --zero --grid heads) say what a head does to a logit`,
    );
  if (!map)
    throw new InputError(
      `logits in parts: the head of ${model.label} (${model.type}) is more than one map, so that logits are no sum of parts. Gradients (heed relevance --heads) or silenced heads (heed patch --zero --grid heads) say what a head does to a logit`,
    );
  return { ...readout, norm, map };
}

/** The last norm's gain, (C); 1 everywhere where it learned none. */
export function gainOf(
  model: Pick<AttributedModel, "parameterRows">,
  { gain }: LinearReadout["norm"],
  width: number,
): Promise<Float32Array> {
  return gain ? model.parameterRows(gain) : Promise.resolve(new Float32Array(width).fill(1));
}

/** What the last norm divides a stream by. */
export function sizeOf(stream: Float32Array, { kind, epsilon }: LinearReadout["norm"]): number {
  const mean = kind === "layer" ? meanOf(stream) : 0;
  let squares = 0;
  for (const value of stream) squares += (value - mean) ** 2;
  return Math.sqrt(squares / stream.length + epsilon);
}
