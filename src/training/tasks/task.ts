import { InputError } from "../../errors/errors.ts";
import { nearest } from "../../errors/nearest.ts";
import type { Example } from "../batch.ts";
import type { ModelShape, TrainedFamily } from "../model-shape.ts";
import { wordIds } from "../word-tokenizer.ts";

/** Which examples: those to learn from, or those that no step has seen the like of. */
export type Split = "learned" | "held out";

/** Numbers from 0 up to 1, without 1. */
export type Random = () => number;

/** Something small to learn, whose answer shows in the attention of the model that learned it. */
export interface TrainingTask {
  readonly name: string;
  /** A sentence's end: "say the token before". */
  readonly what: string;
  /** Families that can learn it; the first is taken if none is named. */
  readonly families: readonly TrainedFamily[];
  /** Every word of its texts. */
  readonly words: readonly string[];
  /** A model that learns it, and how long that takes. */
  readonly recipe: Recipe;
  /** Share of answers that guessing gets right, and what is guessed among. */
  readonly chance: number;
  readonly guess: string;
  /** What the heads that do it are called by the detectors of `heed/analysis`; none where the answer shows elsewhere. */
  readonly patterns: readonly string[];
  /** Texts whose attention is filmed. */
  readonly probes: readonly Probe[];
  /** Questions that a reader puts together; undefined where examples are only drawn. */
  readonly form?: QuestionForm;
  /** Draws an example, as a model of this family reads and answers it. */
  example(random: Random, split: Split, family: TrainedFamily): Example;
}

/** Questions made of words that a reader chooses. */
export interface QuestionForm {
  /** Words to choose from, by what they are. */
  readonly slots: Readonly<Record<string, readonly string[]>>;
  /** The question with one word of each slot. Throws InputError for a word that is none of its slot. */
  example(chosen: Readonly<Record<string, string>>, family: TrainedFamily): Example;
  /** Whether no step of a training has seen the like. */
  isHeldOut(chosen: Readonly<Record<string, string>>): boolean;
}

/** A text that is looked at again and again while a model learns. */
export interface Probe {
  readonly text: string;
  /** Which word should look at which, by what that shows. */
  readonly links?: readonly ProbeLink[];
}

/** One word of a probe that should look at another, by their places. */
export interface ProbeLink {
  /** "it → the animal"; the same name in several probes is one measure. */
  readonly name: string;
  readonly query: number;
  readonly key: number;
}

/** How a task is learned where nothing else is said. */
export interface Recipe extends Required<Pick<ModelShape, "layers" | "heads" | "width">> {
  readonly positions: number;
  readonly steps: number;
  readonly batch: number;
  readonly rate: number;
}

/** Words with a question at their end, and the words that answer it. */
export interface Question {
  readonly prompt: readonly string[];
  readonly answer: readonly string[];
  /** Places of the prompt that stand for another word, which an encoder learns to say there: the noun that "it" means. */
  readonly meanings?: readonly { readonly place: number; readonly word: string }[];
}

/** Ids of a task's words: behind those of the special tokens, in their order. */
export function idsOf(words: readonly string[]): (word: string) => number {
  const ids = new Map(words.map((word, place) => [word, 5 + place]));
  return (word) => {
    const id = ids.get(word);
    if (id === undefined) throw new InputError(`task: "${word}" is no word of it`);
    return id;
  };
}

/**
 * A question as a family learns it: a decoder writes the answer behind it, an encoder fills it into masks, an encoder-decoder writes it
 * beside. Only the answer counts, and that the text ends there.
 */
export function questionExample(
  { prompt, answer, meanings = [] }: Question,
  family: TrainedFamily,
  idOf: (word: string) => number,
): Example {
  const [asked, answers] = [prompt.map(idOf), answer.map(idOf)];
  const places = (start: number) => answers.map((_, place) => start + place);
  if (family === "t5")
    return {
      ids: [...asked, wordIds.end],
      decoderIds: [wordIds.padding, ...answers],
      targets: [...answers, wordIds.end],
      answers: places(0),
    };
  const silent = asked.map(() => -1);
  if (family === "bert") {
    for (const { place, word } of meanings) silent[place] = idOf(word);
    return {
      ids: [...asked, ...answers.map(() => wordIds.mask)],
      targets: [...silent, ...answers],
      answers: places(asked.length),
    };
  }
  return {
    ids: [...asked, ...answers],
    targets: [...silent.slice(1), ...answers, wordIds.end],
    answers: places(asked.length - 1),
  };
}

/** One of a list. */
export function pick<T>(random: Random, all: readonly T[]): T {
  return all[Math.floor(random() * all.length)]!;
}

/** Several different ones of a list, in a random order. */
export function pickSeveral<T>(random: Random, all: readonly T[], count: number): T[] {
  const left = [...all];
  return Array.from(
    { length: count },
    () => left.splice(Math.floor(random() * left.length), 1)[0]!,
  );
}

/** A task by its name. Throws InputError that lists them. */
export function taskNamed(name: string, tasks: readonly TrainingTask[]): TrainingTask {
  const found = tasks.find((task) => task.name === name);
  if (found) return found;
  const names = tasks.map((task) => task.name);
  throw new InputError(
    `train: there is no task "${name}"${nearest(name, names)}. Tasks: ${names.join(", ")}`,
  );
}
