/**
 * The keys that named heads look at: previous and next, positions, the same word, delimiters (Clark et al. 2019, arXiv 1906.04341; Voita et al. 2019,
 * arXiv 1905.09418), duplicates, and induction, keys j with t_{j−1} = t_i (Olsson et al. 2022, arXiv 2209.11895).
 */

import { InputError } from "../../errors/errors.ts";
import { expectKeys } from "../../errors/options.ts";
import type { PatchGrid } from "../../families/inputs.ts";
import { isPunctuation } from "../../probe/text-tokens.ts";
import type { TextToken } from "../../probe/words.ts";
import type { AttentionMaps } from "../layers/attention-maps.ts";
import { tagClasses, wordNumbers } from "../layers/class-shares.ts";

/** What a head may do: from each query, the keys it would look at. */
export interface HeadPattern {
  /** "previous", "induction", "2 back", "tag NOUN". */
  readonly name: string;
  /** The same in few letters, for grids. */
  readonly short: string;
  /** A sentence's end: `looks at the ${noun} before`. */
  readonly what: string;
  /** The keys it would look at; none where the pattern says nothing of a query. */
  readonly targets: (query: number) => readonly number[];
  /** Whether what stands there matters, not where: then the head's habit at those distances is told apart. */
  readonly isOfContent: boolean;
}

/** What patterns of a text need to know beside its tokens. */
export interface PatternOptions {
  /** A tag for each word, or for each token: a pattern for each. */
  readonly tags?: readonly string[];
  /** How rare a token is: the higher, the rarer. Its id if not given: vocabularies of merges and pieces are roughly by frequency. */
  readonly rareness?: (token: TextToken) => number;
  /** Ids that count as special beside the tokens that say so: those of a run on ids. */
  readonly specialIds?: ReadonlySet<number>;
  /** How far "n back" and "n ahead" go; 8 if not given. */
  readonly farthest?: number;
}

const delimiters = /^[.,;:!?…。、，；：！？]+$/u;
/** Of the words of a text, one in ten counts as rare, and one at least. */
const rareShare = 0.1;

/**
 * What heads are known to do (Clark et al. 2019; Voita et al. 2019; Olsson et al. 2022), on one text. Nothing assumes a causal mask:
 * duplicates and induction look both ways where the model does. In cross attention only what needs no common places.
 */
export function textPatterns(maps: AttentionMaps, options: PatternOptions = {}): HeadPattern[] {
  expectKeys(
    options,
    { tags: true, rareness: true, specialIds: true, farthest: true },
    "textPatterns",
  );
  const { queries, keys, isSelf } = maps;
  const { specialIds, farthest = 8 } = options;
  const isSpecial = (token: TextToken) => token.special || (specialIds?.has(token.id) ?? false);
  const patterns: HeadPattern[] = [];
  const add = (
    name: string,
    short: string,
    what: string,
    targets: HeadPattern["targets"],
    isOfContent = false,
  ) => patterns.push({ name, short, what, targets, isOfContent });
  if (isSelf) addPlaces(add, keys.length, farthest, "token");
  const byId = placesOf(keys, ({ id }) => id, isSpecial);
  const own = (query: number) =>
    isSpecial(queries[query]!) ? [] : (byId.get(queries[query]!.id) ?? []);
  if (isSelf) {
    add(
      "duplicate",
      "dup",
      "looks at the same token elsewhere",
      (query) => own(query).filter((key) => key !== query),
      true,
    );
    add(
      "induction",
      "induc",
      "looks at what came after the same token elsewhere",
      (query) =>
        own(query)
          .filter((key) => key !== query)
          .map((key) => key + 1)
          .filter((key) => key < keys.length && !isSpecial(keys[key]!)),
      true,
    );
    const words = wordNumbers(keys);
    const pieces = placesOf(
      keys.map((_, key) => words[key]!),
      (word) => word,
      (word) => word < 0,
    );
    add(
      "same word",
      "word",
      "looks at other pieces of the same word",
      (query) => (pieces.get(words[query]!) ?? []).filter((key) => key !== query),
      true,
    );
  } else add("same token", "same", "looks at the same token of the other text", own, true);
  addKeys(add, keys, isSpecial, options);
  return patterns;
}

type Add = (
  name: string,
  short: string,
  what: string,
  targets: HeadPattern["targets"],
  isOfContent?: boolean,
) => void;

/** Patterns of places alone. */
function addPlaces(add: Add, length: number, farthest: number, noun: "token" | "moment"): void {
  const at = (offset: number) => (query: number) => {
    const key = query + offset;
    return key >= 0 && key < length ? [key] : [];
  };
  add("previous", "prev", "looks at the token before", at(-1));
  add("next", "next", `looks at the ${noun} after`, at(1));
  add("itself", "self", "looks at itself", at(0));
  for (let far = 2; far <= farthest; far++) {
    add(`${far} back`, `-${far}`, `looks ${far} ${noun}s back`, at(-far));
    add(`${far} ahead`, `+${far}`, `looks ${far} ${noun}s ahead`, at(far));
  }
}

