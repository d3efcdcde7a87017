import type { HeadAddress } from "heed";
import type { Intervention } from "heed/analysis";
import type { Seen } from "heed/explore";
import { articleText, type State } from "../state/state.ts";
import { type Lab, tokenNamed } from "./lab.ts";

/** Numbers a station speaks of, by the names its words have for them. */
export type Facts = Readonly<Record<string, number | string>>;

/** A stop of the tour: what is set up, what a reader does, and the numbers of what is then seen. */
export interface Station {
  readonly id: string;
  /** What the page shows when the station begins. */
  readonly setup: Partial<State>;
  /** What a reader can do, by names of the words file; each is another state. */
  readonly actions: readonly { readonly id: string; readonly change: Partial<State> }[];
  facts(lab: Lab): Promise<Facts>;
  /** What the station claims, as an inequality of its facts. */
  holds(facts: Facts): boolean;
}

const choosing: HeadAddress = { layer: 3, head: 1 };
/** Before any layer has mixed words, this head tells places apart: it looks at the word before. */
const before: HeadAddress = { layer: 0, head: 2 };
const everyone: HeadAddress = { layer: 5, head: 11 };
export const dirtyText = articleText.replace("tired", "dirty");
export const warmText = articleText.replace("tired", "warm");
export const swappedText = "The mat sat on the cat because it was tired.";
export const farText =
  "The cat, which had walked all day through the long and empty streets of the town, sat on the mat because it was tired.";
export const riverText = "They sat down on the bank of the river.";
export const moneyText = "They took the money to the bank.";

const start: Partial<State> = {
  text: articleText,
  other: undefined,
  ...choosing,
  changes: [],
  pin: { word: "it", keys: ["cat", "mat"] },
};

const keyOfMat: Intervention = {
  kind: "transplant",
  from: articleText,
  site: "k",
  layers: [3],
  heads: [1],
  query: "cat",
  fromQuery: "mat",
};
const valueOfMat: Intervention = { ...keyOfMat, site: "v" };
const cutLink: Intervention = { kind: "cut", query: "it", key: "cat", heads: ["L3H1"] };
const silenceEveryone: Intervention = { kind: "ablateHeads", heads: ["L5H11"], by: "zero" };

/** One draw: a seed of its own, so that every reader sees the same numbers. */
const scramble: Intervention = { kind: "randomMatrix", matrix: "q", heads: ["L3H1"], seed: 1 };

const number = (value: number | string | undefined) => Number(value ?? Number.NaN);

