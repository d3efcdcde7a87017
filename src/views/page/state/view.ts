import { type Answer, isLater, whenAnswered } from "../source/answer.ts";
import { firstOf, placeIn } from "../source/layer-grid.ts";
import type { AttentionSource, ImageSource } from "../source/source.ts";

/** What is being looked at. */
export interface View {
  /** The token that looks. */
  readonly query: number;
  /** The token it is followed to; undefined until the source has said which one it looks at most. */
  readonly key: number | undefined;
  readonly layer: number;
  readonly head: number;
}

/** What pictures ask for: some of a view. A query without a key brings the key it looks at most. */
export type ViewChange = Partial<View>;

/** The view after a change; undefined where that does not exist. */
export function changed(
  { queries, keys, layers, heads, headsOf, only }: AttentionSource,
  view: View,
  change: ViewChange,
): View | undefined {
  const isOtherWord = change.query !== undefined && change.key === undefined;
  const asked = { ...view, ...change, ...(isOtherWord ? { key: undefined } : {}) };
  // Another layer may have fewer heads, or others: the last it has then, or the first that is held.
  const held = only?.filter(({ layer }) => layer === asked.layer).map(({ head }) => head);
  const isHeld = !held || held.includes(asked.head);
  if (!isHeld && (change.head !== undefined || held.length === 0)) return undefined;
  const last = (headsOf?.[asked.layer] ?? Infinity) - 1;
  const moved = { ...asked, head: isHeld ? Math.min(asked.head, last) : held[0]! };
  const within = (value: number, count: number): boolean =>
    Number.isInteger(value) && value >= 0 && value < count;
  const exists =
    within(moved.query, queries.length) &&
    within(moved.key ?? 0, keys.length) &&
    within(moved.layer, layers) &&
    within(moved.head, heads);
  return exists ? moved : undefined;
}

/** The key a query looks at most in a layer; special tokens, itself and what heads rest on are left out where there is another. */
export function strongestKey(
  source: AttentionSource & Partial<Pick<ImageSource, "image">>,
  { query, layer }: Pick<View, "query" | "layer">,
  row: Float32Array,
): number {
  const { queries, keys, image, rest } = source;
  const own = image ? placeIn(image, layer, query) : query;
  let best = 0;
  let most = -1;
  for (const [key, weight] of row.entries()) {
    const isItself = keys === queries && key === own;
    if (keys[key]!.isSpecial || isItself || rest?.includes(key) || !(weight > most)) continue;
    most = weight;
    best = key;
  }
  return image ? firstOf(image, layer, best) : best;
}

/** Holds the view of a source, and tells listeners when it changes. */
export class ViewStore {
  readonly source: AttentionSource;
  #view: View;
  readonly #listeners = new Set<(view: View) => void>();

  /** A start that does not exist in the source is the first token in the first head that it has instead. */
  constructor(source: AttentionSource, start: ViewChange = {}) {
    this.source = source;
    const { layer, head } = source.only?.[0] ?? { layer: 0, head: 0 };
    const first: View = { query: 0, key: undefined, layer, head };
    this.#view = changed(source, first, start) ?? first;
    this.#seekKey();
  }

  /** What is shown now. */
  get view(): View {
    return this.#view;
  }

  /** Changes some of the view, unless that does not exist. */
  set(change: ViewChange): void {
    const view = changed(this.source, this.#view, change);
    if (!view) return;
    this.#view = view;
    this.#seekKey();
    this.#announce();
  }

  /** Calls `listener` after every change; returns what ends that. One that throws keeps no other from being called. */
  listen(listener: (view: View) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #announce(): void {
    for (const listener of this.#listeners)
      try {
        listener(this.#view);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
  }

  /** Gives a view without a key its key: at once, or when the source answers, unless the view has moved on. */
  #seekKey(): void {
    const view = this.#view;
    if (view.key !== undefined) return;
    const found = this.#strongestKey(view);
    if (!isLater(found)) {
      this.#view = { ...view, key: found };
      return;
    }
    found.then(
      (key) => {
        if (this.#view !== view) return;
        this.#view = { ...view, key };
        this.#announce();
      },
      // The pictures ask for the same row, and say in their place that it could not be had.
      () => undefined,
    );
  }

  #strongestKey(view: View): Answer<number | undefined> {
    try {
      return whenAnswered(this.source.row(view, view.query), (row) =>
        strongestKey(this.source, view, row),
      );
    } catch {
      return undefined;
    }
  }
}
