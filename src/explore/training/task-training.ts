import { tokenName } from "../../analysis/circuits/vocabulary.ts";
import { memorySource } from "../../checkpoint/memory.ts";
import { InputError } from "../../errors/errors.ts";
import { expectKeys } from "../../errors/options.ts";
import type { LoadedModel } from "../../models/loaded-model.ts";
import { type HeadAddress, headAt } from "../../probe/head-address.ts";
import type { PatchList } from "../../probe/patch.ts";
import { makeRandom } from "../../tasks/sampling.ts";
import { type Batch, batchOf, type Example } from "../../training/batch.ts";
import type { Film } from "../../training/film/film.ts";
import { Filming, frameSteps } from "../../training/film/filming.ts";
import type { TrainedFamily } from "../../training/model-shape.ts";
import type { ModelFiles } from "../../training/new-model.ts";
import { runTraining } from "../../training/run-training.ts";
import { type TrainingTask, taskNamed } from "../../training/tasks/task.ts";
import { trainingTasks } from "../../training/tasks/tasks.ts";
import { taskBatch, taskFamily, taskModel } from "../../training/train-task.ts";
import type { Trainer, TrainerOptions } from "../../training/trainer.ts";
import { wordIds, wordTokenizer } from "../../training/word-tokenizer.ts";
import type { AskOptions } from "../questions.ts";
import type {
  HeadsNeeded,
  TaskAnswer,
  TaskQuestion,
  Training,
  TrainingAsked,
  TrainingSaid,
  TrainingTold,
  TrainOptions,
} from "./questions.ts";

/** What `load` gives: a model that can be trained. */
export type TrainableModel = LoadedModel & {
  trainer(options: TrainerOptions): Promise<Trainer>;
  files(): Promise<ModelFiles>;
};

const heldOutExamples = 256;
const heldOutBatch = 64;
const frames = 24;
const shownChoices = 3;
/** How often a page is told how far it is, and how often others are heard between steps, in milliseconds. */
const tellEvery = 80;