/** The ten stations, in the order in which each needs only what came before. */
export const stations: readonly Station[] = [
  {
    id: "guess",
    setup: start,
    actions: [],
    async facts(lab) {
      const { row } = await lab.row(articleText, choosing, "it");
      const [cat, mat] = await lab.looks(articleText, choosing, "it", ["cat", "mat"]);
      const sum = row.reduce((total, weight) => total + weight, 0);
      const { layers, heads } = lab.model.said;
      return { cat: cat!, mat: mat!, sum, rows: layers * heads };
    },
    holds: ({ cat, mat, sum }) => number(cat) > number(mat) && Math.abs(number(sum) - 1) < 1e-3,
  },
  {
    id: "swap",
    setup: start,
    actions: [
      { id: "tired", change: start },
      { id: "dirty", change: { ...start, text: dirtyText } },
      { id: "warm", change: { ...start, text: warmText } },
    ],
    async facts(lab) {
      const nouns = ["cat", "mat"];
      const [tiredCat, tiredMat] = await lab.looks(articleText, choosing, "it", nouns);
      const [dirtyCat, dirtyMat] = await lab.looks(dirtyText, choosing, "it", nouns);
      const [warmCat, warmMat] = await lab.looks(warmText, choosing, "it", nouns);
      return {
        ...{ tiredCat: tiredCat!, tiredMat: tiredMat!, dirtyCat: dirtyCat!, dirtyMat: dirtyMat! },
        ...{ warmCat: warmCat!, warmMat: warmMat! },
      };
    },
    holds: (facts) =>
      number(facts.tiredCat) > number(facts.tiredMat) &&
      number(facts.dirtyMat) > number(facts.dirtyCat) &&
      number(facts.warmMat) < 0.15,
  },
  {
    id: "place",
    setup: { ...start, ...before, pin: { word: "the", keys: [] } },
    actions: [
      { id: "first", change: { ...start, ...before, pin: { word: "the", keys: [] } } },
      { id: "second", change: { ...start, ...before, pin: { word: "the#2", keys: [] } } },
      {
        id: "swapped",
        change: { ...start, ...before, text: swappedText, pin: { word: "the", keys: [] } },
      },
    ],
    async facts(lab) {
      const seen = await lab.see(articleText);
      const { row: first } = await lab.row(articleText, before, "the");
      const { row: second } = await lab.row(articleText, before, "the#2");
      const apart = first.reduce((sum, weight, key) => sum + Math.abs(weight - second[key]!), 0);
      const alike = await lab.model.alike(
        { run: seen.run, tokens: [tokenNamed("the", articleText, seen.queries)] },
        { run: seen.run, tokens: [tokenNamed("the#2", articleText, seen.queries)] },
      );
      return { alike: alike[0]!, elsewhere: apart / 2, width: lab.model.said.width };
    },
    holds: ({ alike, elsewhere }) => number(alike) < 0.999 && number(elsewhere) > 0.5,
  },
  {
    id: "product",
    setup: start,
    actions: [],
    async facts(lab) {
      const seen = await lab.see(articleText);
      const query = tokenNamed("it", articleText, seen.queries);
      const { steps } = await lab.model.explain(seen.run, { head: "L3H1", word: query });
      const sum = steps
        .find(({ id }) => id === "query")
        ?.values.find((value) => value.kind === "sum");
      const terms = sum?.terms ?? [];
      const added = terms.reduce((total, { value }) => total + value, 0);
      return {
        terms: lab.model.said.width,
        numbers: lab.model.said.headWidth,
        total: sum?.total ?? Number.NaN,
        added,
      };
    },
    holds: ({ total, added }) => Math.abs(number(total) - number(added)) < 1e-3,
  },
  {
    id: "key",
    setup: start,
    actions: [
      { id: "exchange", change: { ...start, changes: [keyOfMat] } },
      { id: "back", change: start },
    ],
    async facts(lab) {
      const [before, mat] = await lab.looks(articleText, choosing, "it", ["cat", "mat"]);
      const [after] = await lab.looks(articleText, choosing, "it", ["cat"], [keyOfMat]);
      return { before: before!, after: after!, mat: mat! };
    },
    holds: ({ before, after }) => number(after) < number(before) / 1.5,
  },
  {
    id: "softmax",
    setup: start,
    actions: [],
    async facts(lab) {
      const { cat, scaled } = await scalesOf(lab);
      const width = lab.model.said.headWidth;
      return { without: cat, with: scaled, width, root: Math.sqrt(width) };
    },
    holds: (facts) => number(facts.without) > number(facts.with) + 0.2,
  },
  {
    id: "value",
    setup: start,
    actions: [
      { id: "exchange", change: { ...start, changes: [valueOfMat] } },
      { id: "back", change: start },
    ],
    async facts(lab) {
      const [before] = await lab.looks(articleText, choosing, "it", ["cat"]);
      const [after] = await lab.looks(articleText, choosing, "it", ["cat"], [valueOfMat]);
      const { stations: stops } = await lab.model.effect(
        { input: articleText, changes: [valueOfMat] },
        { word: tokenNamed("it", articleText, (await lab.see(articleText)).queries), controls: 0 },
      );
      return { before: before!, after: after!, attention: stops[0]?.cosine ?? Number.NaN };
    },
    holds: ({ before, after, attention }) =>
      Math.abs(number(before) - number(after)) < 1e-4 && number(attention) < 0.98,
  },
  {
    id: "heads",
    setup: { ...start, layer: 0, head: 0 },
    actions: [],
    async facts(lab) {
      const seen = await lab.see(articleText);
      const best = habits.map((habit) => bestHead(seen, habit));
      const names = best.map(({ layer, head }) => `L${layer}H${head}`);
      const [previous, special, cat] = best.map(({ share }) => share);
      return {
        ...{ previous: previous!, special: special!, cat: cat! },
        ...{ previousHead: names[0]!, specialHead: names[1]!, catHead: names[2]! },
      };
    },
    holds: ({ previous, special, cat }) =>
      number(previous) > 0.5 && number(special) > 0.5 && number(cat) > 0.5,
  },
  {
    id: "far",
    setup: start,
    actions: [
      { id: "near", change: start },
      { id: "far", change: { ...start, text: farText } },
    ],
    async facts(lab) {
      const [cat, mat] = await lab.looks(farText, choosing, "it", ["cat", "mat"]);
      const [river, money] = [await lab.see(riverText), await lab.see(moneyText)];
      const alike = await lab.model.alike(
        { run: river.run, tokens: [tokenNamed("bank", riverText, river.queries)] },
        { run: money.run, tokens: [tokenNamed("bank", moneyText, money.queries)] },
      );
      return { cat: cat!, mat: mat!, first: alike[0]!, last: alike.at(-1)! };
    },
    holds: ({ cat, mat, first, last }) =>
      number(cat) > number(mat) && number(last) < number(first) - 0.05,
  },
  {
    id: "effect",
    setup: start,
    actions: [
      { id: "cut", change: { ...start, changes: [cutLink] } },
      { id: "silence", change: { ...start, ...everyone, changes: [silenceEveryone] } },
      { id: "scramble", change: { ...start, changes: [scramble] } },
      { id: "back", change: start },
    ],
    async facts(lab) {
      const { row } = await lab.row(articleText, choosing, "it");
      const scrambled = await lab.row(articleText, choosing, "it", [scramble]);
      return {
        cut: await lab.alikeAfter(articleText, "it", [cutLink]),
        silence: await lab.alikeAfter(articleText, "it", [silenceEveryone]),
        learned: Math.max(...row),
        random: Math.max(...scrambled.row),
        even: 1 / row.length,
      };
    },
    holds: ({ cut, silence, learned, random, even }) =>
      number(cut) > 0.999 &&
      number(silence) < 0.95 &&
      number(random) < number(learned) / 2 &&
      number(random) < 3 * number(even),
  },
];

