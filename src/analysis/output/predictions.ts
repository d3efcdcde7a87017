/** One choice of a model and how probable it holds it. */
export interface RankedChoice {
  /** A token id, or a label's number. */
  readonly index: number;
  readonly logit: number;
  readonly probability: number;
}

/** The most probable choices of one row of logits: softmax over the row, the `count` largest, in order. */
export function topPredictions(logits: ArrayLike<number>, count: number): RankedChoice[] {
  const all = Array.from(logits);
  const max = all.reduce((most, logit) => Math.max(most, logit), Number.NEGATIVE_INFINITY);
  const total = all.reduce((sum, logit) => sum + Math.exp(logit - max), 0);
  return all
    .map((logit, index) => ({ index, logit, probability: Math.exp(logit - max) / total }))
    .sort((a, b) => b.logit - a.logit)
    .slice(0, count);
}
