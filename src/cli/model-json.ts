import { type Dimensions, dimensionsIn, type Task } from "../families/family.ts";
import type { Model } from "../model.ts";
import type { Planned } from "../models/plan.ts";
import type { Run } from "../models/run.ts";
import { sharedName, shortName } from "../models/short-name.ts";
import type { TextToken } from "../probe/words.ts";
import { sizeOf } from "../tensor/shape.ts";
import type { ModelOptions } from "./loading.ts";

type DecoderNumber =
  | "decoderLayers"
  | "decoderHeads"
  | "decoderKeyHeads"
  | "decoderHeadWidth"
  | "decoderWidth"
  | "decoderFeedForward";

/** A model in JSON, under the key `model` of every command; what it has not, or what is not known, is null. */
export interface ModelJson extends Omit<Dimensions, DecoderNumber | "positions"> {
  /** A hub id, or a folder's last part. */
  readonly name: string;
  /** What it was loaded from, as `sharedName` has it: no path of this machine. */
  readonly label: string;
  /** The commit of a hub's repository, where it is known. */
  readonly commit: string | null;
  /** Its family: config.json's model_type. */
  readonly type: string;
  readonly task: Task;
  /** The decoder's stack, beside an encoder. */
  readonly decoderLayers: number | null;
  readonly decoderHeads: number | null;
  readonly decoderKeyHeads: number | null;
  readonly decoderHeadWidth: number | null;
  readonly decoderWidth: number | null;
  readonly decoderFeedForward: number | null;
  readonly positions: number | null;
  /** Learned numbers. */
  readonly parameters: number;
  /** What computes; null where nothing was loaded. */
  readonly backend: string | null;
  /** How weights are kept: stored (as the file has them), f32 or half; null where nothing was loaded. */
  readonly dtype: string | null;
}

/** What a model is, loaded or known by its config alone. */
interface DescribedModel {
  readonly name: string;
  readonly label: string;
  readonly commit?: string;
  readonly type: string;
  readonly task: Task;
  readonly dimensions: Dimensions;
  readonly parameters: number;
  readonly backend?: string;
  readonly dtype?: string;
}

/** A loaded model as JSON has it. */
export function modelJson(
  model: Model,
  { dtype = "stored" }: Pick<ModelOptions, "dtype">,
): ModelJson {
  const { label, commit, type, task, dimensions, backend } = model;
  return describedJson({
    name: shortName(label),
    label,
    ...(commit !== undefined && { commit }),
    type,
    task,
    dimensions,
    parameters: model.parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0),
    backend,
    dtype: backend === "reference" ? "f32" : dtype,
  });
}

/** A model that is known by its config alone, as JSON has it. */
export function plannedJson(planned: Planned, name: string, label: string): ModelJson {
  const { type, network, dimensions, parameters } = planned;
  return describedJson({ name, label, type, task: network.task, dimensions, parameters });
}

/** A model as JSON has it, key by key in one order. */
function describedJson(model: DescribedModel): ModelJson {
  const { dimensions } = model;
  const decoder =
    dimensions.decoderLayers === undefined ? undefined : dimensionsIn(dimensions, "decoder.");
  return {
    name: model.name,
    label: sharedName(model.label),
    commit: model.commit ?? null,
    type: model.type,
    task: model.task,
    layers: dimensions.layers,
    heads: dimensions.heads,
    keyHeads: dimensions.keyHeads,
    headWidth: dimensions.headWidth,
    width: dimensions.width,
    feedForward: dimensions.feedForward,
    decoderLayers: decoder?.layers ?? null,
    decoderHeads: decoder?.heads ?? null,
    decoderKeyHeads: decoder?.keyHeads ?? null,
    decoderHeadWidth: decoder?.headWidth ?? null,
    decoderWidth: decoder?.width ?? null,
    decoderFeedForward: decoder?.feedForward ?? null,
    vocabulary: dimensions.vocabulary,
    positions: dimensions.positions ?? null,
    parameters: model.parameters,
    backend: model.backend ?? null,
    dtype: model.dtype ?? null,
  };
}

/** What a model was run on, as JSON has it: the texts, or the file of a sound, and the tokens of the first with what belongs to it. */
export function textJson(
  texts: readonly string[],
  run: Pick<Run, "tokens">,
  isSound = false,
): {
  readonly texts?: readonly string[];
  readonly sound?: string;
  readonly tokens: readonly TextToken[];
} {
  const read = isSound ? { sound: texts[0]! } : { texts };
  return { ...read, tokens: run.tokens[0]! };
}
