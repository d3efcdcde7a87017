/** Bars that a row holds at most before it is folded. */
export const mostBars = 64;
/** Numbers a line of an unfolded row. */
export const lineLength = 32;

/** A list of numbers drawn with fewer bars: of so many neighbours the one farthest from 0 stands for all. */
export interface Folded {
  /** How many numbers one bar stands for. */
  readonly per: number;
  /** One a bar: which number is shown. */
  readonly places: readonly number[];
}

/** Folds a list to at most so many bars of equally many numbers; a short list stays as it is. */
export function foldOf(values: readonly number[], most = mostBars): Folded {
  const per = Math.max(1, Math.ceil(values.length / most));
  const places = Array.from({ length: Math.ceil(values.length / per) }, (_, bar) => {
    let best = bar * per;
    for (let place = best; place < Math.min(values.length, (bar + 1) * per); place++)
      if (Math.abs(values[place]!) > Math.abs(values[best]!)) best = place;
    return best;
  });
  return { per, places };
}

/** Of many words those that are shown: all of a few, else the marked and the strongest, in the order of the text. */
export function shownWords(
  weights: readonly number[],
  isMarked: (key: number) => boolean,
  most = 14,
): number[] {
  const all = weights.map((_, key) => key);
  if (all.length <= most + 2) return all;
  const strongest = [...all].sort((a, b) => (weights[b] || 0) - (weights[a] || 0)).slice(0, most);
  const shown = new Set([...strongest, ...all.filter(isMarked)]);
  return all.filter((key) => shown.has(key));
}
