import type { FilmPicture } from "heed/elements";
import type { Training, TrainingAsked, TrainingSaid, TrainingTold } from "heed/explore";
import { openTraining } from "../engine/open-training.ts";

/** What a training is at. */
export type TrainingPhase =
  | "none"
  | "loading"
  | "training"
  | "paused"
  | "stopped"
  | "done"
  | "failed";

type Open = (asked: TrainingAsked, signal: AbortSignal) => Promise<Training>;

/** The one training of the page: it stays when its panel closes, until another one is begun. */
export class PageTraining {
  readonly #open: Open;
  readonly #listeners = new Set<() => void>();
  #phase: TrainingPhase = "none";
  #asked: TrainingAsked | undefined;
  #training: Training | undefined;
  #film: FilmPicture | undefined;
  #told: TrainingTold | undefined;
  #curve: (readonly [number, number])[] = [];
  #failure: string | undefined;
  /** Ends what is under way, for a reason that is the phase then. */
  #ending: AbortController | undefined;

  constructor(open: Open = openTraining) {
    this.#open = open;
  }

  get phase(): TrainingPhase {
    return this.#phase;
  }

  /** What is learned, or was. */
  get asked(): TrainingAsked | undefined {
    return this.#asked;
  }

  /** What is asked about the model; undefined until it is made. */
  get training(): Training | undefined {
    return this.#training;
  }

  get said(): TrainingSaid | undefined {
    return this.#training?.said;
  }

  get told(): TrainingTold | undefined {
    return this.#told;
  }

  /** The frames so far, with the loss of every step so far; another object each time. */
  get film(): FilmPicture | undefined {
    return this.#film && { ...this.#film, curve: [...this.#curve] };
  }

  /** Loss of the last step. */
  get loss(): number | undefined {
    return this.#curve.at(-1)?.[1];
  }

  get failure(): string | undefined {
    return this.#failure;
  }

  /** Whether the model rests, so that it can be asked. */
  get rests(): boolean {
    return ["paused", "stopped", "done"].includes(this.#phase);
  }

  listen(listener: () => void): void {
    this.#listeners.add(listener);
  }

  unlisten(listener: () => void): void {
    this.#listeners.delete(listener);
  }

  /** Makes a new model and trains it; what was trained before is let go. */
  async begin(asked: TrainingAsked): Promise<void> {
    this.forget();
    this.#asked = asked;
    this.#become("loading");
    const ending = new AbortController();
    this.#ending = ending;
    try {
      const training = await this.#open(asked, ending.signal);
      if (ending.signal.aborted) return void training.dispose();
      this.#training = training;
    } catch (error) {
      if (!ending.signal.aborted) this.#fail(error);
      return;
    }
    await this.goOn();
  }

  /** Trains from where it rests. */
  async goOn(): Promise<void> {
    const training = this.#training;
    if (!training) return;
    const ending = new AbortController();
    this.#ending = ending;
    const { signal } = ending;
    this.#become("training");
    try {
      const told = await training.train({
        signal,
        onTold: (now) => {
          if (signal.aborted) return;
          this.#told = now;
          this.#curve.push(...now.losses);
          this.#tell();
        },
        onFilm: (film) => {
          if (signal.aborted) return;
          this.#film = film;
          this.#tell();
        },
      });
      if (signal.aborted) return;
      this.#told = told;
      await this.#settle(training, "done", signal);
    } catch (error) {
      if (!signal.aborted) return this.#fail(error);
      const { reason } = signal;
      if (this.#training !== training || !isRest(reason)) return;
      await this.#settle(training, reason).catch((failed) => this.#fail(failed));
    }
  }

  /** Rests between two steps; `goOn` goes on to the same numbers. */
  pause(): void {
    this.#rest("paused");
  }

  /** Ends for good: what was learned so far stays. */
  stop(): void {
    if (this.#phase === "paused") this.#become("stopped");
    else if (this.#phase === "loading") this.forget();
    else this.#rest("stopped");
  }

  /** Lets the training and its model go. */
  forget(): void {
    this.#ending?.abort("forgotten");
    void this.#training?.dispose();
    this.#training = undefined;
    this.#film = undefined;
    this.#told = undefined;
    this.#failure = undefined;
    this.#curve = [];
    this.#become("none");
  }

  #rest(phase: "paused" | "stopped"): void {
    if (this.#phase === "training") this.#ending?.abort(phase);
  }

  /** Takes over how far it came once its last step is done. */
  async #settle(
    training: Training,
    phase: "paused" | "stopped" | "done",
    signal?: AbortSignal,
  ): Promise<void> {
    const film = await training.film();
    if (this.#training !== training || signal?.aborted) return;
    this.#film = film.frames.length > 0 ? film : undefined;
    this.#curve = [...film.curve];
    if (this.#told) this.#told = { ...this.#told, step: film.curve.length };
    this.#become(phase);
  }

  #fail(error: unknown): void {
    this.#failure = error instanceof Error ? error.message : String(error);
    this.#become("failed");
  }

  #become(phase: TrainingPhase): void {
    this.#phase = phase;
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

function isRest(reason: unknown): reason is "paused" | "stopped" {
  return reason === "paused" || reason === "stopped";
}

export const pageTraining = new PageTraining();
