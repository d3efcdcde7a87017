import { explain, explainReads } from "../analysis/explain/explain.ts";
import {
  type ExplainQuestion,
  explainQuestion,
  namedTokens,
  namesOf,
  placeOf,
  strongestKey,
  tellingPieces,
} from "../analysis/explain/question.ts";
import type { Explanation } from "../analysis/explain/step.ts";
import type { Effect } from "../analysis/interventions/effect.ts";
import { patchesOf } from "../analysis/interventions/patches-of.ts";
import { runExperiment } from "../analysis/interventions/run-experiment.ts";
import { dimensionsOf } from "../analysis/interventions/subject.ts";
import { type Stack, weightSites } from "../analysis/layers/attention-maps.ts";
import type { AudioInput } from "../audio/audio.ts";
import { InputError, SiteError } from "../errors/errors.ts";
import { choiceOf, expectKeys, type KeysOf } from "../errors/options.ts";
import type { LoadedModel } from "../models/loaded-model.ts";
import { allHeads, type HeadAddress } from "../probe/head-address.ts";
import { thumbnail } from "../views/page/source/thumbnail.ts";
import { alikeOnTheWay, wordOnItsWay } from "./alike.ts";
import { expectAsked, keyOf, stackOf, tokensIn } from "./asked.ts";
import { expectHead, expectToken, Held } from "./held-run.ts";
import { type ImageOptions, imageOptions } from "./images.ts";
import { measureGradient, measureRows, measureSilenced } from "./measures.ts";
import { begun } from "./methods.ts";
import {
  type Asked,
  type AskOptions,
  type Exploring,
  type HeadMeasureName,
  headMeasureNames,
  type MeasureOptions,
  type ModelSaid,
  type SaysOptions,
  type Seen,
  type WordOfRun,
} from "./questions.ts";
import { saidOf } from "./said.ts";
import { sayingsOf } from "./sayings.ts";
import { placesOf, seenTokens } from "./seen-tokens.ts";
import { heardIn } from "./sounds.ts";
import { isOfFile, Subjects } from "./subjects.ts";

/** Runs that can be asked about. */
const mostRuns = 8;
/** Weights that go along with what is seen, in bytes. */
const mostWeights = 8_000_000;

/** What an explorer needs beside its model. */
export type ExplorerOptions = ImageOptions;
/** Keys of ExplorerOptions. */
export const explorerOptions: KeysOf<ExplorerOptions> = imageOptions;

/** A model that `load` gives, as a page asks it. Keeps the eight runs that were asked about last. */
export class Explorer implements Exploring {
  readonly said: ModelSaid;
  readonly #model: LoadedModel;
  readonly #runs = new Map<number, Held>();
  readonly #subjects: Subjects;
  #count = 0;

  constructor(model: LoadedModel, options: ExplorerOptions = {}) {
    expectKeys(options, explorerOptions, "Explorer");
    if (model.towers)
      throw new InputError(
        `explorer: ${model.label} has two towers, and one is looked at. Take explorerOf(model), or give model.tower("vision") for pictures, model.tower("text") for texts`,
      );
    this.#model = model;
    this.#subjects = new Subjects(model, options);
    this.said = saidOf(model);
  }

  async keepImage(name: string, bytes: Uint8Array, options: AskOptions = {}): Promise<void> {
    begun(options, "keepImage");
    await this.#subjects.images.keep(name, bytes);
    this.forgetImage(name);
  }

  async keepSound(name: string, sound: AudioInput, options: AskOptions = {}): Promise<void> {
    begun(options, "keepSound");
    this.#subjects.sounds.keep(name, sound);
    this.#forgetFile("sound", name);
  }

  /** Lets go what was seen of a picture: another one has its name. */
  forgetImage(name: string): void {
    this.#forgetFile("image", name);
  }

  #forgetFile(kind: "image" | "sound", name: string): void {
    this.#subjects.forget(kind, name);
    for (const [run, { asked }] of this.#runs)
      if (isOfFile(asked, kind, name)) this.#runs.delete(run);
  }

