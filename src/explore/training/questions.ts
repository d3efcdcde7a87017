/** What a page asks of a training that runs elsewhere, and what it is told: plain data both ways. */

import type { HeadAddress } from "../../probe/head-address.ts";
import type { Film } from "../../training/film/film.ts";
import type { ModelFiles } from "../../training/new-model.ts";
import type { AskOptions } from "../questions.ts";

/** What is to be learned, and from which numbers it begins. */
export interface TrainingAsked {
  /** A task of heed/training by its name: "world". */
  readonly task: string;
  readonly seed: number;
  /** Steps in all; the task's own if not given. */
  readonly steps?: number;
}

/** What is known of a training before its first step. */
export interface TrainingSaid extends Required<TrainingAsked> {
  readonly family: string;
  readonly layers: number;
  readonly heads: number;
  readonly width: number;
  /** Numbers that are trained. */
  readonly parameters: number;
  /** Examples a step learns from. */
  readonly batch: number;
  /** Examples that no step sees, which it is tested with. */
  readonly heldOut: number;
  readonly backend: string;
}

/** How far a training has come. */
export interface TrainingTold {
  readonly step: number;
  readonly steps: number;
  /** Losses of the steps since the last time: step, nats. */
  readonly losses: readonly (readonly [step: number, loss: number])[];
  /** Share of right answers on examples that no step has seen, as it was last counted. */
  readonly accuracy?: number;
  /** Time that training took so far, pauses left out. */
  readonly milliseconds: number;
}

/** How one is told of a training while it goes on. */
export interface TrainOptions extends AskOptions {
  /** Called between steps, with the losses since the last time. */
  readonly onTold?: (told: TrainingTold) => void;
  /** Called with the film so far when it has another frame. */
  readonly onFilm?: (film: Film) => void;
}

/** A question of the task: a drawn one that no step has seen, by its number, or one of chosen words. */
export type TaskQuestion =
  | { readonly number: number }
  | { readonly chosen: Readonly<Record<string, string>> };

/** What a model says to a question, beside what is right. */
export interface TaskAnswer {
  /** The question's words, as the model reads them. */
  readonly words: readonly string[];
  readonly answers: readonly {
    /** Which word says it. */
    readonly place: number;
    readonly right: string;
    /** The likeliest first, with their probabilities. */
    readonly choices: readonly { readonly name: string; readonly share: number }[];
  }[];
  /** Whether no step of the training has seen the like. */
  readonly isHeldOut: boolean;
}

/** How much of a task is left without each head. */
export interface HeadsNeeded {
  /** Questions that were asked. */
  readonly answers: number;
  /** Share of right answers with every head, and without each of them, layer by layer. */
  readonly whole: number;
  readonly without: readonly number[];
}

/** A training as a page asks it. Every method throws what the library throws, and AbortError when its signal says so. */
export interface Training {
  readonly said: TrainingSaid;
  /** Trains to the last step. Stopped by its signal it rests between two steps; called again it goes on from there. */
  train(options?: TrainOptions): Promise<TrainingTold>;
  /** Asks the model as it is now, with one head cut (its output zero) where one is named. */
  ask(question: TaskQuestion, without?: HeadAddress, options?: AskOptions): Promise<TaskAnswer>;
  /** Cuts one head after another, and counts what is still right. */
  needed(
    options?: AskOptions & { readonly onPart?: (done: number, of: number) => void },
  ): Promise<HeadsNeeded>;
  /** The film of its heads so far. */
  film(): Promise<Film>;
  /** The model as it is now: a checkpoint's files, by name. */
  files(): Promise<ModelFiles>;
  /** Lets the training and its model go. */
  dispose(): Promise<void>;
}

/** What may be asked of a training from elsewhere. */
export const trainingMethods = ["train", "ask", "needed", "film", "files", "dispose"] as const;
