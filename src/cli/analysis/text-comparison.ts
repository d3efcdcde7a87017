import { alignWords } from "../../analysis/interventions/align-words.ts";
import {
  cosineDistance,
  headChanges,
  sharedWords,
  wordVector,
} from "../../analysis/words/compare.ts";
import { chooseFocus, targetsOf } from "../../analysis/words/focus.ts";
import { askedNames, labelsOfUnits, type WordWeights } from "../../analysis/words/word-weights.ts";
import { InputError } from "../../errors/errors.ts";
import type { Model } from "../../model.ts";
import { mainStack } from "../../models/main-stack.ts";
import type { Run } from "../../models/run.ts";
import { allHeads } from "../../probe/head-address.ts";
import { foldWord, hasWord } from "../../probe/words.ts";
import { weightOrZero } from "../../views/numbers.ts";
import type { ComparedPair, CompareReport } from "../../views/text/compare.ts";
import { unitNamed, wordsOfRun } from "../named.ts";
import { summaryOf } from "../picture.ts";
import { warn } from "../terminal/warnings.ts";

const defaultTargets = 2;
/** Pairs of words that differ, and heads of each, that are shown. */
const pairsShown = 2;
const headsOfPair = 4;
/** A cosine distance that rounding alone can make. */
const sameVector = 1e-6;

/** One of the two texts, run. */
export interface Side {
  readonly run: Run;
  readonly weights: WordWeights;
  focus: number;
}

/** Which words of two texts are compared. */
export interface AskedWords {
  /** One word for both, or two with a comma between, where the texts have different ones. */
  readonly word?: string;
  readonly to?: readonly string[];
}

/** Two texts, run, and what came of comparing them. */
export interface TextComparison {
  readonly sides: readonly [Side, Side];
  readonly report: CompareReport;
}

/** One word in two texts of one model: where it looks otherwise, and how far its vector moves. */
export async function textComparison(
  model: Model,
  texts: readonly [string, string],
  { word, to }: AskedWords,
): Promise<TextComparison> {
  const [own, other] = wordsAsked(word);
  const left = await sideOf(model, texts[0], { word: own, to, text: "first" });
  const right = await sideOf(model, texts[1], { word: other, to, text: "second" });
  if (word === undefined) shareFocus(left, right);
  return { sides: [left, right], report: compareReport(model, left, right, texts, to) };
}

/** The word of each text: one for both, or two with a comma between, where the texts have different ones. */
function wordsAsked(word: string | undefined): readonly [string | undefined, string | undefined] {
  const both = word?.split(",").map((one) => one.trim());
  if (!both || both.length === 1) return [word, word];
  if (both.length > 2 || both.includes(""))
    throw new InputError(`--word ${word}: needs one word, or one of each text: tired,dirty`);
  return [both[0], both[1]];
}

async function sideOf(
  model: Model,
  input: string,
  { word, to, text }: AskedWords & { text: "first" | "second" },
): Promise<Side> {
  const run = await model.run(input, {
    read: [`${mainStack(model)}layers.*.{input,residual,weights}`],
    output: false,
    onWarning: warn,
  });
  const weights = wordsOfRun(model, run, {
    [`--word, ${text} text`]: [word],
    [`--to, ${text} text`]: to?.filter((word) => hasWord(word, run.tokens[0]!)),
  });
  const focus =
    word === undefined
      ? chooseFocus(weights)
      : unitNamed(weights, run.tokens[0]!, word, `--word, ${text} text`);
  return { run, weights, focus };
}

/** Without a word: the first text's own choice where the second has that word too, else the last word of letters both have. */
function shareFocus(left: Side, right: Side): void {
  const shared = sharedWords(left.weights, right.weights, [-1, -1]);
  const pair =
    shared.find(([unit]) => unit === left.focus) ??
    shared.findLast(([unit]) => isLetters(left.weights.units[unit]!.text));
  if (!pair)
    throw new InputError(
      "compare: the two texts have no word in common. Compare texts that share the word you ask about",
    );
  [left.focus, right.focus] = pair;
}

