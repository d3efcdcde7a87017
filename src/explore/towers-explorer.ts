import type { AudioInput } from "../audio/audio.ts";
import { InputError } from "../errors/errors.ts";
import { expectKeys } from "../errors/options.ts";
import type { Tower } from "../families/family.ts";
import type { LoadedModel } from "../models/loaded-model.ts";
import { applyScoreFunction } from "../tasks/scores.ts";
import { imageTextSimilarity } from "../tasks/zero-shot-images.ts";
import { Explorer, type ExplorerOptions, explorerOptions } from "./explorer.ts";
import { Images } from "./images.ts";
import { askedElsewhere, asked as askedFor, begun } from "./methods.ts";
import type {
  Asked,
  AskOptions,
  Exploring,
  Fits,
  HeadMeasureName,
  ModelSaid,
  Seen,
  WordOfRun,
} from "./questions.ts";
import { saidOf } from "./said.ts";

/** What `load` gives, which has its towers as models by themselves. */
interface ModelOfTwo extends LoadedModel {
  tower(name: Tower): LoadedModel;
}

/** A model as a page asks it: of two towers each, else the model itself. */
export function explorerOf(model: LoadedModel, options: ExplorerOptions = {}): Exploring {
  expectKeys(options, explorerOptions, "explorerOf");
  return model.towers && "tower" in model
    ? new TowersExplorer(model as ModelOfTwo, options)
    : new Explorer(model, options);
}

/** The towers of an exploring of two, each as one by itself, to which the other is no concern; undefined where there is one. */
export function towersOf(exploring: Exploring): Readonly<Record<Tower, Exploring>> | undefined {
  const { towers } = exploring.said;
  const tower = (name: Tower): Exploring => ({
    said: towers![name],
    ...askedElsewhere((method, values) => askedFor(exploring, method, values)),
    forget: (run) => exploring.forget(run),
    dispose: () => exploring.dispose(),
  });
  return towers && { text: tower("text"), vision: tower("vision") };
}

/** Both towers of a model, each explored by itself, and how well texts fit pictures. A run's number says of which tower it is. */
class TowersExplorer implements Exploring {
  readonly said: ModelSaid;
  readonly #model: LoadedModel;
  readonly #images: Images;
  readonly #towers: Readonly<Record<Tower, Explorer>>;

  constructor(model: ModelOfTwo, options: ExplorerOptions) {
    this.#model = model;
    this.#images = new Images(options);
    const own = { openImage: this.#images.open };
    this.#towers = {
      text: new Explorer(model.tower("text"), own),
      vision: new Explorer(model.tower("vision"), own),
    };
    const { text, vision } = this.#towers;
    this.said = {
      ...vision.said,
      type: saidOf(model).type,
      towers: { text: text.said, vision: vision.said },
    };
  }

  async keepImage(name: string, bytes: Uint8Array, options: AskOptions = {}): Promise<void> {
    begun(options, "keepImage");
    await this.#images.keep(name, bytes);
    this.#towers.vision.forgetImage(name);
  }

  async keepSound(name: string, _: AudioInput, options: AskOptions = {}): Promise<never> {
    begun(options, "keepSound");
    throw this.#hearsNothing("keepSound", name);
  }

  async hear(sound: string, options: AskOptions = {}): Promise<never> {
    begun(options, "hear");
    throw this.#hearsNothing("hear", sound);
  }

  #hearsNothing(method: string, name: string): InputError {
    return new InputError(
      `${method} ${name}: ${this.said.label} (${this.said.type}) reads pictures and texts, no sounds. Load a model such as openai/whisper-tiny`,
    );
  }

  async see(asked: Asked, options?: AskOptions): Promise<Seen> {
    const tower = towerOf(asked);
    const seen = await this.#towers[tower].see(asked, options);
    return { ...seen, run: seen.run * 2 + Number(tower === "text") };
  }

  weights(run: number, ...rest: Rest<"weights">) {
    const [tower, own] = this.#of(run);
    return tower.weights(own, ...rest);
  }

  rows(run: number, ...rest: Rest<"rows">) {
    const [tower, own] = this.#of(run);
    return tower.rows(own, ...rest);
  }

  thumbnails(run: number, ...rest: Rest<"thumbnails">) {
    const [tower, own] = this.#of(run);
    return tower.thumbnails(own, ...rest);
  }

  explain(run: number, ...rest: Rest<"explain">) {
    const [tower, own] = this.#of(run);
    return tower.explain(own, ...rest);
  }

  says(run: number, ...rest: Rest<"says">) {
    const [tower, own] = this.#of(run);
    return tower.says(own, ...rest);
  }

  async effect(
    asked: Asked,
    ...rest: Parameters<Explorer["effect"]> extends [Asked, ...infer R] ? R : never
  ) {
    return this.#towers[towerOf(asked)].effect(asked, ...rest);
  }

  measure(
    run: number,
    measure: HeadMeasureName,
    ...rest: Parameters<Explorer["measure"]> extends [number, HeadMeasureName, ...infer R]
      ? R
      : never
  ) {
    const [tower, own] = this.#of(run);
    return tower.measure(own, measure, ...rest);
  }

  async alike(first: WordOfRun, second: WordOfRun, options?: AskOptions) {
    const [tower, own] = this.#of(first.run);
    const [other, others] = this.#of(second.run);
    if (tower !== other)
      throw new InputError(
        "alike: one run is of a text and one of a picture, and their streams are no vectors of one space. Ask fits",
      );
    return tower.alike({ ...first, run: own }, { ...second, run: others }, options);
  }

  async fits(image: string, texts: readonly string[], options: AskOptions = {}): Promise<Fits> {
    const signal = begun(options, "fits");
    const picture = await this.#images.open(image);
    const similarity = await imageTextSimilarity(this.#model, picture, texts, {
      signal,
      onWarning: () => {},
    });
    const { logits, isByItself, run } = similarity;
    const { textEmbeds, imageEmbeds } = run.output;
    const vector = imageEmbeds!.select(0).data;
    return {
      cosines: Float32Array.from(texts, (_, text) =>
        textEmbeds!.select(text).data.reduce((sum, number, at) => sum + number * vector[at]!, 0),
      ),
      shares: Float32Array.from(
        applyScoreFunction(logits.select(0).data, isByItself ? "sigmoid" : "softmax"),
      ),
      isByItself,
    };
  }

  forget(run: number): void {
    const [tower, own] = this.#of(run);
    tower.forget(own);
  }

  async dispose(): Promise<void> {
    await this.#model.dispose();
  }

  /** The tower that made a run, and its number there. */
  #of(run: number): readonly [Explorer, number] {
    return [this.#towers[run % 2 === 1 ? "text" : "vision"], Math.floor(run / 2)];
  }
}

/** What follows a run's number. */
type Rest<Method extends "weights" | "rows" | "thumbnails" | "explain" | "says"> =
  Parameters<Explorer[Method]> extends [number, ...infer Others] ? Others : never;

/** The tower that reads an input. */
function towerOf({ input }: Asked): Tower {
  return typeof input === "object" && "image" in input ? "vision" : "text";
}
