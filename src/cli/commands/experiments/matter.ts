import type { ExperimentFile, MatterPlan } from "../../../analysis/interventions/experiment.ts";
import type { Fill, OtherInput } from "../../../analysis/interventions/intervention.ts";
import type { Stack } from "../../../analysis/layers/attention-maps.ts";
import { chooseFocus } from "../../../analysis/words/focus.ts";
import { askedNames } from "../../../analysis/words/word-weights.ts";
import { InputError } from "../../../errors/errors.ts";
import type { Model } from "../../../model.ts";
import { placeNamed } from "../../analysis/readout-words.ts";
import { besideDecoder, expectReader, subjectOf } from "../../experiment.ts";
import { experimentFormats } from "../../experiment-output.ts";
import { allOf } from "../../input/inputs.ts";
import { readLines } from "../../input/lines.ts";
import {
  namesPicture,
  namesSound,
  readsOf,
  readText,
  refusePicture,
} from "../../input/text-input.ts";
import { runsFile } from "../../kept-runs.ts";
import { loadModel, type ModelOptions } from "../../loading.ts";
import { carriedOutMatter, deliverMatter, withMetrics } from "../../matter-output.ts";
import { expectTexts, wholeNumber, wordsOfRun } from "../../named.ts";
import { type FormatOptions, formatOf } from "../../options/format.ts";
import { refuseIdle } from "../../options/idle-options.ts";
import { readWeights } from "../../picture.ts";
import { inputOf, listGiven, modelReference, saving, seedOf } from "./patch.ts";

export interface MatterCommandOptions extends ModelOptions, FormatOptions {
  readonly word?: string;
  readonly to?: string;
  readonly links?: boolean;
  readonly by?: "cut" | "zero" | "mean" | "resample";
  readonly from?: string;
  readonly texts?: string;
  readonly answers?: readonly string[];
  readonly class?: string;
  readonly controls?: string;
  readonly predict?: string;
  readonly lines?: boolean;
  readonly ids?: string;
  readonly stack?: Stack;
  /** What an encoder-decoder's decoder reads. */
  readonly decoder?: string;
  readonly seed?: string;
  readonly save?: string;
}

/** Of one text each cut has so many controls, of each of several texts so many. */
const controlsOfOne = 50;
const controlsOfMany = 10;

/** `heed matter TEXT|PICTURE|SOUND`: how strongly every head attends, beside what cutting it does to the output. */
export async function matter(
  given: string | undefined,
  options: MatterCommandOptions,
): Promise<void> {
  const format = formatOf(options, experimentFormats);
  const isPicture = given !== undefined && namesPicture(given);
  const isSound = given !== undefined && namesSound(given);
  refuseIdle("matter", { ...options, format }, [isPicture && "a picture", isSound && "a sound"]);
  const file = isPicture ? { image: given } : isSound ? { sound: given } : undefined;
  const inputs: OtherInput[] = file
    ? [besideDecoder(file, options.decoder)]
    : (await allOf(await readLines(given, options))).map((line) =>
        besideDecoder(inputOf(line), options.decoder),
      );
  const plan = await planOf(options, inputs);
  if (options.links && inputs.length + (plan.predict?.length ?? 0) > 1)
    throw new InputError(
      "--links: links differ from text to text, so that over several texts each head has its strongest. Leave out --links, or give one text",
    );
  const model = await loadModel(options, readsOf(given));
  if (isPicture && !model.images) refusePicture(given);
  expectReader(model, inputs[0]!);
  if (!file) expectTexts(model, given);
  const word = isPicture
    ? await patchNamed(model, inputs[0]!, options.word)
    : (options.word ?? (await wordChosen(model, inputs)));
  const asked: ExperimentFile = {
    heed: "experiment",
    version: 1,
    ...(options.model !== undefined && { model: modelReference(options) }),
    input: inputs[0]!,
    word,
    do: plan,
    seed: seedOf(options.seed),
  };
  const choice = { answers: options.answers, label: options.class };
  const whole = await withMetrics(model, { ...asked, do: plan }, choice);
  await carriedOutMatter(model, whole, {
    runs: runsFile(options.save, options.out),
    save: saving(whole, options),
    deliver: (result) => deliverMatter(model, whole, result, options, format),
  });
}

async function planOf(
  { to, links, by = "cut", from, texts, controls, predict, stack, decoder }: MatterCommandOptions,
  inputs: readonly OtherInput[],
): Promise<MatterPlan> {
  const others =
    (await listGiven(texts, decoder)) ??
    (from === undefined ? undefined : [besideDecoder((await readText(from)) as string, decoder)]);
  const predicted = await listGiven(predict, decoder);
  const isOne = inputs.length + (predicted?.length ?? 0) === 1;
  return {
    kind: "matter",
    ...(to !== undefined && { to }),
    ...(links && { links }),
    by: by === "cut" ? "cut" : fillOf(by, others),
    controls:
      controls === undefined
        ? isOne
          ? controlsOfOne
          : controlsOfMany
        : controls === "0"
          ? 0
          : wholeNumber(controls, "--controls"),
    ...(inputs.length > 1 && { texts: inputs.slice(1) }),
    ...(predicted && { predict: predicted }),
    ...(stack && { stack }),
  };
}

function fillOf(by: "zero" | "mean" | "resample", others: readonly OtherInput[] | undefined): Fill {
  if (by === "zero") return "zero";
  if (by === "mean") return { mean: others ?? "text" };
  if (!others)
    throw new InputError(
      '--by resample: from which text? --from "another text", or --texts a file with one a line',
    );
  return { resample: others };
}

/** The token of a picture that `--word` names: [CLS], or the first patch, where it names none. */
async function patchNamed(model: Model, input: OtherInput, word: string | undefined) {
  const run = await (await subjectOf(model, input)).clean();
  const tokens = run.tokens![0]!;
  return tokens[placeNamed(run, tokens, word)!]!.surface;
}

/** The word that `heed TEXT` asks about. Throws InputError where there are several texts, which need one word for all. */
async function wordChosen(model: Model, inputs: readonly OtherInput[]): Promise<string> {
  const [input] = inputs;
  if (typeof input === "object" && "sound" in input)
    throw new InputError(
      'matter: what looks? A moment of the sound, --word "0.02 s"; or with --decoder "what is said" and --stack decoder or cross a word of it, --word said',
    );
  if (inputs.length > 1 || typeof input !== "string")
    throw new InputError("matter: whose links? Name the word that looks in every text: --word it");
  const run = await model.run(input, {
    read: [readWeights(model, false)],
    output: false,
    onWarning: () => {},
  });
  const weights = wordsOfRun(model, run, {});
  return askedNames(weights.units)[chooseFocus(weights)]!;
}
