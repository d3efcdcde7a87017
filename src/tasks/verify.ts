import type { RecordedTrace, TraceTensor } from "../checkpoint/trace-file.ts";
import { CheckpointError } from "../errors/errors.ts";
import { nearest } from "../errors/nearest.ts";
import { expectKeys } from "../errors/options.ts";
import { type InputName, inputKinds } from "../models/input-names.ts";
import type { Rows, TensorInput } from "../models/inputs.ts";
import type { LoadedModel } from "../models/loaded-model.ts";
import { parseSite } from "../probe/sites.ts";
import { formatShape, sameShape, stridesOf } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { GenerateOptions } from "./generate.ts";
import type { Generation } from "./generation.ts";
import { withoutTies } from "./verify-ties.ts";

/** How far a site is from what was recorded, over rows of real tokens. */
export interface SiteDifference {
  readonly site: string;
  /** The largest |a − b|; infinite where one is masked and the other not, or not a number. */
  readonly difference: number;
  /** The largest difference that passes: the tolerance times max(1, the largest expected value). */
  readonly allowed: number;
  readonly passed: boolean;
  /** Where the largest difference is, and the two numbers there. */
  readonly at: readonly number[];
  readonly expected: number;
  readonly got: number;
  /** Why it fails where a number does not say it: another shape, a site the model lacks. */
  readonly reason?: string;
  /** What was recorded otherwise, and is as right: tokens that are equally likely, in another order. */
  readonly tie?: string;
}

/** The inputs a trace was recorded with. Throws CheckpointError for an input heed does not know. */
export function recordedInput({ tensors }: RecordedTrace, place: string): TensorInput {
  const input: Record<string, Rows | Tensor> = {};
  for (const [name, tensor] of tensors) {
    const input_ = /^input\.(.+)$/.exec(name)?.[1];
    if (input_ === undefined || input_ === "prompt") continue;
    const kind = Object.hasOwn(inputKinds, input_) && inputKinds[input_ as InputName];
    if (kind === "rows") input[input_] = rowsOf(tensor);
    else if (kind === "tensor")
      input[input_] = new Tensor(tensor.shape, Float32Array.from(tensor.data));
    else
      throw new CheckpointError(
        `${place}: the trace has an input "${input_}"; heed knows ${Object.keys(inputKinds).join(", ")}`,
      );
  }
  return input;
}

function rowsOf({ shape, data }: TraceTensor): number[][] {
  const width = shape[1] ?? data.length;
  return Array.from({ length: data.length / width }, (_, row) =>
    Array.from(data.subarray(row * width, (row + 1) * width)),
  );
}

/** A model that runs, and writes where its family does. */
type WritingModel = LoadedModel & {
  generate(input: TensorInput, options: GenerateOptions): Promise<Generation>;
};

/** Runs a model on a trace's inputs and compares every recorded site, on rows of real tokens; and what it writes, where that was recorded. Throws CheckpointError for a trace of another family. */
export async function verifyTrace(
  model: WritingModel,
  recorded: RecordedTrace,
  options: { tolerance?: number; place?: string } = {},
): Promise<SiteDifference[]> {
  expectKeys(options, { tolerance: true, place: true }, "verifyTrace");
  const { tolerance = 1e-4, place = "trace" } = options;
  expectFamily(model, recorded, place);
  const input = recordedInput(recorded, place);
  const sites = [...recorded.tensors.keys()].filter((name) => !/^(input|generated)\./.test(name));
  if (sites.length === 0)
    throw new CheckpointError(`${place}: the trace holds no sites, so there is nothing to compare`);
  const reached = model.sitesOf(input);
  const there = sites.filter((site) => reached.has(site));
  const run = await model.run(input, { read: there, output: false });
  const { tensors, ties } = withoutTies(
    new Map(there.map((site) => [site, run.trace.get(site)])),
    recorded.tensors,
    tolerance,
  );
  const compared = sites.map((site) =>
    reached.has(site)
      ? {
          ...compareSite(site, tensors.get(site)!, recorded.tensors.get(site)!, input, tolerance),
          ...tieOf(ties.get(site)),
        }
      : failed(site, `${model.label} has no such site${nearest(site, model.sites.keys())}`),
  );
  return recorded.tensors.has("generated.ids")
    ? [...compared, await compareGenerated(model, recorded, tolerance)]
    : compared;
}