  async see(asked: Asked, options: AskOptions = {}): Promise<Seen> {
    const started = performance.now();
    expectAsked(asked, "see");
    const signal = begun(options, "see");
    const stack = stackOf(this.#model, asked.stack);
    const { subject, patches } = await this.#changed(asked, signal);
    // Before the run: another sound of its name may come meanwhile.
    const sound = await this.#subjects.soundOf(asked);
    const clean = patches.length > 0 ? this.#cleanOf(asked) : undefined;
    const pattern = weightSites(this.#model.sites, this.#isNamed() ? stack : undefined);
    const run = await this.#model.run(subject.input, {
      read: [this.#areFew(asked, stack) ? pattern : { site: pattern, keep: "rows" }],
      patch: patches,
      output: false,
      reusable: true,
      signal,
      ...(clean && { after: clean.run }),
      onWarning: () => {},
    });
    const held = new Held(this.#model, run, { asked, stack, patches, clean }, sound);
    if (held.layers === 0)
      throw new SiteError(`${this.#model.label}: has no weights to look at in ${pattern}`);
    if (patches.length === 0) subject.keep(run);
    const number = this.#keep(held);
    const queries = seenTokens(held.queryTokens);
    const { layers, heads, headsOf, isSelf, isCausal, picture } = held;
    const size = layers * heads * held.queryTokens.length * held.keyTokens.length * 4;
    return {
      run: number,
      queries,
      keys: isSelf ? queries : seenTokens(held.keyTokens),
      ...{ isSelf, isCausal, layers, heads },
      ...(headsOf.some((count) => count < heads) && { headsOf }),
      ...(size <= mostWeights &&
        !held.isMerged && {
          weights: Array.from({ length: layers }, (_, layer) => held.layerWeights(layer)),
        }),
      ...(picture && { picture }),
      // A copy: what is handed out may be moved elsewhere.
      ...(held.sound && { sound: { ...held.sound, features: held.sound.features.slice() } }),
      ...placesOf(held),
      warnings: run.warnings,
      milliseconds: performance.now() - started,
    };
  }

  async weights(run: number, head: HeadAddress, options: AskOptions = {}) {
    begun(options, "weights");
    const held = this.#held(run);
    expectHead(held, head);
    return held.weights(head);
  }

  async rows(run: number, query: number, options: AskOptions = {}) {
    begun(options, "rows");
    const held = this.#held(run);
    expectToken(held, query, "query");
    const S = held.keyTokens.length;
    const values = new Float32Array(held.layers * held.heads * S).fill(Number.NaN);
    for (const [index, address] of allHeads(held).entries())
      values.set(held.row(address, query), index * S);
    return values;
  }

  async thumbnails(
    run: number,
    layer: number,
    size: { readonly rows: number; readonly columns: number },
    options: AskOptions = {},
  ) {
    const signal = begun(options, "thumbnails");
    const held = this.#held(run);
    expectHead(held, { layer, head: 0 });
    const places = size.rows * size.columns;
    const values = new Float32Array(held.heads * places);
    for (let head = 0; head < held.heads; head++) {
      // A long text's head takes a while: others may speak in between.
      if (!held.isWhole) await pause();
      signal?.throwIfAborted();
      const weights = held.weights({ layer, head });
      const { queries, keys } = held.tokensIn(layer);
      const small = thumbnail(weights, queries.length, keys.length, size);
      values.set(small, head * places);
    }
    return values;
  }

  async explain(
    run: number,
    question: ExplainQuestion,
    options: AskOptions = {},
  ): Promise<Explanation> {
    expectKeys(question, explainQuestion, "explain");
    const signal = begun(options, "explain");
    const held = this.#held(run);
    const whole = this.#wholeQuestion(held, question);
    const subject = await this.#subjects.of(held.asked, signal);
    const again = await this.#model.run(subject.input, {
      read: explainReads(this.#model, whole),
      patch: held.patches,
      output: false,
      after: held.run,
      signal,
      onWarning: () => {},
    });
    return explain(this.#model, again, whole);
  }

  async says(run: number, options: SaysOptions = {}) {
    begun(options, "says");
    const held = this.#held(run);
    return sayingsOf(
      this.#model,
      held,
      await this.#subjects.of(held.asked, options.signal),
      options,
    );
  }

  async effect(
    asked: Asked,
    question: { readonly word?: number; readonly controls?: number },
    options: AskOptions = {},
  ): Promise<Effect> {
    expectAsked(asked, "effect");
    expectKeys(question, { word: true, controls: true }, "effect");
    const { word, controls } = question;
    const signal = begun(options, "effect");
    const { changes = [], seed = 0 } = asked;
    const subject = await this.#subjects.of(asked, signal);
    const result = await runExperiment(
      subject,
      {
        do: {
          kind: "patch",
          interventions: changes,
          ...(controls !== undefined && { controls }),
        },
        ...(word !== undefined && { word }),
        seed,
      },
      // What is asked without controls is asked for its quickness.
      { signal, foretell: controls !== 0 },
    );
    if (result.kind !== "patch") throw new InputError("effect: changes are no grid");
    return result.effect;
  }

  async measure(
    run: number,
    measure: HeadMeasureName,
    question: { readonly query: number; readonly key?: number },
    options: MeasureOptions = {},
  ): Promise<Float32Array> {
    expectKeys(question, { query: true, key: true }, "measure");
    begun(options, "measure");
    choiceOf(headMeasureNames, measure, "measure");
    const held = this.#held(run);
    expectToken(held, question.query, "query");
    if (question.key !== undefined) expectToken(held, question.key, "key");
    if (measure === "silenced") return measureSilenced(this.#model, held, question.query, options);
    if (measure === "gradient") {
      const subject = await this.#subjects.of(held.asked, options.signal);
      return measureGradient(subject, held, question, options);
    }
    return measureRows(held, measure, question);
  }

  async alike(first: WordOfRun, second: WordOfRun, options: AskOptions = {}) {
    begun(options, "alike");
    const way = async ({ run, tokens }: WordOfRun) => {
      const held = this.#held(run);
      const { input } = await this.#subjects.of(held.asked, options.signal);
      return wordOnItsWay(this.#model, held, input, tokens, options);
    };
    return alikeOnTheWay(await way(first), await way(second));
  }

  async fits(_: string, __: readonly string[], options: AskOptions = {}): Promise<never> {
    begun(options, "fits");
    throw new InputError(
      `fits: ${this.said.label} (${this.said.type}) has one tower, and pictures are compared with texts by two. Load a model such as openai/clip-vit-base-patch32`,
    );
  }

  async hear(sound: string, options: AskOptions = {}) {
    begun(options, "hear");
    return heardIn(this.#model, await this.#subjects.sounds.open(sound), options);
  }

  /** Lets a run go: it can no longer be asked about. */
  forget(run: number): void {
    this.#runs.delete(run);
  }

  /** Lets every run and the model go. */
  async dispose(): Promise<void> {
    this.#runs.clear();
    this.#subjects.clear();
    await this.#model.dispose();
  }

  #keep(held: Held): number {
    this.#count += 1;
    this.#runs.set(this.#count, held);
    const [oldest] = this.#runs.keys();
    if (this.#runs.size > mostRuns) this.#runs.delete(oldest!);
    return this.#count;
  }

  #held(run: number): Held {
    const held = this.#runs.get(run);
    if (held) {
      this.#used(run, held);
      return held;
    }
    throw new InputError(
      `run ${run}: is not kept any more; the ${mostRuns} that were asked about last are. See the text again`,
    );
  }

  /** What is asked about stays; the run that was not for longest goes. */
  #used(run: number, held: Held): void {
    this.#runs.delete(run);
    this.#runs.set(run, held);
  }

  /** The newest kept run of the same text without changes. */
  #cleanOf(asked: Asked): Held | undefined {
    const key = keyOf(asked);
    const found = [...this.#runs].findLast(
      ([, held]) => held.patches.length === 0 && keyOf(held.asked) === key,
    );
    if (found) this.#used(...found);
    return found?.[1];
  }

  async #changed(asked: Asked, signal: AbortSignal | undefined) {
    const subject = await this.#subjects.of(asked, signal);
    const { changes = [], seed = 0 } = asked;
    return { subject, patches: await patchesOf(subject, changes, seed) };
  }

  #isNamed(): boolean {
    return this.#model.dimensions.decoderLayers !== undefined;
  }

