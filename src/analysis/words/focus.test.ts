import { describe, expect, test } from "vitest";
import { chooseFocus, focusOn, looksOfWords, strongestLook } from "./focus.ts";
import { type WordWeights, wordOrder } from "./word-weights.ts";

interface Sparse {
  readonly [look: string]: number;
}

/** Words (special in brackets) and the weights that are not 0: { "L0H1 it cat": 0.7 }. */
function weightsOf(
  words: string,
  looks: Sparse,
  { isCausal = false, layers = 2, heads = 2 } = {},
): WordWeights {
  const texts = words.split(" ");
  const units = texts.map((text, index) => ({
    text,
    tokens: [index],
    isSpecial: text.startsWith("["),
  }));
  return {
    layers,
    heads,
    units,
    ...wordOrder(units),
    canLook: (query, key) => !isCausal || key <= query,
    weight: ({ layer, head }, query, key) =>
      looks[`L${layer}H${head} ${texts[query]} ${texts[key]}`] ?? 0,
  };
}

const sentence = "[CLS] the cat sat near a mat because it was tired [SEP]";
const [cls, , cat, sat, , , mat, because, it, was, tired, sep] = [...Array(12).keys()];
const looks: Sparse = {
  "L1H0 it cat": 0.7,
  "L1H0 it mat": 0.1,
  "L1H0 it [SEP]": 0.05,
  "L1H0 it [CLS]": 0.15,
  "L0H1 it cat": 0.4,
  "L0H1 it mat": 0.5,
  "L0H0 it was": 0.9,
  "L1H1 it because": 0.8,
  "L0H0 it because": 0.3,
  "L1H0 sat cat": 0.6,
  "L1H0 mat cat": 0.2,
  "L1H0 mat sat": 0.3,
  "L0H1 tired sat": 0.95,
};

test("behind a window, words that no head can see are not what a word looks at", () => {
  const near = weightsOf(sentence, { "L0H1 it because": 0.6, "L0H1 it was": 0.7 });
  expect(focusOn(near, it!).targets).toEqual([was, because]);
  expect(focusOn(near, it!).unranked).toEqual([]);
  const far = weightsOf(sentence, { "L1H0 it because": 0.6, "L0H1 it cat": 0.01 });
  expect(focusOn(far, it!).targets[0]).toBe(cat);
});

describe("the word to ask about", () => {
  test("is the last pronoun", () => {
    expect(chooseFocus(weightsOf(sentence, looks))).toBe(it);
    expect(chooseFocus(weightsOf("[CLS] He saw HER dog", {}))).toBe(3);
  });

  test("is the one that a model which reads forward writes on behind", () => {
    const cause = { isCausal: true };
    expect(chooseFocus(weightsOf("what did it eat ? the", {}, cause))).toBe(5);
    expect(chooseFocus(weightsOf("it ate the cat .", {}, cause))).toBe(0);
    // The article's sentence without its full stop is asked about "it" still.
    expect(chooseFocus(weightsOf("the cat sat because it was tired", {}, cause))).toBe(4);
    expect(chooseFocus(weightsOf("it sat . the cat", {}, cause))).toBe(4);
    expect(chooseFocus(weightsOf("it ate the cat", {}))).toBe(0);
  });

  test("is else the word with the strongest look at another far one", () => {
    const text = "the cat sat near a mat";
    const weights = weightsOf(text, {
      "L0H0 mat cat": 0.4,
      "L0H0 cat sat": 0.9,
      "L1H1 sat mat": 0.6,
    });
    expect(chooseFocus(weights)).toBe(2);
    expect(chooseFocus(weights, 0)).toBe(1);
  });

  test("is the only word of a text, pronoun or not; a text without words has none", () => {
    expect(chooseFocus(weightsOf("[CLS] it [SEP]", {}))).toBe(1);
    expect(() => chooseFocus(weightsOf("[CLS] [SEP]", {}))).toThrow(
      "the text has no words, only special tokens",
    );
  });
});

