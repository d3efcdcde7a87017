import { tokensOf } from "../../models/site-tokens.ts";
import type { Trace } from "../../probe/trace.ts";
import { topPredictions } from "../output/predictions.ts";
import { maskPlaces } from "./metric.ts";
import { headLabels } from "./names.ts";
import type { RowRead } from "./run-rows.ts";
import { type ExperimentModel, realRows, type Subject } from "./subject.ts";
import type { Stays } from "./travel.ts";

/** One choice before a change and after it. */
export interface OutcomeChoice {
  readonly name: string;
  readonly before: number;
  readonly after: number;
}

/** What a model with a head says of one place of a text, or of the whole text: its likeliest choices before and after. */
export interface Outcome {
  /** "next word", "next word after sat", "[MASK]", "in place of sat", "class", "label of it", "start of the answer" */
  readonly of: string;
  readonly choices: readonly OutcomeChoice[];
  /** True where the change stays at other tokens than those this is read at: see `whereStays`. */
  readonly isOutOfReach?: true;
}

/** Where a model's predictions are read: places of its logits with what they are of; undefined for models without a head. */
export interface OutcomePlaces {
  readonly read: RowRead;
  readonly places: readonly {
    readonly of: string;
    readonly place: number | undefined;
    /** Which of the numbers of a token; all of them if not given. */
    readonly column?: number;
  }[];
}

/** Choices shown of each place. */
const mostChoices = 5;
const mostPlaces = 3;

/**
 * What of the output is shown, by the head: the next word, the masks, the class, the followed word's label, where an answer begins and ends.
 * What the model says at tokens that a change stays at is shown too, where nothing of the rest is of them.
 */
export async function outcomePlaces(
  subject: Subject,
  word: readonly number[] | undefined,
  stays: readonly number[] = [],
): Promise<OutcomePlaces | undefined> {
  const { model } = subject;
  if (!model.sites.has("logits")) return undefined;
  const run = await subject.clean(["logits"]);
  const { shape } = run.trace.get("logits");
  if (shape.length === 2)
    return { read: { site: "logits" }, places: [{ of: "class", place: undefined }] };
  const { queries } = tokensOf(run, "logits");
  const said = (place: number) => queries[place]!.surface;
  const at = (
    places: readonly number[],
    of: (place: number) => string,
    ofOthers = (place: number) => of(place),
  ) => {
    const others = places.some((place) => stays.includes(place)) ? [] : stays.slice(0, mostPlaces);
    return {
      read: { site: "logits", query: [...places, ...others] },
      places: [
        ...places.map((place) => ({ of: of(place), place })),
        ...others.map((place) => ({ of: ofOthers(place), place })),
      ],
    };
  };
  const real = realRows(run, "logits");
  switch (model.task) {
    case "masked language modeling": {
      const masks = maskPlaces(run, model).slice(0, mostPlaces);
      return masks.length === 0
        ? undefined
        : at(
            masks,
            (place) => `${said(place)} (token ${place})`,
            (place) => `in place of ${said(place)}`,
          );
    }
    case "question answering":
      return {
        read: { site: "logits", query: real },
        places: [
          { of: "start of the answer", place: undefined, column: 0 },
          { of: "end of the answer", place: undefined, column: 1 },
        ],
      };
    case "token classification": {
      const words = real.filter((place) => !queries[place]!.special);
      const asked = word ?? (words.length > 0 ? words : real);
      return at(asked.slice(0, mostPlaces), (place) => `label of ${said(place)}`);
    }
    case "replaced token detection":
      return {
        // Of one word alone it is always the likeliest.
        read: { site: "logits", query: real },
        places: [{ of: "the word most likely replaced", place: undefined, column: 0 }],
      };
    default:
      return at(
        real.slice(-1),
        () => "next word",
        (place) => `next word after ${said(place)}`,
      );
  }
}

/** The outcome of one row against that of the run without changes; `nameOf` names a choice by its id */
export function outcomesOf(
  model: ExperimentModel,
  { read, places }: OutcomePlaces,
  clean: Trace,
  { trace, row }: { readonly trace: Trace; readonly row: number },
  tokens: readonly { readonly surface: string }[],
  nameOf: (index: number) => string = (index) => choiceName(model, index),
): Outcome[] {
  return places.map(({ of, place, column }) => {
    const numbers = (from: Trace, text: number) => {
      const selection = read.query
        ? [[text], place === undefined ? read.query : [place]]
        : [[text]];
      const part = from.part("logits", selection, "outcome");
      if (column === undefined) return part.data;
      const width = part.shape.at(-1)!;
      return part.data.filter((_, n) => n % width === column);
    };
    const [before, after] = [clean, trace].map((from, n) => numbers(from, n === 0 ? 0 : row));
    const [was, is] = [before!, after!].map((logits) => probabilities(logits));
    const best = [before!, after!].flatMap((logits) =>
      topPredictions(logits, mostChoices).map(({ index }) => index),
    );
    const choices = [...new Set(best)]
      .map((index) => ({
        name: column === undefined ? nameOf(index) : tokens[read.query![index]!]!.surface,
        before: was![index]!,
        after: is![index]!,
      }))
      .sort((a, b) => Math.max(b.before, b.after) - Math.max(a.before, a.after))
      .slice(0, mostChoices + 1);
    return { of, choices };
  });
}

/** The outcomes, with those out of reach named: no bit of them differs, though the tokens that the change stays at moved. */
export function withReach(
  outcomes: readonly Outcome[],
  stays: Stays | undefined,
  clean: Trace,
  { trace, row }: { readonly trace: Trace; readonly row: number },
): readonly Outcome[] {
  if (!stays) return outcomes;
  const { site, query } = stays;
  const before = clean.part(site, [[0], query], "change").data;
  const after = trace.part(site, [[row], query], "change").data;
  if (before.every((number, at) => number === after[at])) return outcomes;
  return outcomes.map((one) =>
    one.choices.every((choice) => choice.before === choice.after)
      ? { ...one, isOutOfReach: true }
      : one,
  );
}

function probabilities(logits: ArrayLike<number>): Float64Array {
  const all = Float64Array.from(logits);
  const most = all.reduce((largest, logit) => Math.max(largest, logit), Number.NEGATIVE_INFINITY);
  const powers = all.map((logit) => Math.exp(logit - most));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}

function choiceName(model: ExperimentModel, index: number): string {
  if (!/language modeling/.test(model.task)) return headLabels(model)[index] ?? `LABEL_${index}`;
  // Ids beyond the vocabulary have no text.
  return model.tokenizer?.decode([index]) || `#${index}`;
}