/** A new model that learns a task of heed/training, here. What is asked of it waits until a step is done. */
export class TaskTraining implements Training {
  readonly said: TrainingSaid;
  readonly #task: TrainingTask;
  readonly #family: TrainedFamily;
  readonly #model: TrainableModel;
  readonly #trainer: Trainer;
  readonly #filming: Filming;
  readonly #heldOut: readonly Batch[];
  #milliseconds = 0;
  #accuracy: number | undefined;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(
    task: TrainingTask,
    said: TrainingSaid,
    { model, trainer }: { readonly model: TrainableModel; readonly trainer: Trainer },
  ) {
    this.said = said;
    this.#task = task;
    this.#family = taskFamily(task);
    this.#model = model;
    this.#trainer = trainer;
    const { seed, steps } = said;
    const { chance, guess, probes, patterns, name, what } = task;
    const title = `${name}: ${what}`;
    this.#filming = new Filming(model, { title, seed, steps, chance, guess, probes, patterns });
    this.#heldOut = Array.from({ length: heldOutExamples / heldOutBatch }, (_, number) =>
      this.#batch({ number, count: heldOutBatch, split: "held out" }),
    );
  }

  /**
   * Makes a new model for a task. `load` is heed's own. Throws InputError for a task that is not there, and for a seed or a number of steps that is
   * no whole number.
   */
  static async of(
    load: (source: never, options: never) => Promise<LoadedModel>,
    learned: TrainingAsked,
    { signal }: AskOptions = {},
  ): Promise<TaskTraining> {
    expectKeys(learned, { task: true, seed: true, steps: true }, "trainInWorker");
    const { task: name, seed, steps: asked } = learned;
    const task = taskNamed(name, trainingTasks);
    const steps = asked ?? task.recipe.steps;
    for (const [what, number] of Object.entries({ seed, steps }))
      if (!Number.isSafeInteger(number) || number < 0)
        throw new InputError(`train: ${what} is ${number}, needs a whole number from 0`);
    const files = await taskModel(task, { seed });
    const source = memorySource(files, `heed-${task.name}`);
    const options = { dtype: "f32", signal };
    const model = (await load(source as never, options as never)) as TrainableModel;
    const trainer = await model.trainer({ steps, rate: task.recipe.rate });
    const { layers, heads, width, batch } = task.recipe;
    const said = {
      ...{ task: task.name, seed, steps, layers, heads, width, batch },
      family: taskFamily(task),
      parameters: trainer.trained,
      heldOut: heldOutExamples,
      backend: model.backend,
    };
    return new TaskTraining(task, said, { model, trainer });
  }

  async train(options: TrainOptions = {}): Promise<TrainingTold> {
    expectKeys(options, { signal: true, onTold: true, onFilm: true }, "train");
    const { signal, onTold, onFilm } = options;
    return this.#alone(async () => {
      let losses: (readonly [number, number])[] = [];
      let told = performance.now();
      let filmed = this.#filming.film().frames.length;
      let before = performance.now();
      const now = (): TrainingTold => ({
        step: this.#trainer.step,
        steps: this.said.steps,
        losses,
        ...(this.#accuracy !== undefined && { accuracy: this.#accuracy }),
        milliseconds: this.#milliseconds,
      });
      const between = async () => {
        const time = performance.now();
        this.#milliseconds += time - before;
        before = time;
        const film = this.#filming.film();
        const hasFrame = film.frames.length > filmed;
        if (!hasFrame && time - told < tellEvery) return;
        onTold?.(now());
        losses = [];
        told = time;
        if (hasFrame) onFilm?.(film);
        filmed = film.frames.length;
        await heard();
        before = performance.now();
      };
      await runTraining({
        trainer: this.#trainer,
        steps: this.said.steps,
        batch: (number) => this.#batch({ number, count: this.said.batch }),
        heldOut: () => this.#heldOut,
        evaluateEvery: this.said.steps + 1,
        film: this.#filming,
        frames: frameSteps(this.said.steps, frames),
        between,
        signal,
        onProgress: ({ step, loss, evaluation }) => {
          losses.push([step, loss]);
          this.#accuracy = evaluation?.accuracy ?? this.#accuracy;
        },
      });
      return now();
    });
  }

  async ask(question: TaskQuestion, without?: HeadAddress, options: AskOptions = {}) {
    expectKeys(options, { signal: true }, "ask");
    const { signal } = options;
    return this.#alone(async (): Promise<TaskAnswer> => {
      const form = this.#task.form;
      if ("chosen" in question && !form)
        throw new InputError(
          `task ${this.#task.name}: its questions are drawn. Ask by { number: 1 }`,
        );
      const example =
        "chosen" in question
          ? form!.example(question.chosen, this.#family)
          : this.#drawn(question.number);
      const batch = batchOf([example], wordIds.padding);
      const { rows, width } = await this.#logits(batch, without, signal);
      const nameOf = (id: number) => tokenName(this.#model, id);
      return {
        words: example.ids.map(nameOf),
        answers: batch.answers.map((place) => ({
          place,
          right: nameOf(batch.targets[place]!),
          choices: likeliest(rows.subarray(place * width, (place + 1) * width)).map(
            ({ id, share }) => ({ name: nameOf(id), share }),
          ),
        })),
        isHeldOut: "chosen" in question ? form!.isHeldOut(question.chosen) : true,
      };
    });
  }

  async needed(
    options: AskOptions & { readonly onPart?: (done: number, of: number) => void } = {},
  ) {
    expectKeys(options, { signal: true, onPart: true }, "needed");
    const { signal, onPart } = options;
    return this.#alone(async (): Promise<HeadsNeeded> => {
      const { layers, heads } = this.said;
      const of = 1 + layers * heads;
      const whole = await this.#right(undefined, signal);
      onPart?.(1, of);
      const without: number[] = [];
      for (let place = 0; place < layers * heads; place++) {
        const head = headAt(place, { heads });
        without.push(await this.#right(head, signal));
        onPart?.(place + 2, of);
        await heard();
      }
      const answers = this.#heldOut.reduce((sum, batch) => sum + batch.answers.length, 0);
      return { answers, whole: whole / answers, without: without.map((right) => right / answers) };
    });
  }

  film(): Promise<Film> {
    return this.#alone(async () => this.#filming.film());
  }

  files(): Promise<ModelFiles> {
    return this.#alone(async () => ({
      ...(await this.#model.files()),
      ...wordTokenizer(this.#task.words),
    }));
  }

  dispose(): Promise<void> {
    return this.#alone(async () => {
      this.#trainer.release();
      await this.#model.dispose();
    });
  }

  /** One after another: a model that is being trained answers between two trainings. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => {});
    return done;
  }

  #batch(asked: {
    readonly number: number;
    readonly count: number;
    readonly split?: "held out";
  }): Batch {
    return taskBatch(this.#task, { family: this.#family, seed: this.said.seed, ...asked });
  }

  /** A question that is in no batch of the training, nor in those it is tested with. */
  #drawn(number: number): Example {
    const random = makeRandom(this.said.seed, 2 * (heldOutExamples + number) + 1);
    return this.#task.example(random, "held out", this.#family);
  }

  /** Right answers among those that no step has seen. */
  async #right(without: HeadAddress | undefined, signal: AbortSignal | undefined) {
    let right = 0;
    for (const batch of this.#heldOut) {
      const { rows, width } = await this.#logits(batch, without, signal);
      for (const place of batch.answers) {
        const [best] = likeliest(rows.subarray(place * width, (place + 1) * width));
        if (best!.id === batch.targets[place]) right += 1;
      }
    }
    return right;
  }

  /** Logits of a batch, one row a place, with the output of one head zero. */
  async #logits(
    { input }: Batch,
    without: HeadAddress | undefined,
    signal: AbortSignal | undefined,
  ) {
    const patch: PatchList =
      without === undefined
        ? []
        : [{ site: `layers.${without.layer}.mixed`, head: without.head, set: 0 }];
    const { trace } = await this.#model.run(input, {
      read: ["logits"],
      output: false,
      patch,
      signal,
    });
    const logits = trace.get("logits");
    return { rows: logits.data as Float32Array, width: logits.shape.at(-1)! };
  }
}

function likeliest(logits: Float32Array): { readonly id: number; readonly share: number }[] {
  const most = logits.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const powers = Array.from(logits, (logit, id) => ({ id, share: Math.exp(logit - most) }));
  const sum = powers.reduce((total, { share }) => total + share, 0);
  return powers
    .sort((a, b) => b.share - a.share)
    .slice(0, shownChoices)
    .map(({ id, share }) => ({ id, share: share / sum }));
}

/** Lets messages come in that wait behind the work: a macrotask, without the four milliseconds that timers take. */
function heard(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