describe("what a word looks at", () => {
  const focus = focusOn(weightsOf(sentence, looks), it!);

  test("the ranking leaves out special tokens and near words, and leads with the strongest head", () => {
    expect(focus.targets).toEqual([cat, mat]);
    expect(focus.head).toEqual({ layer: 1, head: 0 });
    expect(focus.heads.map(({ layer, head, targets }) => [layer, head, ...targets])).toEqual([
      [1, 0, 0.7, 0.1],
      [0, 1, 0.4, 0.5],
      [0, 0, 0, 0],
      [1, 1, 0, 0],
    ]);
  });

  test("special tokens are summed; other words are averaged over those that are neither focus nor target", () => {
    expect(focus.heads[0]!.special).toBeCloseTo(0.2, 12);
    // Of the eight words besides "it" and "cat": "sat" 0.6 and "mat" 0.2.
    expect(focus.heads[0]!.others).toBeCloseTo(0.8 / 8, 12);
  });

  test("the mean is that of all heads", () => {
    expect(focus.mean.targets[0]).toBeCloseTo(1.1 / 4, 12);
    expect(focus.mean.targets[1]).toBeCloseTo(0.6 / 4, 12);
    expect(focus.mean.special).toBeCloseTo(0.2 / 4, 12);
    expect(focus.mean.others).toBeCloseTo(0.1 / 4, 12);
  });

  test("the habit of a head is the words whose strongest look is at the target", () => {
    const [habit] = focus.habits;
    expect(habit).toMatchObject({ layer: 1, head: 0, of: 9 });
    expect(habit!.units).toContain(sat);
    expect(habit!.units).toContain(it);
    expect(habit!.units).not.toContain(mat);
  });

  test("what was not ranked is listed, one head a word, strongest first", () => {
    expect(
      focus.unranked.map(({ layer, head, unit, weight }) => [layer, head, unit, weight]),
    ).toEqual([
      [0, 0, was, 0.9],
      [1, 1, because, 0.8],
      [0, 1, mat, 0.5],
      [0, 0, tired, 0],
    ]);
  });

  test("with near 0 they are ranked", () => {
    const all = focusOn(weightsOf(sentence, looks), it!, { near: 0 });
    expect(all.targets[0]).toBe(was);
    expect(all.head).toEqual({ layer: 0, head: 0 });
    expect(all.unranked).toEqual([]);
  });

  test("targets and head can be given", () => {
    const given = focusOn(weightsOf(sentence, looks), it!, {
      targets: [mat!, sat!],
      head: { layer: 1, head: 1 },
      count: 2,
    });
    expect(given.targets).toEqual([mat, sat]);
    expect(given.head).toEqual({ layer: 1, head: 1 });
    expect(given.heads.map(({ layer, head }) => [layer, head])).toEqual([
      [1, 1],
      [0, 1],
    ]);
  });

  test("a short text falls back on near words; one word has nothing to look at", () => {
    const look = { layer: 0, head: 1, unit: sat!, weight: 0 };
    const begun = focusOn(weightsOf(sentence, looks), it!, { look });
    expect([begun.head, begun.targets]).toEqual([{ layer: 0, head: 1 }, [sat, mat]]);
    expect(begun.heads[0]).toMatchObject({ layer: 0, head: 1 });
    const asked = focusOn(weightsOf(sentence, looks), it!, { look, targets: [cat!] });
    expect([asked.head, asked.targets]).toEqual([{ layer: 1, head: 0 }, [cat]]);

    const short = focusOn(weightsOf("[CLS] cat it [SEP]", { "L0H0 it cat": 0.3 }), 2);
    expect(short.targets).toEqual([1]);
    expect(short.unranked).toEqual([]);
    expect(() => focusOn(weightsOf("[CLS] it [SEP]", {}), 1)).toThrow(
      '"it" has no other word to look at. Give a longer text, or choose a later word with --word',
    );
  });

  test("in a causal model nobody looks ahead, and later words alone are the others", () => {
    const causal = weightsOf(
      sentence,
      { ...looks, "L0H0 it tired": 0.99, "L1H0 the cat": 0.9 },
      { isCausal: true },
    );
    const found = focusOn(causal, it!);
    expect(found.targets).toEqual([cat, mat]);
    expect(found.unranked.map(({ unit }) => unit)).not.toContain(tired);
    // "the" stands before "cat": sat, near, a, mat, because, was, tired are left.
    expect(found.heads[0]!.others).toBeCloseTo(0.8 / 7, 12);
    expect(found.habits[0]!.of).toBe(8);
    expect(() => focusOn(causal, 1)).toThrow('"the" has no other word to look at');
  });
});

