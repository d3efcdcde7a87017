// Prints what silencing a head does, station by station, beside what silencing others does (measured numbers of all-MiniLM-L6-v2).
import { type EffectReport, effectText } from "../src/views/experiments/effect-text.ts";
import { show } from "./data/show.ts";

/** The output of L5H11 set to 0. */
export const silenced: EffectReport = {
  texts: ["The cat sat on the mat because it was tired."],
  model: { name: "all-MiniLM-L6-v2", layers: 6, heads: 12, tokens: 13 },
  said: ["output of L5H11 set to 0"],
  stations: [
    { name: 'output of L5H11 at "it"', cosine: Number.NaN, change: 1 },
    {
      name: 'attention of layer 5 at "it"',
      cosine: 0.7946,
      change: 0.6072,
      controls: {
        cosine: { median: 0.968, low: 0.9254, high: 0.9913 },
        change: { median: 0.2509, low: 0.1308, high: 0.3725 },
      },
    },
    {
      name: '"it" behind layer 5',
      cosine: 0.8743,
      change: 0.4854,
      controls: {
        cosine: { median: 0.998, low: 0.977, high: 0.9997 },
        change: { median: 0.06796, low: 0.02585, high: 0.2139 },
      },
    },
    {
      name: "sentence vector",
      cosine: 0.8555,
      change: 0.5375,
      controls: {
        cosine: { median: 0.9985, low: 0.9775, high: 0.9997 },
        change: { median: 0.05439, low: 0.02243, high: 0.212 },
      },
    },
  ],
  measures: [
    {
      name: 'vector of "it"',
      before: 1,
      after: 0.8743,
      controls: { median: 0.00198, low: 0.0002777, high: 0.02297 },
      asLarge: 0,
      isCosine: true,
    },
    {
      name: "sentence vector",
      before: 1,
      after: 0.8555,
      controls: { median: 0.001479, low: 0.0002518, high: 0.0225 },
      asLarge: 0,
      isCosine: true,
    },
  ],
  outcomes: [],
  controls: { said: "other heads", count: 71 },
  notes: [
    "Zeros may be far from anything the model has seen there, so a part of this effect may be that of a strange input. --mean and --resample stay nearer.",
  ],
};

/** Stations, measures and notes in 80 columns and in 44. */
export function picture(): string {
  return [80, 44]
    .map((width) => effectText(silenced, { width, color: 0, unicode: true }))
    .join("\n\n\n");
}

show(import.meta.url, picture);