/** Patterns of what the keys are, whoever looks. */
function addKeys(
  add: Add,
  keys: readonly TextToken[],
  isSpecial: (token: TextToken) => boolean,
  { tags, rareness = ({ id }) => id }: PatternOptions,
): void {
  const all = (test: (token: TextToken, key: number) => boolean) =>
    [...keys.keys()].filter((key) => test(keys[key]!, key));
  const addAll = (
    name: string,
    short: string,
    what: string,
    found: readonly number[],
    isOfContent: boolean,
  ) => add(name, short, what, () => found, isOfContent);
  const [first] = keys;
  if (first) {
    const name = isSpecial(first) ? first.text : "first";
    addAll(
      `sink ${name}`,
      name.slice(0, 5),
      `gives its weight to ${isSpecial(first) ? first.text : "the first token"}`,
      [0],
      false,
    );
  }
  const separators = all((token, key) => key > 0 && isSpecial(token));
  if (separators.length > 0) {
    const { text } = keys[separators[0]!]!;
    addAll(
      `sink ${text === first?.text ? `later ${text}` : text}`,
      text.slice(0, 5),
      `gives its weight to ${text}`,
      separators,
      false,
    );
  }
  const isDelimiter = (token: TextToken) => !isSpecial(token) && delimiters.test(token.surface);
  addAll(
    "delimiter",
    "delim",
    "looks at commas, full stops and their like",
    all(isDelimiter),
    true,
  );
  addAll(
    "punctuation",
    "punct",
    "looks at punctuation",
    all((token) => !isSpecial(token) && isPunctuation(token.surface)),
    true,
  );
  addAll("rare", "rare", "looks at the rarest tokens", rarest(keys, isSpecial, rareness), true);
  if (!tags) return;
  const classOf = tagClasses(keys, tags);
  const names = [
    ...new Set(all((token) => !isSpecial(token)).map((key) => classOf(0, key))),
  ].sort();
  for (const name of names)
    addAll(
      `tag ${name}`,
      name.slice(0, 5),
      `looks at ${name}`,
      all((token, key) => !isSpecial(token) && classOf(0, key) === name),
      true,
    );
}

function rarest(
  keys: readonly TextToken[],
  isSpecial: (token: TextToken) => boolean,
  rareness: (token: TextToken) => number,
): number[] {
  const words = [...keys.keys()].filter(
    (key) => !isSpecial(keys[key]!) && !isPunctuation(keys[key]!.surface),
  );
  const order = words.sort((a, b) => rareness(keys[b]!) - rareness(keys[a]!));
  return order.slice(0, Math.max(1, Math.round(words.length * rareShare)));
}

/** Where each thing stands. */
function placesOf<T, N>(
  all: readonly T[],
  nameOf: (one: T) => N,
  isLeftOut: (one: T) => boolean,
): Map<N, number[]> {
  const places = new Map<N, number[]>();
  for (const [place, one] of all.entries()) {
    if (isLeftOut(one)) continue;
    const name = nameOf(one);
    places.set(name, [...(places.get(name) ?? []), place]);
  }
  return places;
}

/** What heads may do over a sound: look at moments by where they are. Moments are no words: none is rare, special, or the same as another. */
export function soundPatterns(
  { keys, isSelf }: AttentionMaps,
  options: Pick<PatternOptions, "farthest"> = {},
): HeadPattern[] {
  expectKeys(options, { farthest: true }, "soundPatterns");
  const { farthest = 8 } = options;
  const patterns: HeadPattern[] = [];
  const add: Add = (name, short, what, targets) =>
    patterns.push({ name, short, what, targets, isOfContent: false });
  if (isSelf) addPlaces(add, keys.length, farthest, "moment");
  add("sink first", "first", "gives its weight to the first moment", () => [0]);
  return patterns;
}

/** What heads of a model of pictures may do: look at a neighbour, along a row or a column, at themselves, at what stands before the patches. */
export function picturePatterns(maps: AttentionMaps, { rows, columns }: PatchGrid): HeadPattern[] {
  const leading = maps.keys.length - rows * columns;
  if (leading < 0)
    throw new InputError(
      `picturePatterns: ${rows} × ${columns} patches, but ${maps.keys.length} tokens. Give the grid of the run, run.inputs.grid`,
    );
  const near = (down: number, right: number) => (query: number) => {
    const patch = query - leading;
    if (patch < 0) return [];
    const [row, column] = [Math.floor(patch / columns) + down, (patch % columns) + right];
    const isThere = row >= 0 && row < rows && column >= 0 && column < columns;
    return isThere ? [leading + row * columns + column] : [];
  };
  const along = (isSame: (a: number, b: number) => boolean) => (query: number) =>
    query < leading
      ? []
      : Array.from({ length: rows * columns }, (_, patch) => patch)
          .filter((patch) => patch !== query - leading && isSame(patch, query - leading))
          .map((patch) => leading + patch);
  const pattern = (name: string, short: string, what: string, targets: HeadPattern["targets"]) => ({
    name,
    short,
    what,
    targets,
    isOfContent: false,
  });
  return [
    pattern("itself", "self", "looks at itself", (query) => [query]),
    pattern("left", "left", "looks at the patch to the left", near(0, -1)),
    pattern("right", "right", "looks at the patch to the right", near(0, 1)),
    pattern("above", "above", "looks at the patch above", near(-1, 0)),
    pattern("below", "below", "looks at the patch below", near(1, 0)),
    pattern(
      "same row",
      "row",
      "looks along its row",
      along((a, b) => Math.floor(a / columns) === Math.floor(b / columns)),
    ),
    pattern(
      "same column",
      "col",
      "looks along its column",
      along((a, b) => a % columns === b % columns),
    ),
    ...maps.keys
      .slice(0, leading)
      .map(({ text }, key) =>
        pattern(`sink ${text}`, text.slice(0, 5), `gives its weight to ${text}`, () => [key]),
      ),
  ];
}
