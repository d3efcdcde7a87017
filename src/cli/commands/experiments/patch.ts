import { attributionPatching } from "../../../analysis/gradients/attribution-patching.ts";
import { defaultMetrics } from "../../../analysis/interventions/default-metrics.ts";
import { type ExperimentFile, experimentJson } from "../../../analysis/interventions/experiment.ts";
import type { OtherInput } from "../../../analysis/interventions/intervention.ts";
import { isOfItself, type Metric } from "../../../analysis/interventions/metric.ts";
import {
  type RunnableExperiment,
  runExperiment,
  stackChanged,
} from "../../../analysis/interventions/run-experiment.ts";
import type { Subject } from "../../../analysis/interventions/subject.ts";
import { chooseFocus } from "../../../analysis/words/focus.ts";
import { askedNames } from "../../../analysis/words/word-weights.ts";
import { InputError } from "../../../errors/errors.ts";
import type { Model } from "../../../model.ts";
import { tokensNamed } from "../../../probe/words.ts";
import { deliverEach } from "../../each-line.ts";
import { besideDecoder, carriedOut, expectReader, subjectOf } from "../../experiment.ts";
import {
  deliverExperiment,
  type ExperimentFound,
  experimentFacts,
  experimentFormats,
  experimentFound,
} from "../../experiment-output.ts";
import type { FigureFacts } from "../../figure.ts";
import { allOf, type Inputs, inputsOf, mapped } from "../../input/inputs.ts";
import { type Line, type LineOptions, readLines, readTexts } from "../../input/lines.ts";
import { namesPicture, namesSound, readsOf, readText } from "../../input/text-input.ts";
import { runsFile } from "../../kept-runs.ts";
import { loadModel, type ModelOptions } from "../../loading.ts";
import { wordsOfRun } from "../../named.ts";
import { type FormatOptions, formatOf, outFile } from "../../options/format.ts";
import { refuseIdle } from "../../options/idle-options.ts";
import {
  doneBy,
  type InterventionOptions,
  isLink,
  type OtherInputs,
  withPatches,
  wordsIn,
} from "../../options/intervention-options.ts";
import { deliver } from "../../output.ts";
import { readWeights } from "../../picture.ts";

export interface PatchOptions
  extends ModelOptions,
    FormatOptions,
    LineOptions,
    InterventionOptions {
  readonly word?: string;
  readonly answers?: readonly string[];
  readonly class?: string;
  readonly texts?: string;
  /** What an encoder-decoder's decoder reads. */
  readonly decoder?: string;
  readonly seed?: string;
  readonly save?: string;
  readonly foretell?: boolean;
  readonly divergence?: boolean;
}

/** `heed patch TEXT|PICTURE|SOUND …`: what a change of a run does to the output, and how far it travels. */
export async function patch(given: string | undefined, asked: PatchOptions): Promise<void> {
  const isPicture = given !== undefined && namesPicture(given);
  const options = isPicture ? withPatches(asked) : asked;
  const format = formatOf(options, [...experimentFormats, "jsonl"]);
  refuseIdle("patch", { ...options, format }, [
    isPicture && "a picture",
    given !== undefined && namesSound(given) && "a sound",
    takesOutWord(options) && "a word taken out",
    takesOutLink(options) && "a link taken out",
  ]);
  const inputs = await inputsGiven(given, options);
  const others = await othersGiven(options);
  const what: RunnableExperiment["do"] = doneBy(options, others);
  const model = await loadModel(options, readsOf(given));
  expectReader(model, inputs.first.input);
  if (options.lines)
    return deliverEach(inputs, { ...options, format }, ({ input }) =>
      carriedOutOn(model, input, what, options, async ({ written }) => written),
    );
  await carriedOutOn(model, inputs.first.input, what, options, ({ written, facts }) =>
    deliverExperiment(written, facts, options, format),
  );
}

/** An input, with its line where there are several. */
interface Experimented extends Pick<Line, "line"> {
  readonly input: OtherInput;
}

interface Found {
  readonly written: ExperimentFound;
  readonly facts: FigureFacts;
}

