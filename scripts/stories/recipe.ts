import type { DropHeads } from "../../src/training/index.ts";

/** A stretch of the training, with rates and means of its own. */
export interface Part {
  readonly steps: number;
  /** Steps over which the rate runs down; the part's own if not given. */
  readonly over?: number;
  /** The highest rate, that of the matrices of layers, which step by Muon, and the share of both that is left at the end. */
  readonly rate: number;
  readonly matrixRate: number;
  readonly lowest: number;
  readonly warmup: number;
  /** How many of a batch are lessons; the others are stories. */
  readonly lessons: "all" | "half" | "none";
  /** How many have names in the lessons; three or four if not given. */
  readonly cast?: number;
  /** Whether the places count, too, where somebody finds and leaves something. */
  readonly places: boolean;
  /** How much what is repeated of a call counts; 2 if not given. */
  readonly repeated?: number;
  /** At the end the weights become the mean of those at so many evaluations, the last ones; they stay what they are if not given. */
  readonly averaged?: number;
  /** Heads that a story now and then does without, so that what they do is found elsewhere too. */
  readonly dropHeads?: DropHeads;
  /** Steps that get a frame. */
  readonly frames: readonly number[];
}

const shape = { layers: 4, heads: 4, width: 128, positions: 320 };

/** What parts of stories alone share. */
const ofStories = {
  rate: 1e-3,
  matrixRate: 0.008,
  lowest: 0.01,
  warmup: 50,
  lessons: "none",
  places: true,
  frames: [],
} as const;

/** Every head but the one that shows each token what stands before it. */
const allButFirst = Array.from(
  { length: shape.layers * shape.heads },
  (_, n) => `L${Math.floor(n / shape.heads)}H${n % shape.heads}`,
).slice(1);

/** Everything the model depends on; the figures of models/heed-stories/ORIGIN.md are of these. */
export const recipe = {
  seed: 2026,
  shape,
  vocabulary: 1100,
  parts: [
    {
      steps: 900,
      over: 9000,
      rate: 1.5e-3,
      matrixRate: 0.01,
      lowest: 0.1,
      warmup: 200,
      lessons: "all",
      places: false,
      frames: [0, 155, 438, 805],
    },
    {
      steps: 2400,
      rate: 1.5e-3,
      matrixRate: 0.01,
      lowest: 0.05,
      warmup: 50,
      lessons: "half",
      places: true,
      frames: [100, 200, 350, 500, 700, 900, 1150, 1400, 1650, 1900, 2150, 2400],
    },
    {
      steps: 1000,
      rate: 1e-3,
      matrixRate: 0.008,
      lowest: 0.02,
      warmup: 30,
      lessons: "half",
      cast: 5,
      places: true,
      frames: [1000],
    },
    { ...ofStories, steps: 2000, lowest: 0.02 },
    { ...ofStories, steps: 2000, repeated: 5 },
    { ...ofStories, steps: 1200, repeated: 5 },
    { ...ofStories, steps: 1500, repeated: 8 },
    { ...ofStories, steps: 3000, repeated: 8, lowest: 0.02, averaged: 8 },
    {
      ...ofStories,
      steps: 2500,
      repeated: 8,
      lowest: 0.02,
      averaged: 8,
      dropHeads: { share: 1 / 16, heads: allButFirst },
    },
  ] as readonly Part[],
  batch: 16,
  beta2: 0.99,
  evaluateEvery: 250,
  heldOut: 64,
};
/** A smaller one, in a minute, to try the script. */
export const quick: typeof recipe = {
  ...recipe,
  shape: { layers: 2, heads: 2, width: 32, positions: 320 },
  parts: recipe.parts.map(
    (part, n): Part => ({
      ...part,
      steps: 40,
      warmup: 4,
      averaged: part.averaged && 2,
      dropHeads: part.dropHeads && { ...part.dropHeads, heads: ["L0H1"] },
      frames: n === 0 ? [0, 20, 40] : part.averaged === undefined ? [40] : [],
    }),
  ),
  batch: 4,
  evaluateEvery: 20,
  heldOut: 8,
};
