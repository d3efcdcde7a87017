import {
  type StreamPoint,
  type StreamStack,
  streamParts,
  streamReads,
} from "../../../analysis/circuits/stream-parts.ts";
import { layerShares, streamShares, streamSteps } from "../../../analysis/circuits/stream-steps.ts";
import { nounIn } from "../../../analysis/explain/context.ts";
import { namedTokens, namesOf, quoted, tellingPieces } from "../../../analysis/explain/question.ts";
import { chooseFocus } from "../../../analysis/words/focus.ts";
import { InputError } from "../../../errors/errors.ts";
import { dimensionsIn } from "../../../families/family.ts";
import type { Model } from "../../../model.ts";
import type { RunInput } from "../../../models/inputs.ts";
import { shortName } from "../../../models/short-name.ts";
import { stackPrefix } from "../../analysis/attention-run.ts";
import {
  expectInput,
  factsOfInput,
  inputJson,
  placeNamed,
  readInputs,
} from "../../analysis/readout-words.ts";
import { namesPicture, readsOf } from "../../input/text-input.ts";
import { endPhase, loadModel, type ModelOptions } from "../../loading.ts";
import { modelJson } from "../../model-json.ts";
import { wordsOfRun } from "../../named.ts";
import { type FormatOptions, formatOf } from "../../options/format.ts";
import { refuseIdle } from "../../options/idle-options.ts";
import { readWeights } from "../../picture.ts";
import { deliverSteps, stepsFormats } from "../../steps-output.ts";
import { warn } from "../../terminal/warnings.ts";

export interface StreamOptions extends ModelOptions, FormatOptions {
  readonly word?: string;
  readonly layer?: string;
  readonly point?: string;
  readonly stack?: string;
  readonly decoder?: string;
  readonly pair?: string;
  readonly ids?: string;
}

const points: Readonly<Record<string, StreamPoint>> = {
  input: "input",
  middle: "middle",
  residual: "residual",
};

/** `heed stream TEXT|PICTURE --word it --layer 3`: what wrote the vector of a word. */
export async function stream(given: string | undefined, options: StreamOptions): Promise<void> {
  const format = formatOf(options, stepsFormats);
  const isPicture = given !== undefined && namesPicture(given);
  refuseIdle("stream", { ...options, format }, [isPicture && "a picture"]);
  const { first } = await readInputs(given, options);
  const model = await loadModel(options, readsOf(given));
  expectInput(model, given, first);
  const stack = stackPrefix(model, options.stack) as StreamStack;
  const { input } = first;
  const layer = layerOf(model, stack, options.layer);
  const point = points[options.point ?? "residual"]!;
  const word = isPicture
    ? await patchOf(model, input, options.word)
    : (options.word ?? (await wordOf(model, input, stack)));
  const run = await model.run(input, {
    read: streamReads(model, { stack, layer, point }, word),
    output: false,
    onWarning: warn,
  });
  const tokens = (stack === "decoder." ? run.decoderTokens : run.tokens)![0]!;
  const token = tellingPieces(namedTokens(word, tokens, "--word"), tokens)[0]!;
  const parts = await streamParts(model, run, { stack, layer, point, token });
  endPhase("run");
  const name = namesOf(tokens)[token]!;
  const site = `${stack}layers.${layer}.${point}`;
  const object = () => ({
    model: modelJson(model, options),
    ...inputJson(model, given, first),
    tokens: run.tokens[0],
    site,
    word: name,
    norms: parts.norms,
    reason: parts.reason ?? null,
    layers: layerShares(parts),
    parts: streamShares(parts),
  });
  await deliverSteps(
    {
      title: `What wrote the vector of ${quoted(name)} (${site})`,
      about: shortName(model.label),
      texts: factsOfInput(model, given, first).texts!,
      lines: [],
      steps: streamSteps(parts, nounIn(model, stack !== "decoder.")),
    },
    object,
    { of: site, model: shortName(model.label) },
    options,
    format,
  );
}

function layerOf(model: Model, stack: StreamStack, given: string | undefined): number {
  const last = dimensionsIn(model.dimensions, stack).layers - 1;
  const layer = given === undefined ? last : Number(given);
  if (given?.trim() === "" || !Number.isInteger(layer) || layer < 0 || layer > last)
    throw new InputError(`--layer ${given}: ${shortName(model.label)} has layers 0 to ${last}`);
  return layer;
}

/** The token of a picture that is asked about: a patch, or the first one ([CLS], where there is one). */
async function patchOf(model: Model, input: RunInput, word: string | undefined): Promise<number> {
  const run = await model.run(input, { read: [], onWarning: () => {} });
  return placeNamed(run, run.tokens[0]!, word)!;
}

/** The word that `heed TEXT` asks about; of a decoder the last token. */
async function wordOf(model: Model, input: RunInput, stack: StreamStack): Promise<number> {
  const read = stack === "decoder." ? [] : [readWeights(model, true)];
  const run = await model.run(input, { read, output: false });
  if (stack === "decoder.") return run.decoderTokens![0]!.length - 1;
  const weights = wordsOfRun(model, run, {});
  return weights.units[chooseFocus(weights)]!.tokens[0]!;
}