/** Carries out what is asked on one input. */
async function carriedOutOn<D>(
  model: Model,
  input: OtherInput,
  what: RunnableExperiment["do"],
  options: PatchOptions,
  deliver: (found: Found) => Promise<D>,
): Promise<D> {
  const subject = await subjectOf(model, input);
  if (!model.images && options.stack === undefined) await expectWords(subject, options);
  const word = options.word ?? (await wordChosen(model, input, what));
  const usual = await defaultMetrics(subject, {
    word,
    answers: options.answers && answersOf(options.answers),
    label: options.class,
    stack: stackChanged(what),
  });
  const metrics = options.divergence
    ? [divergenceWhere(model, usual)]
    : options.foretell
      ? slopedOf(usual, what)
      : usual;
  const file: ExperimentFile = {
    heed: "experiment",
    version: 1,
    ...(options.model !== undefined && { model: modelReference(options) }),
    input,
    ...(word !== undefined && { word }),
    metrics,
    do: what,
    seed: seedOf(options.seed),
  };
  return carriedOut(subject, file, {
    ...(options.lines
      ? { unkept: "of several lines nothing is kept" }
      : { runs: runsFile(options.save, options.out), save: saving(file, options) }),
    find: (running) =>
      runExperiment(
        subject.followed({ signal: running.signal }),
        { ...file, do: what },
        {
          ...running,
          foretell: options.foretell,
        },
      ),
    deliver: async (result) => {
      const foretold =
        options.foretell && what.kind === "grid"
          ? await attributionPatching(subject, what, metrics, { seed: file.seed })
          : undefined;
      return deliver({
        written: await experimentFound(model, subject, file, result, options, foretold),
        facts: experimentFacts(model, file),
      });
    },
  });
}

/** What writes the file of an experiment, where one is asked for. */
export function saving(
  file: ExperimentFile,
  { save: out, ...options }: FormatOptions & { readonly save?: string },
): (() => Promise<void>) | undefined {
  if (out === "-" && outFile(options) === undefined)
    throw new InputError(
      "--save -: what is found goes to stdout too. Name a file for one of them: --save experiment.json, or --out FILE",
    );
  return out === undefined ? undefined : () => deliver(experimentJson(file), { out }, "json");
}

/** KL of the prediction, at the place that is usually followed. */
function divergenceWhere(model: Model, [usual]: readonly Metric[]): Metric {
  if (!model.sites.has("logits"))
    throw new InputError(
      `--divergence: ${model.label} predicts nothing, it makes vectors alone, which are followed by their cosine`,
    );
  const query = usual && "query" in usual ? usual.query : undefined;
  return { kind: "divergence", ...(query !== undefined && { query }) };
}

/** What gradients can foretell: metrics that do not compare the text with itself; of vectors alone, how alike the sentence is to the other text. */
function slopedOf(metrics: readonly Metric[], what: RunnableExperiment["do"]): readonly Metric[] {
  const sloped = metrics.filter((metric) => !isOfItself(metric));
  if (sloped.length > 0) return what.kind === "grid" ? sloped : metrics;
  if (what.kind === "grid" && what.change.kind === "transplant")
    return [{ kind: "sentenceCosine", to: what.change.from }];
  throw new InputError(
    "--foretell: a vector compared with itself has no slope, so gradients foretell nothing. Give a text that has a prediction, or a grid that takes from another text (--from), to which the sentence is likened",
  );
}

/** Whether a word's vector is silenced, which may be behind a layer. */
function takesOutWord({ zero, mean, resample }: PatchOptions): boolean {
  const targets = [zero, mean, resample].flat();
  return targets.some((one) => typeof one === "string" && !/^L\d+/i.test(one));
}

/** Whether a link is silenced, or gets another weight. */
function takesOutLink({ zero, mean, resample }: PatchOptions): boolean {
  return [zero, mean, resample].flat().some((one) => typeof one === "string" && isLink(one));
}

/** Texts, two that belong together, ids, or the file of a picture or a sound. */
async function inputsGiven(
  given: string | undefined,
  options: PatchOptions,
): Promise<Inputs<Experimented>> {
  const { decoder } = options;
  const one = (input: OtherInput) => inputsOf([{ line: undefined, input }]);
  if (given !== undefined && namesPicture(given)) return one({ image: given });
  if (given !== undefined && namesSound(given))
    return one(besideDecoder({ sound: given }, decoder));
  return mapped(await readLines(given, options), (line) => ({
    line: line.line,
    input: besideDecoder(inputOf(line), decoder),
  }));
}