function compareReport(
  model: Model,
  left: Side,
  right: Side,
  texts: readonly [string, string],
  to: readonly string[] | undefined,
): CompareReport {
  const focus = [left.focus, right.focus] as const;
  const named = to && pairsNamed(left, right, to);
  const shared = sharedWords(left.weights, right.weights, focus);
  const chosen = named ?? chooseTargets(left, right, shared);
  // Where the texts share nothing to look at, how much the word keeps to itself is what can be compared.
  const targets = chosen.length > 0 ? chosen : [focus];
  const labels = labelsOfUnits(left.weights.units);
  const others = labelsOfUnits(right.weights.units);
  const names = targets.map(([own, there]) => {
    if (own === left.focus) return "itself";
    const isShared =
      foldWord(left.weights.units[own]!.text) === foldWord(right.weights.units[there]!.text);
    return isShared ? labels[own]! : `${labels[own]} | ${others[there]}`;
  });
  const streams = [
    `${mainStack(model)}layers.0.input`,
    ...Array.from(
      { length: model.dimensions.layers },
      (_, layer) => `${mainStack(model)}layers.${layer}.residual`,
    ),
  ];
  const vector = ({ run, weights, focus }: Side, site: string) =>
    wordVector(run.trace.get(site), weights.units[focus]!.tokens);
  const heads = headChanges(left.weights, right.weights, { focus, targets });
  const distances = streams.map((site) => cosineDistance(vector(left, site), vector(right, site)));
  const isSame = distances.every((distance) => distance < sameVector);
  const differing = named || isSame ? [] : differingPairs(left, right);
  return {
    texts,
    model: summaryOf(model, left.run),
    word: wordOfBoth(left, right),
    labels: labelsOfTexts(left, right, named ?? []),
    targets: names,
    heads: isSame ? [] : heads,
    ...(differing.length > 0 && { differing }),
    distances,
    notes: isSame
      ? [sameNote(model, left)]
      : [
          `Heads are ordered by how much their weights on ${names.map((name) => `"${name}"`).join(" and ")} change together.`,
          ...(named || differing.length > 0 ? [] : aloneNotes(left, right, shared)),
        ],
  };
}

/** Words that stand in each other's place where the texts align, those whose looks differ most first. */
function differingPairs(left: Side, right: Side): ComparedPair[] {
  const unitAt = ({ weights }: Side, tokens: readonly number[]) =>
    weights.units.findIndex((unit) => unit.tokens.includes(tokens[0]!));
  const { words } = alignWords(left.run.tokens[0]!, right.run.tokens[0]!);
  const pairs = words
    .filter(({ text, other }) => foldWord(text) !== foldWord(other))
    .filter(({ text, other }) => isLetters(text) && isLetters(other))
    .map(({ tokens, others }) => [unitAt(left, tokens), unitAt(right, others)] as const)
    .filter(([own, there]) => own !== left.focus && there !== right.focus)
    .filter(
      ([own, there]) =>
        left.weights.canLook(left.focus, own) && right.weights.canLook(right.focus, there),
    );
  const [names, others] = [left, right].map(({ weights }) => labelsOfUnits(weights.units));
  const focus = [left.focus, right.focus] as const;
  return pairs
    .map((pair) => ({
      first: names![pair[0]]!,
      second: others![pair[1]]!,
      heads: headChanges(left.weights, right.weights, { focus, targets: [pair] }),
    }))
    .sort((a, b) => b.heads[0]!.change - a.heads[0]!.change)
    .slice(0, pairsShown)
    .map(({ heads, ...pair }) => ({ ...pair, heads: heads.slice(0, headsOfPair) }));
}

/** How to compare words that one text alone has, of those that are looked at most. */
function aloneNotes(
  left: Side,
  right: Side,
  shared: readonly (readonly [number, number])[],
): string[] {
  const aloneIn = ({ weights, focus }: Side, side: 0 | 1): string | undefined => {
    const heads = allHeads(weights);
    let most: { readonly unit: number; readonly total: number } | undefined;
    for (const [unit, { text, isSpecial }] of weights.units.entries()) {
      const isShared = shared.some((pair) => pair[side] === unit);
      if (unit === focus || isSpecial || isShared || !isLetters(text)) continue;
      if (!weights.canLook(focus, unit)) continue;
      const given = heads.map((head) => weightOrZero(weights.weight(head, focus, unit)));
      const total = given.reduce((sum, weight) => sum + weight, 0);
      if (!most || total > most.total) most = { unit, total };
    }
    return most && askedNames(weights.units)[most.unit]!;
  };
  const [own, there] = [aloneIn(left, 0), aloneIn(right, 1)];
  if (own === undefined || there === undefined) return [];
  return [
    `Of the words that one text alone has, "${own}" and "${there}" are looked at most: --to ${own},${there} compares the two.`,
  ];
}

