import { ConfigError, InputError } from "../errors/errors.ts";
import type { RawConfig } from "../families/config.ts";
import { labelCount, labelNames, type Task } from "../families/family.ts";
import type { LoadedModel } from "../models/loaded-model.ts";

/** What makes scores of a classifier's logits: each by itself, all together, or nothing. */
export type ScoreFunction = "sigmoid" | "softmax" | "none";

/** A label and its score. */
export interface LabelScore {
  readonly label: string;
  readonly score: number;
}

const scoreFunctions: readonly ScoreFunction[] = ["sigmoid", "softmax", "none"];
const problemTypes = ["regression", "single_label_classification", "multi_label_classification"];

/**
 * The function asked for, or the one a config means, in the order of transformers' pipelines: none for regression, sigmoid for many labels
 * at once and for one label alone (but of a sound), else softmax. Throws InputError for a function there is not, ConfigError for such a problem_type.
 */
export function scoreFunctionOf(
  config: RawConfig,
  asked: string | undefined,
  task?: Task,
): ScoreFunction {
  if (asked !== undefined) {
    const found = scoreFunctions.find((name) => name === asked.toLowerCase());
    if (found) return found;
    throw new InputError(
      `classify: there is no function "${asked}"; there are ${scoreFunctions.join(", ")}`,
    );
  }
  const { problem_type: problem } = config;
  const labels = labelCount(config);
  if (problem !== undefined && problem !== null && !problemTypes.includes(String(problem)))
    throw new ConfigError(
      `config.json says problem_type=${JSON.stringify(problem)}; heed knows ${problemTypes.join(", ")}. Say which function makes the scores: sigmoid, softmax or none`,
    );
  if (problem === "regression") return "none";
  const isAlone = labels === 1 && task !== "audio classification";
  if (problem === "multi_label_classification" || isAlone) return "sigmoid";
  return "softmax";
}

/** Scores of one row of logits. */
export function applyScoreFunction(
  logits: ArrayLike<number>,
  scoreFunction: ScoreFunction,
): number[] {
  if (scoreFunction === "softmax") return softmax(logits);
  const all = Array.from(logits);
  return scoreFunction === "none" ? all : all.map((logit) => 1 / (1 + Math.exp(-logit)));
}

/** e^x of every number as a share of their sum. */
export function softmax(logits: ArrayLike<number>): number[] {
  const all = Array.from(logits);
  const most = all.reduce((largest, logit) => Math.max(largest, logit), Number.NEGATIVE_INFINITY);
  const powers = all.map((logit) => Math.exp(logit - most));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}

/** Every label of a config with its score, best first. Throws ConfigError for labels that a config does not name as it should. */
export function rankedLabels(config: RawConfig, scores: readonly number[]): LabelScore[] {
  const names = labelNames(config);
  return scores
    .map((score, label) => ({ label: names[label] ?? `LABEL_${label}`, score }))
    .sort((a, b) => b.score - a.score);
}

/** Throws InputError unless the model has a head for one of these tasks. */
export function expectHead(model: LoadedModel, task: string, heads: readonly Task[]): void {
  if (!heads.includes(model.task))
    throw new InputError(
      `${task} needs a model with a head for ${heads.join(" or ")}; ${model.label} (${model.type}) has one for ${model.task}`,
    );
}

/** How many of the best to give; undefined for all. Throws InputError unless it is a whole number from 1. */
export function expectCount(count: number | undefined, place: string): void {
  if (count !== undefined && !(Number.isInteger(count) && count >= 1))
    throw new InputError(`${place}: needs a whole number from 1, got ${count}`);
}