/** The input of a line as an experiment has it. */
export function inputOf({ input }: Line): OtherInput {
  if (typeof input === "string") return input;
  if (!("text" in input)) return { ids: input };
  return { text: input.text, pair: input.pair! };
}

/** The texts beside the experiment's own; the decoder reads the same behind each. */
async function othersGiven({
  from,
  texts,
  toward,
  away,
  decoder,
}: PatchOptions): Promise<OtherInputs> {
  const read = async (given: string | undefined) =>
    given === undefined ? undefined : besideDecoder(await otherGiven(given), decoder);
  return {
    from: await read(from),
    toward: await read(toward),
    away: await read(away),
    texts: await listGiven(texts, decoder),
  };
}

/** The texts of a file with one a line. */
export async function listGiven(
  file: string | undefined,
  decoder: string | undefined,
): Promise<OtherInput[] | undefined> {
  if (file === undefined) return undefined;
  const texts = await allOf(await readTexts([file], { lines: true }));
  return texts.map((text) => besideDecoder(text, decoder));
}

async function otherGiven(given: string): Promise<OtherInput> {
  if (namesPicture(given)) return { image: given };
  if (namesSound(given)) return { sound: given };
  if (/^\d+(,\d+)+$/.test(given)) return { ids: given.split(",").map(Number) };
  return (await readText(given)) as string;
}

/** What of a model an experiment has to say. */
export function modelReference({
  model,
  revision,
  type,
  headClass,
  base,
  withoutAdapter,
  sourceLanguage,
  targetLanguage,
  imageBackend,
}: ModelOptions) {
  return {
    name: model!,
    ...(revision !== undefined && { revision }),
    ...(type !== undefined && { type }),
    ...(headClass !== undefined && { headClass }),
    ...(base !== undefined && { base }),
    ...(withoutAdapter !== undefined && { withoutAdapter }),
    ...(sourceLanguage !== undefined && { sourceLanguage }),
    ...(targetLanguage !== undefined && { targetLanguage }),
    ...(imageBackend !== undefined && { imageBackend }),
  };
}

/** Two tokens as --answers names them. */
function answersOf(answers: readonly string[]): string[] {
  if (answers.length > 2)
    throw new InputError(
      `--answers: needs one word or two, the first's log-probability less the second's; got ${answers.length}`,
    );
  return [...answers];
}

/** A seed, 1 if not given. */
export function seedOf(text: string | undefined): number {
  if (text === undefined) return 1;
  const seed = Number(text);
  if (!Number.isInteger(seed) || seed < 0 || text.trim() === "")
    throw new InputError(`--seed ${text}: needs a whole number from 0`);
  return seed;
}

/** Throws SiteError for a word that the text does not have, by the option that names it. */
async function expectWords(subject: Subject, options: PatchOptions): Promise<void> {
  const { word, cut, at, zero, mean, resample } = options;
  const { tokens, decoderTokens } = await subject.clean();
  // Whose words they are the change itself knows, where there are a decoder's too.
  if (decoderTokens !== undefined) return;
  const named = { word: word === undefined ? [] : [word], cut, at, zero, mean, resample };
  for (const [option, targets] of Object.entries(named))
    for (const target of targets === undefined || targets === true ? [] : targets)
      for (const one of wordsIn(target)) tokensNamed(one, tokens[0]!, `--${option}`);
}

/** The word to follow where nobody says it: that of the change itself, else the one `heed TEXT` asks about. */
async function wordChosen(
  model: Model,
  input: OtherInput,
  what: RunnableExperiment["do"],
): Promise<string | number | undefined> {
  if (what.kind === "patch") {
    const [first] = what.interventions;
    const { query } = first as { query?: unknown };
    // Words of a change may be of tokens that are merged already, and the experiment knows of which layer.
    if (query !== undefined && model.images?.merged) return undefined;
    if (typeof query === "string") return query;
    if (Array.isArray(query)) return query[0] as string;
    if (first!.stack === "decoder" || first!.stack === "cross") return undefined;
  }
  if (typeof input !== "string" || model.images) return model.images ? 0 : undefined;
  const run = await model.run(input, {
    read: [readWeights(model, false)],
    output: false,
    onWarning: () => {},
  });
  const weights = wordsOfRun(model, run, {});
  return askedNames(weights.units)[chooseFocus(weights)];
}