/** Words as pairs: one that both texts have with itself, one that the first has alone with the next that the second has alone. */
function pairsNamed(
  left: Side,
  right: Side,
  words: readonly string[],
): (readonly [number, number])[] {
  const unit = ({ weights, run }: Side, word: string, text: string): number | undefined =>
    hasWord(word, run.tokens[0]!)
      ? unitNamed(weights, run.tokens[0]!, word, `--to, ${text} text`)
      : undefined;
  const alone: { first: [string, number][]; second: [string, number][] } = {
    first: [],
    second: [],
  };
  const pairs: (readonly [number, number])[] = [];
  for (const word of words) {
    const [own, there] = [unit(left, word, "first"), unit(right, word, "second")];
    if (own !== undefined && there !== undefined) pairs.push([own, there]);
    else if (own !== undefined) alone.first.push([word, own]);
    else if (there !== undefined) alone.second.push([word, there]);
    // Neither text has it: the first one's error lists its words.
    else unitNamed(left.weights, left.run.tokens[0]!, word, "--to, first text");
  }
  const { first, second } = alone;
  if (first.length !== second.length) {
    const [longer, there, other] =
      first.length > second.length ? [first, "first", "second"] : [second, "second", "first"];
    const [word] = longer.at(-1) as [string, number];
    throw new InputError(
      `--to: only the ${there} text has "${word}". Name a word of the ${other} beside it, to compare the two: --to ${word},…`,
    );
  }
  return [...pairs, ...first.map(([, own], n) => [own, second[n]![1]] as const)];
}

/** Why nothing differs. */
function sameNote(model: Model, { weights, focus }: Side): string {
  const word = weights.units[focus]!.text;
  return model.isCausal
    ? `This model sees only what stands before a word, and the same words stand before "${word}" in both texts: nothing can differ. Compare a word that comes after the difference.`
    : `Nothing differs for "${word}" in any layer.`;
}

/** The shared words that the focus looks at most in the first text. */
function chooseTargets(
  { weights, focus }: Side,
  right: Side,
  shared: readonly (readonly [number, number])[],
) {
  if (shared.length === 0) return [];
  const order = targetsOf(weights, focus);
  const rank = (unit: number) => (order.includes(unit) ? order.indexOf(unit) : order.length);
  return [...shared]
    .filter(
      ([unit, there]) =>
        weights.canLook(focus, unit) &&
        right.weights.canLook(right.focus, there) &&
        isLetters(weights.units[unit]!.text),
    )
    .sort((a, b) => rank(a[0]) - rank(b[0]))
    .slice(0, defaultTargets);
}

function isLetters(text: string): boolean {
  return /[\p{L}\p{N}]/u.test(text);
}

/** The word that is compared; both, where they are two. */
function wordOfBoth(left: Side, right: Side): string {
  const [own, other] = [left, right].map(({ weights, focus }) => weights.units[focus]!.text);
  return foldWord(own!) === foldWord(other!) ? own! : `${own} | ${other}`;
}

/** What tells the texts apart, in their own words: a pair that was named, else the words each has and the other has not, else those in other places. */
function labelsOfTexts(
  left: Side,
  right: Side,
  named: readonly (readonly [number, number])[],
): [string, string] {
  const text = ({ weights }: Side, unit: number) => weights.units[unit]!.text;
  const pairs = [...named, [left.focus, right.focus] as const];
  const pair = pairs.find(([a, b]) => foldWord(text(left, a)) !== foldWord(text(right, b)));
  if (pair) return [text(left, pair[0]), text(right, pair[1])];
  const words = ({ weights }: Side) =>
    weights.units.filter(({ isSpecial }) => !isSpecial).map((unit) => unit.text);
  const [a, b] = [words(left), words(right)];
  const only = (own: readonly string[], other: readonly string[]) =>
    own
      .filter((word) => !other.includes(word))
      .slice(0, 3)
      .join(" ");
  const [first, second] = [only(a, b), only(b, a)];
  if (first !== "" && second !== "") return [first, second];
  const moved = alignWords(left.run.tokens[0]!, right.run.tokens[0]!);
  const others = moved.words.filter((word) => foldWord(word.text) !== foldWord(word.other));
  const list = (own: readonly string[], rest: readonly string[], fallback: string) =>
    [...own, ...rest].slice(0, 3).join(" ") || fallback;
  return [
    first ||
      list(
        others.map(({ text }) => text),
        moved.alone,
        "first",
      ),
    second ||
      list(
        others.map(({ other }) => other),
        moved.othersAlone,
        "second",
      ),
  ];
}