/** What a head does for most words of a text: the share that goes there on average. */
export const habits = ["previous", "special", "cat"] as const;
export type Habit = (typeof habits)[number];

/** How much a head has of a habit: the mean over the words of what they give the word before, the first token, or the cat. */
export function habitOf(seen: Seen, { layer, head }: HeadAddress, habit: Habit): number {
  const T = seen.queries.length;
  const words = [...seen.queries.keys()].filter((query) => !seen.queries[query]!.isSpecial);
  const cat = seen.keys.findIndex(({ text }) => text.toLowerCase() === "cat");
  const asked = words.filter((query) => (habit === "cat" ? query !== cat : query > words[0]!));
  const key = (query: number) => (habit === "previous" ? query - 1 : habit === "special" ? 0 : cat);
  const weights = seen.weights?.[layer];
  // Another sentence may have no cat.
  if (!weights || asked.length === 0 || (habit === "cat" && cat < 0)) return Number.NaN;
  const sum = asked.reduce(
    (total, query) => total + weights[(head * T + query) * T + key(query)]!,
    0,
  );
  return sum / asked.length;
}

/** The head that has most of a habit. */
export function bestHead(seen: Seen, habit: Habit): HeadAddress & { readonly share: number } {
  let best = { layer: 0, head: 0, share: -1 };
  for (let layer = 0; layer < seen.layers; layer++)
    for (let head = 0; head < seen.heads; head++) {
      const share = habitOf(seen, { layer, head }, habit);
      if (share > best.share) best = { layer, head, share };
    }
  return best;
}

/** The cat's weight as it is, and as it would be without ÷ √d. */
async function scalesOf(lab: Lab): Promise<{ cat: number; scaled: number }> {
  const seen = await lab.see(articleText);
  const [query, cat] = ["it", "cat"].map((word) => tokenNamed(word, articleText, seen.queries));
  const { steps } = await lab.model.explain(seen.run, { head: "L3H1", word: query!, to: cat! });
  const table = steps
    .find(({ id }) => id === "scaled")
    ?.values.find((value) => value.kind === "table");
  const row = table?.rows.findIndex(({ role }) => role === "target") ?? -1;
  const inColumn = (title: string) =>
    table?.columns.find((column) => column.title === title)?.values[row] ?? Number.NaN;
  return { cat: inColumn("without"), scaled: inColumn("weight") };
}