describe("what every word looks at most", () => {
  test("near words are left out where there are others", () => {
    const weights = weightsOf(sentence, looks);
    expect(strongestLook(weights, it!, 2)).toEqual({ layer: 1, head: 0, unit: cat, weight: 0.7 });
    expect(strongestLook(weights, it!, 0)).toEqual({ layer: 0, head: 0, unit: was, weight: 0.9 });
    expect(strongestLook(weights, it!, 9)).toBeUndefined();
    const all = looksOfWords(weights);
    expect(all.map(({ unit }) => unit)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(all.find(({ unit }) => unit === tired)!.look).toEqual({
      layer: 0,
      head: 1,
      unit: sat,
      weight: 0.95,
    });
    expect(all.every(({ look }) => look.unit !== cls && look.unit !== sep)).toBe(true);
  });

  test("a word alone looks at nothing", () => {
    expect(looksOfWords(weightsOf("[CLS] cat [SEP]", {}))).toEqual([]);
    expect(
      looksOfWords(weightsOf("cat sat", { "L0H0 cat sat": 0.5 })).map(({ look }) => look.unit),
    ).toEqual([1, 0]);
  });
});

test("a long text takes a look at every pair once, not every triple", () => {
  let looked = 0;
  const weights = weightsOf(Array.from({ length: 120 }, (_, n) => `w${n}`).join(" "), {});
  looksOfWords({ ...weights, weight: () => ++looked / 1e9 });
  expect(looked).toBeLessThan(2 * 120 * 120 * 4);
});

describe("words that look at another text's", () => {
  const keys = weightsOf("the cat sat [SEP]", {});
  // (queries, keys), the same in every head.
  const rows = [
    [0.2, 0.2, 0.2, 0.4],
    [0.9, 0, 0, 0],
    [0, 0.8, 0.5, 0.1],
    [0, 0.4, 0, 0],
  ];
  const looked: WordWeights = {
    ...weightsOf("[CLS] le chat dort", {}),
    keys,
    distance: () => Number.POSITIVE_INFINITY,
    weight: (_, query, key) => rows[query]![key]!,
  };
  const places = [looked, keys].map(({ units }) => units.map(({ text }) => text));

  test("see every one of them: none is the word itself, none is near", () => {
    const chat = places[0]!.indexOf("chat");
    const { targets, heads, habits, mean } = focusOn(looked, chat);
    expect(targets.map((key) => places[1]![key])).toEqual(["cat", "sat"]);
    expect(heads[0]!.targets).toEqual([0.8, 0.5]);
    expect(heads[0]!.special).toBeCloseTo(0.1, 6);
    // "le" does not look at it, "dort" does.
    expect(mean.others).toBeCloseTo((0 + 0.4) / 2, 6);
    expect(habits[0]!.of).toBe(3);
    expect(habits[0]!.units.map((unit) => places[0]![unit])).toEqual(["chat", "dort"]);
  });

  test("each has its strongest look, at a word of the same place too", () => {
    const looks = looksOfWords(looked);
    expect(looks.map(({ unit, look }) => `${places[0]![unit]} ${places[1]![look.unit]}`)).toEqual([
      "le the",
      "chat cat",
      "dort cat",
    ]);
  });
});

describe("a word that heads rest on", () => {
  const text = "The cat sat on the mat because it";
  const rests: Sparse = {
    "L0H0 it The": 0.9,
    "L0H1 it The": 0.8,
    "L0H1 it cat": 0.2,
    "L0H0 sat The": 0.7,
    "L0H0 sat cat": 0.3,
    "L1H0 cat The": 1,
  };
  const weights = { ...weightsOf(text, rests, { isCausal: true }), rest: 0 };

  test("is not ranked, and counts with special tokens", () => {
    const focus = focusOn(weights, 7);
    expect(focus.targets[0]).toBe(1);
    expect(focus.heads[0]).toMatchObject({ layer: 0, head: 1, special: 0.8 });
    expect(strongestLook(weights, 7, 2)).toMatchObject({ layer: 0, head: 1, unit: 1 });
    const looks = looksOfWords(weights, 0).map(({ unit, look }) => [unit, look.unit]);
    expect(looks).toContainEqual([2, 1]);
  });

  test("is looked at where it is asked for, and where there is no other", () => {
    const focus = focusOn(weights, 7, { targets: [0] });
    expect(focus.targets).toEqual([0]);
    expect(focus.heads[0]).toMatchObject({ layer: 0, head: 0, targets: [0.9], special: 0 });
    expect(focusOn(weights, 1).targets).toEqual([0]);
  });
});
