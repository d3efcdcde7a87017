import { InputError } from "../../errors/errors.ts";
import { expectKeys } from "../../errors/options.ts";
import { allHeads, type HeadAddress } from "../../probe/head-address.ts";
import { hasLetters } from "./letters.ts";
import type { KeyUnits, WordWeights } from "./word-weights.ts";

/** What `focusOn` looks at, where it is not left to choose. */
export interface FocusOptions {
  /** Units to look at, by index; without them the ranking chooses. */
  readonly targets?: readonly number[];
  /** The head to show; without it the one that looks most at the first target. */
  readonly head?: HeadAddress;
  /** The look to begin with where neither is given; without it the strongest one that is ranked. */
  readonly look?: Look;
  /** How many words on either side of the focus the ranking leaves out. */
  readonly near?: number;
  /** How many heads the table has. */
  readonly count?: number;
}

/** One unit's weights in one head, as the table shows them. */
export interface FocusRow {
  /** One weight per target. */
  readonly targets: readonly number[];
  /** On all special tokens together, and on the word that heads rest on. */
  readonly special: number;
  /** How much the other words look at the first target, on average. */
  readonly others: number;
}

/** A head that points at one unit from a place the ranking leaves out. */
export interface Look extends HeadAddress {
  readonly unit: number;
  readonly weight: number;
}

/** What one word looks at, and how that compares with what the other words do in the same heads. */
export interface Focus {
  readonly focus: number;
  readonly targets: readonly number[];
  readonly head: HeadAddress;
  readonly heads: readonly (HeadAddress & FocusRow)[];
  /** The average over all heads. */
  readonly mean: FocusRow;
  /** Per head of the table: the words whose largest weight on a word is on the first target. */
  readonly habits: readonly (HeadAddress & {
    readonly units: readonly number[];
    readonly of: number;
  })[];
  /** Heads whose largest weight from the focus is on a near word, strongest first. */
  readonly unranked: readonly Look[];
}

/** Words that often stand for another: what a reader asks about first. */
const pronouns = new Set(
  "it he she they him her them his hers its their theirs this that who which".split(" "),
);

/**
 * The word to ask about when nobody said: the one behind which a model that reads forward writes on, where no pronoun stands in the same sentence, else the last pronoun, else the word
 * with the strongest look at another far word.
 */
export function chooseFocus(weights: WordWeights, near = 2): number {
  if (weights.words.length === 0)
    throw new InputError("the text has no words, only special tokens");
  const words = lettersFirst(weights, weights.words);
  const told = openEnd(weights) ?? lastPronoun(weights);
  if (told !== undefined) return told;
  const strength = (unit: number) =>
    strongestLook(weights, unit, near)?.weight ??
    // A word with near words only comes after all others, one with none at all last.
    (strongestLook(weights, unit, 0)?.weight ?? -1) - 1;
  const strongest = words
    .map((unit) => ({ unit, weight: strength(unit) }))
    .reduce((best, candidate) => (candidate.weight > best.weight ? candidate : best));
  return strongest.unit;
}

/** The last word of a text that a model reads forward and that does not end, unless the sentence that is open has a pronoun; no weight is asked for. */
export function openEnd(weights: WordWeights): number | undefined {
  const { words } = weights;
  const [first, last] = [words[0], words.at(-1)];
  if (words.length < 2 || weights.canLook(first!, last!)) return undefined;
  if (!hasLetters(weights, last!)) return undefined;
  const over = words.findLastIndex((unit) => /[.!?…。！？؟।]/u.test(weights.units[unit]!.text));
  const open = words.slice(over + 1);
  return open.some((unit) => isPronoun(weights, unit)) ? undefined : last;
}

/** The last pronoun of a text of several words; no weight is asked for. */
export function lastPronoun(weights: WordWeights): number | undefined {
  const words = lettersFirst(weights, weights.words);
  if (words.length < 2) return undefined;
  return words.findLast((unit) => isPronoun(weights, unit));
}

function isPronoun({ units }: WordWeights, unit: number): boolean {
  return pronouns.has(units[unit]!.text.toLowerCase());
}

/** The strongest look of a unit at a word that is not itself and not within `near` words; undefined when there is none. */
export function strongestLook(weights: WordWeights, focus: number, near: number): Look | undefined {
  const keys = lettersFirst(
    keysOf(weights),
    othersOf(weights, focus).filter((key) => !isNear(weights, focus, key, near)),
  );
  let strongest: Look | undefined;
  for (const address of allHeads(weights))
    for (const unit of keys) {
      const weight = weights.weight(address, focus, unit);
      if (!strongest || weight > strongest.weight) strongest = { ...address, unit, weight };
    }
  return strongest;
}

/** The targets `focusOn` chooses; none where the unit can look at itself only. */
export function targetsOf(weights: WordWeights, focus: number): readonly number[] {
  return othersOf(weights, focus).length > 0 ? focusOn(weights, focus).targets : [];
}

