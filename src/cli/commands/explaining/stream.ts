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
  type ReadInput,
  readInputs,
} from "../../analysis/readout-words.ts";
import type { LineOptions } from "../../input/lines.ts";
import { namesPicture, readsOf } from "../../input/text-input.ts";
import { endPhase, loadModel, type ModelOptions } from "../../loading.ts";
import { modelJson } from "../../model-json.ts";
import { wordsOfRun } from "../../named.ts";
import { type FormatOptions, formatOf } from "../../options/format.ts";
import { refuseIdle } from "../../options/idle-options.ts";
import { readWeights } from "../../picture.ts";
import { deliverStepsOfEach, type StepsFound, stepsFormats } from "../../steps-output.ts";
import { warn } from "../../terminal/warnings.ts";

export interface StreamOptions extends ModelOptions, FormatOptions, LineOptions {
  readonly word?: string;
  readonly layer?: string;
  readonly point?: string;
  readonly stack?: string;
  readonly decoder?: string;
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
  const inputs = await readInputs(given, options);
  const model = await loadModel(options, readsOf(given));
  expectInput(model, given, inputs.first);
  const stack = stackPrefix(model, options.stack) as StreamStack;
  const layer = layerOf(model, stack, options.layer);
  const point = points[options.point ?? "residual"]!;
  await deliverStepsOfEach(inputs, options, format, (input) =>
    writtenIn(model, input, { ...options, given, place: { stack, layer, point } }),
  );
}

interface Asked extends StreamOptions {
  readonly given: string | undefined;
  readonly place: {
    readonly stack: StreamStack;
    readonly layer: number;
    readonly point: StreamPoint;
  };
}

/** What wrote the vector of the word asked about in one input. */
async function writtenIn(
  model: Model,
  read: ReadInput,
  { given, place, ...options }: Asked,
): Promise<StepsFound> {
  const { stack, layer, point } = place;
  const { input } = read;
  const token = read.image
    ? await patchOf(model, input, options.word)
    : await tokenAsked(model, input, stack, options.word);
  const run = await model.run(input, {
    read: streamReads(model, place, token),
    output: false,
    onWarning: warn,
  });
  const tokens = (stack === "decoder." ? run.decoderTokens : run.tokens)![0]!;
  const parts = await streamParts(model, run, { ...place, token });
  endPhase("run");
  const name = namesOf(tokens)[token]!;
  const site = `${stack}layers.${layer}.${point}`;
  return {
    picture: {
      title: `What wrote the vector of ${quoted(name)} (${site})`,
      about: shortName(model.label),
      texts: factsOfInput(model, given, read).texts!,
      lines: [],
      steps: streamSteps(parts, nounIn(model, stack !== "decoder.")),
    },
    object: () => ({
      model: modelJson(model, options),
      ...inputJson(model, given, read),
      tokens: run.tokens[0],
      site,
      word: name,
      norms: parts.norms,
      reason: parts.reason ?? null,
      layers: layerShares(parts),
      parts: streamShares(parts),
    }),
    facts: { of: site, model: shortName(model.label) },
  };
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

/** The token of --word; without it that of the word that `heed TEXT` asks about, of a decoder the last one. */
async function tokenAsked(
  model: Model,
  input: RunInput,
  stack: StreamStack,
  word: string | undefined,
): Promise<number> {
  const isChosen = word === undefined && stack !== "decoder.";
  const read = isChosen ? [readWeights(model, true)] : [];
  const run = await model.run(input, { read, output: false, onWarning: () => {} });
  const tokens = (stack === "decoder." ? run.decoderTokens : run.tokens)![0]!;
  if (word !== undefined) return tellingPieces(namedTokens(word, tokens, "--word"), tokens)[0]!;
  if (!isChosen) return tokens.length - 1;
  const weights = wordsOfRun(model, run, {});
  return tellingPieces(weights.units[chooseFocus(weights)]!.tokens, tokens)[0]!;
}
