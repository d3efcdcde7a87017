import { CheckpointError } from "../../errors/errors.ts";
import type { LoadedModel } from "../../models/loaded-model.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Embeddings, EmbedOptions } from "../sentences/embed.ts";
import type { PairScores, ScorePairsOptions, TextPair } from "../sentences/score-pairs.ts";
import { optionsOf } from "./options-of.ts";
import { type TaskCase, type TaskCheck, taskTolerance } from "./task-case.ts";

/** A model with the tasks of sentences. */
interface SentenceModel {
  embed(texts: readonly string[], options?: EmbedOptions): Promise<Embeddings>;
  similarity(a: Tensor, b?: Tensor): Tensor;
  scorePairs(pairs: readonly TextPair[], options?: ScorePairsOptions): Promise<PairScores>;
}

/** Checks by the name of their task. */
export const sentencesChecks: Readonly<Record<string, TaskCheck>> = {
  async "sentence-embedding"(model, given) {
    const { vectors } = await embedded(model, given);
    const rows = rowsOf(given);
    const shares = rows.map(
      (row, n) =>
        largestDifference(row, vectors.select(n).data) / Math.max(Math.hypot(...row), 1e-12),
    );
    return { difference: largest(shares), allowed: taskTolerance };
  },
  async "sentence-similarity"(model, given) {
    const { vectors } = await embedded(model, given);
    const alike = withSentences(model).similarity(vectors);
    const rows = rowsOf(given);
    const differences = rows.map((row, n) => largestDifference(row, alike.select(n).data));
    // Products and distances can be large, and are rounded as large numbers are.
    const size = largest(rows.flat().map(Math.abs));
    return { difference: largest(differences), allowed: taskTolerance * Math.max(1, size) };
  },
  async "text-pair-score"(model, given) {
    const { softmax, ...options } = optionsOf(
      given,
      { ...promptNames, apply_softmax: "softmax" },
      idleOptions,
    );
    const pairs = given.input as TextPair[];
    const found = await withSentences(model).scorePairs(pairs, options as ScorePairsOptions);
    const isShared = softmax === true && found.labels.length > 1;
    const scores = isShared ? found.scores.softmax() : found.scores;
    const expected = given.expected as readonly (number | readonly number[])[];
    const shares = expected.map((row, n) =>
      largestDifference([row].flat() as number[], scores.select(n).data),
    );
    return { difference: largest(shares), allowed: taskTolerance };
  },
};

function embedded(model: LoadedModel, given: TaskCase): Promise<Embeddings> {
  const names = { ...promptNames, ...vectorNames };
  const options: EmbedOptions = optionsOf(given, names, idleOptions);
  return withSentences(model).embed([given.input].flat() as string[], options);
}

/** Options of every task here, by Python's names. */
const promptNames = { prompt: "prompt", prompt_name: "promptName" };

/** Options of vectors alone. */
const vectorNames = {
  normalize_embeddings: "normalize",
  truncate_dim: "dimensions",
  max_active_dims: "maxTerms",
  task: "task",
};

/** What changes no number. */
const idleOptions = [
  "batch_size",
  "convert_to_numpy",
  "convert_to_tensor",
  "convert_to_sparse_tensor",
  "show_progress_bar",
];

function withSentences(model: LoadedModel): SentenceModel {
  if ("embed" in model && "scorePairs" in model) return model as unknown as SentenceModel;
  throw new CheckpointError(`${model.label}: a model without its tasks cannot answer them`);
}

function rowsOf({ expected }: TaskCase): readonly (readonly number[])[] {
  return expected as readonly (readonly number[])[];
}

function largestDifference(expected: readonly number[], got: Float32Array): number {
  if (expected.length !== got.length) return Number.POSITIVE_INFINITY;
  return largest(expected.map((number, n) => Math.abs(number - got[n]!)));
}

/** The largest; infinite where one is not a number. */
function largest(numbers: readonly number[]): number {
  return numbers.reduce(
    (most, number) => (Number.isNaN(number) ? Number.POSITIVE_INFINITY : Math.max(most, number)),
    0,
  );
}