/** What one unit looks at. Throws InputError when there is nothing to look at. */
export function focusOn(weights: WordWeights, focus: number, options: FocusOptions = {}): Focus {
  expectKeys(
    options,
    { targets: true, head: true, look: true, near: true, count: true },
    "focusOn",
  );
  const { targets, head: asked, look, near = 2, count = 4 } = options;
  const keys = keysOf(weights);
  const others = othersOf(weights, focus);
  const far = others.filter((key) => !isNear(weights, focus, key, near));
  const farWords = far.filter((key) => hasLetters(keys, key));
  // Behind a window all that is far has no weight at all.
  const isSeen = (looks(weights, focus, farWords)[0]?.weight ?? 0) > 0;
  const ranked = isSeen ? farWords : [];
  const candidates = ranked.length > 0 ? ranked : lettersFirst(keys, others);
  if (candidates.length === 0)
    throw new InputError(
      `"${weights.units[focus]!.text}" has no other word to look at. Give a longer text, or choose a later word with --word`,
    );
  const opening = targets || asked ? undefined : look;
  const head = asked ?? opening;
  const first = targets?.[0] ?? (opening ?? looks(weights, focus, candidates)[0]!).unit;
  const heads = allHeads(weights)
    .map((address) => ({ ...address, weight: weights.weight(address, focus, first) }))
    .sort((a, b) => b.weight - a.weight);
  const shown = head ?? heads[0]!;
  const chosen = targets ?? withRunnerUp(weights, focus, first, shown);
  const table = [
    ...(head ? [{ layer: head.layer, head: head.head }] : []),
    ...heads.filter((one) => one.layer !== head?.layer || one.head !== head?.head),
  ].slice(0, count);
  const resting = restingUnits(weights).filter((key) => !chosen.includes(key));
  const row = (address: HeadAddress): FocusRow => ({
    targets: chosen.map((key) => weights.weight(address, focus, key)),
    special: resting.reduce((sum, key) => sum + weights.weight(address, focus, key), 0),
    others: mean(
      weights.words
        .filter((query) => query !== focus && isOther(weights, query, first))
        .map((query) => weights.weight(address, query, first)),
    ),
  });
  return {
    focus,
    targets: chosen,
    head: { layer: shown.layer, head: shown.head },
    heads: table.map(({ layer, head }) => ({ layer, head, ...row({ layer, head }) })),
    mean: meanRow(allHeads(weights).map(row)),
    habits: table.map(({ layer, head }) => ({
      layer,
      head,
      ...habit(weights, { layer, head }, first),
    })),
    unranked: ranked.length === 0 ? [] : unrankedLooks(weights, focus, others, ranked),
  };
}

/** For each word, what it looks at most over all heads (near words left out where there are others), or what `lookOf` has. */
export function looksOfWords(
  weights: WordWeights,
  near = 2,
  lookOf: (unit: number) => Look | undefined = (unit) =>
    strongestLook(weights, unit, near) ?? strongestLook(weights, unit, 0),
): { unit: number; look: Look }[] {
  return weights.words.flatMap((unit) => {
    const look = lookOf(unit);
    return look ? [{ unit, look }] : [];
  });
}

/** The target that comes next in the head shown: the comparison a reader asks for. */
function withRunnerUp(
  weights: WordWeights,
  focus: number,
  first: number,
  head: HeadAddress,
): number[] {
  const rest = lettersFirst(
    keysOf(weights),
    othersOf(weights, focus).filter((key) => key !== first),
  );
  const [second] = rest
    .map((key) => ({ key, weight: weights.weight(head, focus, key) }))
    .sort((a, b) => b.weight - a.weight);
  return second ? [first, second.key] : [first];
}

/** The best head for every key, strongest first. */
function looks(weights: WordWeights, focus: number, keys: readonly number[]): Look[] {
  const heads = allHeads(weights);
  return keys
    .map((unit): Look => {
      let best = { ...heads[0]!, unit, weight: weights.weight(heads[0]!, focus, unit) };
      for (const address of heads.slice(1)) {
        const weight = weights.weight(address, focus, unit);
        if (weight > best.weight) best = { ...address, unit, weight };
      }
      return best;
    })
    .sort((a, b) => b.weight - a.weight);
}

function unrankedLooks(
  weights: WordWeights,
  focus: number,
  others: readonly number[],
  ranked: readonly number[],
): Look[] {
  const left = others.filter((key) => !ranked.includes(key));
  return looks(weights, focus, left);
}

function habit(weights: WordWeights, head: HeadAddress, target: number) {
  const queries = weights.words.filter((query) => isOther(weights, query, target));
  const units = queries.filter((query) => {
    let most: number | undefined;
    let largest = -1;
    for (const key of othersOf(weights, query)) {
      const weight = weights.weight(head, query, key);
      if (weight > largest) [most, largest] = [key, weight];
    }
    return most === target;
  });
  return { units, of: queries.length };
}

function meanRow(rows: readonly FocusRow[]): FocusRow {
  return {
    targets: rows[0]!.targets.map((_, target) => mean(rows.map((row) => row.targets[target]!))),
    special: mean(rows.map((row) => row.special)),
    others: mean(rows.map((row) => row.others)),
  };
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The words looked at. */
function keysOf(weights: WordWeights): KeyUnits {
  return weights.keys ?? weights;
}

/** Whether a unit can look at a word that is not itself; of another text every word is another. */
function isOther(weights: WordWeights, query: number, key: number): boolean {
  return (weights.keys !== undefined || key !== query) && weights.canLook(query, key);
}

/** The other words that a unit can look at; the one that heads rest on where there is no other. */
function othersOf(weights: WordWeights, query: number): number[] {
  const others = keysOf(weights).words.filter((key) => isOther(weights, query, key));
  const found = others.filter((key) => key !== weights.rest);
  return found.length > 0 ? found : others;
}

function restingUnits(weights: WordWeights): number[] {
  const { units } = keysOf(weights);
  return [...units.keys()].filter((unit) => units[unit]!.isSpecial || unit === weights.rest);
}

/** Those with letters or digits; of punctuation alone, all. */
function lettersFirst(of: KeyUnits, units: readonly number[]): readonly number[] {
  const words = units.filter((unit) => hasLetters(of, unit));
  return words.length > 0 ? words : units;
}

/** Distance is counted in words; special tokens do not count. */
function isNear(weights: WordWeights, focus: number, key: number, near: number): boolean {
  return weights.distance(focus, key) <= near;
}