  /** Whether all weights are few enough to be read whole. */
  #areFew({ input, decoder }: Asked, stack: Stack): boolean {
    const model = this.#model;
    // Of windows the weights are few.
    if (model.images?.merged) return true;
    const count = tokensIn(model, input);
    if (count === undefined) return false;
    const written = decoder === undefined ? 0 : (tokensIn(model, decoder) ?? 0) + 2;
    const tokens = Math.max(count, written);
    const { layers, heads } = dimensionsOf(model, stack);
    return layers * heads * tokens * tokens * 4 <= mostWeights;
  }

  /** The question with both words named, as sources of a score need them. */
  #wholeQuestion(held: Held, question: ExplainQuestion): ExplainQuestion {
    const prefix = held.stack === "cross" ? "decoder.cross." : (`${held.stack}.` as const);
    const stack = question.stack ?? (this.#isNamed() ? prefix : undefined);
    const place = placeOf(this.#model, { ...question, stack });
    const asked: ExplainQuestion = { ...question, stack };
    if ((stack ?? prefix) !== prefix) return asked;
    const { to, against } = question;
    if (to !== undefined && against !== undefined) return asked;
    const own = held.tokensIn(place.layer);
    const [token] = tellingPieces(namedTokens(question.word, own.queries, "word"), own.queries);
    const row = held
      .weightsOf(place, [token!])
      .map((weight) => (Number.isNaN(weight) ? 0 : weight));
    const names = namesOf(own.keys);
    const itself = held.isSelf ? token : undefined;
    const first =
      to === undefined
        ? strongestKey(row, names, { own: itself })?.token
        : namedTokens(to, own.keys, "to").reduce((a, b) => (row[b]! > row[a]! ? b : a));
    const second = against ?? strongestKey(row, names, { own: itself, without: first })?.token;
    return { ...asked, to: to ?? first, against: second };
  }
}

const pause = () => new Promise((resolve) => setTimeout(resolve));