function tieOf(count: number | undefined): Pick<SiteDifference, "tie"> {
  if (count === undefined) return {};
  return {
    tie:
      count === 1
        ? "one token is another, equally likely"
        : `${count} tokens are others, equally likely`,
  };
}

function expectFamily(
  { config, label }: WritingModel,
  { metadata }: RecordedTrace,
  place: string,
): void {
  const { family } = metadata;
  if (family !== undefined && family !== config.model_type)
    throw new CheckpointError(
      `${place}: the trace was recorded with a model of family ${family}, config.json of ${label} says model_type=${JSON.stringify(config.model_type)}. Do they belong together?`,
    );
}

/** The ids a model writes greedily, with no token that ends a text, against those recorded: every one must be the same, or as likely. */
async function compareGenerated(
  model: WritingModel,
  { tensors }: RecordedTrace,
  tolerance: number,
): Promise<SiteDifference> {
  const name = "generated.ids";
  const prompt = tensors.get("input.prompt");
  const features = tensors.get("input.features");
  if (!prompt && !features) return failed(name, "the trace has no input.prompt to write behind");
  if (!model.generates) return failed(name, `${model.label} does not write texts`);
  const [expected] = rowsOf(tensors.get(name)!) as [number[]];
  const ids = prompt ? rowsOf(prompt) : [[]];
  // Of sound the first is what is written of.
  const input = prompt ? { ids } : { features: firstOf(features!) };
  // An encoder-decoder's prompt is the encoder's; what it writes begins with the decoder's first token.
  const isBeside = [...model.sites.keys()].some((site) => site.startsWith("decoder."));
  const { rows } = await model.generate(input, {
    maxNewTokens: expected.length - (isBeside ? 1 : ids[0]!.length),
    endIds: [],
    doSample: false,
    numBeams: 1,
  });
  const got = rows[0]!.ids;
  const wrong = expected.findIndex((id, place) => got[place] !== id);
  const at = Math.max(wrong, 0);
  const from = isBeside ? 1 : ids[0]!.length;
  const isTied =
    wrong >= from &&
    (await areLikeliest(
      model,
      { input, from, isBeside },
      [got.slice(0, wrong + 1), expected],
      tolerance,
    ));
  return {
    site: name,
    difference: isTied ? 0 : expected.filter((id, place) => got[place] !== id).length,
    allowed: 0,
    passed: wrong < 0 || isTied,
    ...(isTied && { tie: `token ${wrong} is another, equally likely` }),
    at: [0, at],
    expected: expected[at] ?? Number.NaN,
    got: got[at] ?? Number.NaN,
  };
}

/** Whether every new id of each row is a likeliest one behind those before it, by the logits of one pass. */
async function areLikeliest(
  model: WritingModel,
  { input, from, isBeside }: { input: TensorInput; from: number; isBeside: boolean },
  rows: readonly (readonly number[])[],
  tolerance: number,
): Promise<boolean> {
  for (const row of rows) {
    const given = isBeside ? { ...input, decoderIds: [row] } : { ids: [row] };
    const { logits } = (await model.run(given as TensorInput)).output;
    if (logits?.shape.length !== 3) return false;
    const V = logits.shape[2]!;
    for (let place = from; place < row.length; place++) {
      const scores = logits.data.subarray((place - 1) * V, place * V);
      const largest = scores.reduce((most, score) => Math.max(most, Math.abs(score)), 1);
      const best = scores.reduce((most, score) => Math.max(most, score));
      if (!(scores[row[place]!]! >= best - tolerance * largest)) return false;
    }
  }
  return true;
}

