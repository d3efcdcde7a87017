import type { AttentionMaps } from "../../analysis/layers/attention-maps.ts";
import {
  type ClassShares,
  classShares,
  tagClasses,
  textClasses,
} from "../../analysis/layers/class-shares.ts";
import { attentionConfidence } from "../../analysis/layers/confidence.ts";
import { attentionDistance, pictureDistance } from "../../analysis/layers/distance.ts";
import { attentionEntropy } from "../../analysis/layers/entropy.ts";
import type { HeadMeasure } from "../../analysis/layers/head-measure.ts";
import { sentenceShares, sentencesOfPair } from "../../analysis/layers/sentence-shares.ts";
import { InputError } from "../../errors/errors.ts";
import type { Model } from "../../model.ts";
import type { Run } from "../../models/run.ts";
import { stagePatches } from "../../models/site-tokens.ts";
import type { Noun } from "../../probe/noun.ts";

/** What `heed measure` is asked. */
export interface MeasureChoice {
  readonly smoothing?: string;
  readonly wordsOnly?: boolean;
}

/** One text that was run for a measure. */
export interface Measured {
  readonly model: Model;
  readonly run: Run;
  readonly maps: AttentionMaps;
  readonly tags?: readonly string[];
  /** Of a model that merges tokens: whose layers. */
  readonly stage?: number | undefined;
}

/** What is looked at. */
interface Looked {
  readonly noun: Noun;
}

/** A measure with one number for each head. */
export interface NamedMeasure {
  readonly title: (of: Looked) => string;
  readonly unit: (of: Looked) => string | undefined;
  /** What its numbers mean, and how they were taken. */
  readonly note: (choice: MeasureChoice & Looked) => string;
  readonly take: (measured: Measured, choice: MeasureChoice) => HeadMeasure;
}

/** A measure with one number for each head and class. */
export interface NamedShares {
  readonly title: string;
  readonly note: string;
  readonly take: (measured: Measured) => ClassShares;
}

const special = ({ wordsOnly }: MeasureChoice) => (wordsOnly ? ("left out" as const) : undefined);
const specialNote = ({ wordsOnly, noun }: MeasureChoice & Looked) =>
  noun !== "word"
    ? ""
    : wordsOnly
      ? " Special tokens are neither queries nor keys."
      : " Special tokens count; --words-only leaves them out.";
const distanceUnits: Readonly<Record<Noun, string>> = {
  word: "tokens",
  patch: "pixels",
  moment: "moments",
};

/** What has one number a head, by its name behind --of. */
export const headMeasures: Readonly<Record<string, NamedMeasure>> = {
  entropy: {
    title: () => "How widely each head looks: entropy of its rows",
    unit: () => "nats",
    note: ({ smoothing }) =>
      `The mean over queries, in nats: 0 where one key gets all, ln N where all N keys get alike${smoothing === "clark" ? "; smoothed as Clark et al. do, 0.9999 a + 0.0001 / N" : ""}.`,
    take: ({ maps }, { smoothing, wordsOnly }) =>
      attentionEntropy(maps, {
        smoothing: smoothing as "none" | "clark" | undefined,
        ...(wordsOnly && {
          queries: [...maps.queries.keys()].filter((query) => !maps.queries[query]!.special),
        }),
      }),
  },
  distance: {
    title: ({ noun }) => `How far each head looks: mean distance in ${distanceUnits[noun]}`,
    unit: ({ noun }) => distanceUnits[noun],
    note: (choice) =>
      choice.noun === "patch"
        ? "Weights of patches times the distance between their places. What is given to tokens that are no patches counts as near: as published, the rest is not divided by its sum."
        : `Weights times |i - j|, over all weights.${specialNote(choice)}`,
    take: ({ maps, model, run, stage }, choice) => {
      if (run.inputs.grid) {
        const { grid, side } = stagePatches(run, stage);
        const [height, width] = model.images!.patch;
        return pictureDistance(maps, { ...grid, patch: [side * height, side * width] });
      }
      return attentionDistance(maps, { special: special(choice) });
    },
  },
  confidence: {
    title: () => "How sure each head is: the largest weight of a row",
    unit: () => undefined,
    note: (choice) => `The mean over queries (Voita et al. 2019).${specialNote(choice)}`,
    take: ({ maps }, choice) => attentionConfidence(maps, { special: special(choice) }),
  },
};

/** What has one number a head and a class. */
export const shareMeasures: Readonly<Record<string, NamedShares>> = {
  classes: {
    title: "What each layer's weight goes to, by class of token",
    note: "Shares of the weight, the mean over queries; those of all classes together are 1.",
    take: ({ maps, tags }) =>
      classShares(maps, tags ? tagClasses(maps.keys, tags) : textClasses(maps)),
  },
  sentences: {
    title: "How much the two texts look at one another",
    note: "A→B is the mean over A's tokens of the weight they give B's; what A gives sums to 1.",
    take: ({ maps }) => sentenceShares(maps, sentencesOfPair(maps)),
  },
};

/** Everything --of can name. */
const measureNames = [...Object.keys(headMeasures), ...Object.keys(shareMeasures), "drawn"];

/** Throws InputError for a measure there is not, and for one of words where a picture is given. */
export function expectMeasure(of: string, noun: Noun): void {
  if (!measureNames.includes(of))
    throw new InputError(`--of ${of}: there are ${measureNames.join(", ")}`);
  if (noun === "moment" && of in shareMeasures)
    throw new InputError(
      `--of ${of} is of words, and a sound has moments. Of sounds there are ${[...Object.keys(headMeasures), "drawn"].join(", ")}; --stack decoder is of the words that are written`,
    );
  if (noun === "patch" && !(of in headMeasures))
    throw new InputError(
      `--of ${of} is of words, and a picture has none. Of pictures there are ${Object.keys(headMeasures).join(", ")}; heed rollout draws what goes into [CLS]`,
    );
}
