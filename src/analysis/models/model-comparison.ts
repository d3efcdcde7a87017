import { InputError } from "../../errors/errors.ts";
import { expectKeys } from "../../errors/options.ts";
import type { LoadedModel } from "../../models/loaded-model.ts";
import { mainStack } from "../../models/main-stack.ts";
import type { Run } from "../../models/run.ts";
import { allHeads, type HeadAddress } from "../../probe/head-address.ts";
import type { Read } from "../../probe/plan.ts";
import { foldWord } from "../../probe/words.ts";
import { cosineDistance, type HeadChange, headChanges, wordVector } from "../words/compare.ts";
import { chooseFocus } from "../words/focus.ts";
import { labelsOfUnits, type WordWeights, wordWeights } from "../words/word-weights.ts";
import { sharedWordsOf } from "./shared-words.ts";
import { areKin } from "./weight-changes.ts";

/** A model, and what it made of the text. */
export interface ModelRun {
  readonly model: LoadedModel;
  readonly run: Run;
}

/** What two models do with one word they both have. */
export interface WordInModels {
  readonly text: string;
  /** How much the word asked about looks at it: the mean of all heads, and the head that looks most, in each model. */
  readonly means: readonly [number, number];
  readonly most: readonly [HeadAddress & { weight: number }, HeadAddress & { weight: number }];
}

/** What a word looks at in two models. */
export interface ModelComparison {
  readonly word: string;
  /** The other words of the text, in its order. */
  readonly words: readonly WordInModels[];
  /** Of models of one shape: heads by how much their weights on `targets` differ. */
  readonly heads: readonly HeadChange[] | undefined;
  readonly targets: readonly string[];
  /** Of models of one shape: cosine distance of the word's vector entering layer 0, and after each layer. */
  readonly distances: readonly number[] | undefined;
  readonly notes: readonly string[];
}

/** What a run of each model must read. */
export function comparisonReads(model: LoadedModel): Read[] {
  const stack = mainStack(model);
  return [
    { site: `${stack}layers.*.weights`, keep: "rows" },
    `${stack}layers.*.residual`,
    `${stack}layers.0.input`,
  ];
}

/**
 * One word of one text in two models, words matched by the characters they stand for. Without `word` it is the last pronoun, as
 * `chooseFocus` has it; without `to` the two words the first model looks at most in some head. Throws InputError for words that are not there, and for texts that share none.
 */
export function compareModels(
  first: ModelRun,
  second: ModelRun,
  options: { readonly word?: string; readonly to?: readonly string[] } = {},
): ModelComparison {
  expectKeys(options, { word: true, to: true }, "compareModels");
  const { word, to } = options;
  const shared = sharedWordsOf(first.run.tokens[0]!, second.run.tokens[0]!);
  if (shared.first.length < 2)
    throw new InputError(
      "compare: the two models have fewer than two words of the text in common. Give a longer text",
    );
  const sides = [weightsOf(first, shared.first), weightsOf(second, shared.second)] as const;
  const units = sides.map((weights) => weights.words.slice(0, shared.first.length)) as [
    number[],
    number[],
  ];
  const labels = labelsOfUnits(units[0].map((unit) => sides[0].units[unit]!));
  const place = (name: string, option: string) => placeOf(name, labels, option);
  const focus =
    word === undefined
      ? Math.max(0, units[0].indexOf(chooseFocus(sides[0])))
      : place(word, "--word");
  const weight = (side: 0 | 1, head: HeadAddress, key: number) =>
    sides[side].weight(head, units[side][focus]!, units[side][key]!);
  const words = labels.flatMap((text, key): WordInModels[] => {
    if (key === focus) return [];
    const looks = ([0, 1] as const).map((side) => {
      const all = allHeads(sides[side]).map((head) => ({
        ...head,
        weight: weight(side, head, key),
      }));
      return {
        mean: all.reduce((sum, { weight }) => sum + weight, 0) / all.length,
        most: all.reduce((best, one) => (one.weight > best.weight ? one : best)),
      };
    });
    const [a, b] = looks as [(typeof looks)[0], (typeof looks)[0]];
    return [{ text, means: [a.mean, b.mean], most: [a.most, b.most] }];
  });
  const named =
    to?.map((name) => place(name, "--to")) ??
    [...words]
      .filter(({ text }) => /[\p{L}\p{N}]/u.test(text))
      .sort((a, b) => b.most[0].weight - a.most[0].weight)
      .slice(0, 2)
      .map(({ text }) => labels.indexOf(text));
  const isKin = areKin(first.model, second.model);
  const pair = (key: number) => [units[0][key]!, units[1][key]!] as const;
  return {
    word: labels[focus]!,
    words,
    heads: isKin
      ? headChanges(sides[0], sides[1], { focus: pair(focus), targets: named.map(pair) })
      : undefined,
    targets: named.map((key) => labels[key]!),
    distances: isKin
      ? distancesOf(first, second, [
          sides[0].units[pair(focus)[0]]!.tokens,
          sides[1].units[pair(focus)[1]]!.tokens,
        ])
      : undefined,
    notes:
      shared.left > 0
        ? [
            `${shared.left} words at the end of the text are in one of the models only: it cuts the text earlier.`,
          ]
        : [],
  };
}

function weightsOf(
  { model, run }: ModelRun,
  words: readonly { readonly tokens: readonly number[]; readonly text: string }[],
): WordWeights {
  const stack = mainStack(model);
  const layers = Array.from({ length: model.dimensions.layers }, (_, layer) =>
    run.trace.kept(`${stack}layers.${layer}.weights`),
  );
  return wordWeights(layers, run.tokens[0]!, { isCausal: model.isCausal, asked: words });
}

function placeOf(name: string, labels: readonly string[], option: string): number {
  const wanted = foldWord(name);
  const found = labels.flatMap((label, place) => (foldWord(label) === wanted ? [place] : []));
  const bare = labels.flatMap((label, place) =>
    foldWord(label.replace(/#\d+$/, "")) === wanted ? [place] : [],
  );
  const places = found.length > 0 ? found : bare;
  if (places.length === 1) return places[0]!;
  throw new InputError(
    places.length > 1
      ? `${option}: "${name}" stands ${places.length} times in the text. Say which: ${places.map((place) => labels[place]).join(", ")}`
      : `${option}: no word "${name}" that both models have. Their words: ${labels.join(" ")}`,
  );
}

function distancesOf(
  first: ModelRun,
  second: ModelRun,
  tokens: readonly [readonly number[], readonly number[]],
): number[] {
  const { layers } = first.model.dimensions;
  const stack = mainStack(first.model);
  const sites = [
    `${stack}layers.0.input`,
    ...Array.from({ length: layers }, (_, layer) => `${stack}layers.${layer}.residual`),
  ];
  return sites.map((site) =>
    cosineDistance(
      wordVector(first.run.trace.get(site), tokens[0]),
      wordVector(second.run.trace.get(site), tokens[1]),
    ),
  );
}