function firstOf({ shape, data }: TraceTensor): Tensor {
  const [, ...rest] = shape;
  return new Tensor([1, ...rest], Float32Array.from(data.subarray(0, data.length / shape[0]!)));
}

function failed(site: string, reason: string): SiteDifference {
  const difference = Number.NaN;
  return {
    site,
    difference,
    allowed: 0,
    passed: false,
    at: [],
    expected: difference,
    got: difference,
    reason,
  };
}

/** How far a site is from what was recorded of it, on rows of real tokens. */
export function compareSite(
  site: string,
  got: Tensor,
  expected: TraceTensor,
  input: TensorInput,
  tolerance: number,
): SiteDifference {
  if (!sameShape(got.shape, expected.shape))
    return failed(site, `recorded as ${formatShape(expected.shape)}, heed has ${got}`);
  const address = parseSite(site)!;
  const { axes } = address.kind;
  const isReal = realRows(site, axes, got.shape, input);
  const strides = stridesOf(got.shape);
  const worst = { difference: -1, offset: 0 };
  let largest = 0;
  for (let offset = 0; offset < got.data.length; offset++) {
    if (!isReal(offset, strides)) continue;
    const a = got.data[offset]!;
    const b = expected.data[offset]!;
    if (Number.isFinite(b)) largest = Math.max(largest, Math.abs(b));
    const difference = a === b ? 0 : Math.abs(a - b);
    const counted = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
    if (counted > worst.difference) Object.assign(worst, { difference: counted, offset });
  }
  const allowed = tolerance * Math.max(1, largest);
  const difference = Math.max(worst.difference, 0);
  return {
    site,
    difference,
    allowed,
    passed: difference <= allowed,
    at: strides.map((stride, axis) => Math.floor(worst.offset / stride) % got.shape[axis]!),
    expected: expected.data[worst.offset] ?? 0,
    got: got.data[worst.offset] ?? 0,
  };
}

/** Whether an element lies in a row of a real token: padding's queries and keys hold whatever the other program left there. */
function realRows(
  site: string,
  axes: readonly string[],
  shape: readonly number[],
  { mask, decoderMask, decoderIds }: TensorInput,
): (offset: number, strides: readonly number[]) => boolean {
  const isDecoder = site.startsWith("decoder.") || (site === "logits" && decoderIds !== undefined);
  const isOfKeys = /\.(k|v)$/.test(site);
  const isCrossKey = /\.cross\.(k|v)$/.test(site);
  const rows = (isDecoder && !isCrossKey ? decoderMask : mask) as number[][] | undefined;
  const axis = axes.indexOf(isOfKeys ? "S" : "T");
  // Logits of a classifier are (B, labels): every row counts.
  const hasRows = axis >= 0 && axis < shape.length && (site !== "logits" || shape.length === 3);
  // Nor is a row of xlnet's targets a token of the text.
  const isImage = site.startsWith("vision.");
  if (!rows || !hasRows || isImage || rows[0]!.length !== shape[axis]) return () => true;
  // Before the mask hides them, scores hold what padding's keys give.
  const ofKeys = (site.includes(".cross.") ? mask : rows) as number[][] | undefined;
  const keyAxis = /\.scores\.(uncapped|content)$/.test(site) ? axes.indexOf("S") : -1;
  const hidesKeys = keyAxis >= 0 && ofKeys?.[0]?.length === shape[keyAxis];
  return (offset, strides) => {
    const row = Math.floor(offset / strides[0]!);
    const placeOn = (on: number) => Math.floor(offset / strides[on]!) % shape[on]!;
    return rows[row]![placeOn(axis)] === 1 && (!hidesKeys || ofKeys![row]![placeOn(keyAxis)] === 1);
  };
}
