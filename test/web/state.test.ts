import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Seen } from "../../src/explore/questions.ts";
import { isPlacedBy, linkedState } from "../../web/app/linked.ts";
import { addressOf, readAddress } from "../../web/state/address.ts";
import { noHistory, redone, remembered, undone } from "../../web/state/history.ts";
import { beyond, reduce, settled } from "../../web/state/reduce.ts";
import { firstState, panels, type State, trainingNames } from "../../web/state/state.ts";
import { quizSetup } from "../../web/tour/quiz.ts";
import { english } from "../../web/words/en.ts";

const changes = [
  { kind: "cut", query: 8, key: 2, heads: ["L3H1"] },
  { kind: "ablateHeads", heads: ["L5H11"], by: "zero" },
] as const;

const token = fc.integer({ min: 0, max: 500 });
const states: fc.Arbitrary<State> = fc.record({
  model: fc.constantFrom(
    { kind: "embedded" } as const,
    { kind: "hub", id: "owner/a.name-1", revision: undefined } as const,
    { kind: "hub", id: "gpt2", revision: "refs/pr/1" } as const,
    { kind: "files", name: "<b> my & folder" } as const,
  ),
  text: fc.string({ unit: "binary", maxLength: 60 }),
  other: fc.option(fc.string({ unit: "grapheme", maxLength: 20 }), { nil: undefined }),
  layer: fc.integer({ min: 0, max: 40 }),
  head: fc.integer({ min: 0, max: 40 }),
  query: token,
  keys: fc.uniqueArray(token, { maxLength: 2 }),
  changes: fc.constantFrom([], changes),
  panel: fc.option(fc.constantFrom(...panels), { nil: undefined }),
  training: fc.option(
    fc.record({ task: fc.constantFrom(...trainingNames), seed: fc.nat({ max: 999_999_999 }) }),
    { nil: undefined },
  ),
  step: fc.option(fc.constantFrom("softmax", "guess"), { nil: undefined }),
  notation: fc.constantFrom("rows", "columns"),
  countsFromOne: fc.boolean(),
  language: fc.constantFrom("en", "zh"),
  theme: fc.option(fc.constantFrom("light", "dark"), { nil: undefined }),
  presents: fc.boolean(),
});

/** Lone surrogates are no text that an address can carry. */
const wellFormed = (state: State) =>
  [state.text, state.other ?? ""].every((text) => !/\p{Surrogate}/u.test(text));

describe("an address", () => {
  test("brings back the state it was made of", () => {
    fc.assert(
      fc.property(states.filter(wellFormed), (state) => {
        const { change, unread } = readAddress(`#${addressOf(state, "1.2.3")}`);
        expect(unread).toEqual([]);
        expect({ ...firstState, ...change }).toEqual({ ...firstState, ...state });
      }),
    );
  });

  test("of the first state is empty, and says its version otherwise", () => {
    expect(addressOf(firstState, "1.2.3")).toBe("");
    expect(readAddress(addressOf({ ...firstState, head: 2 }, "1.2.3")).version).toBe("1.2.3");
  });

  test("of another model names its head and words, though the first state has the same", () => {
    const model = { kind: "hub", id: "owner/name" } as const;
    const { change } = readAddress(addressOf({ ...firstState, model }, "1"));
    const { layer, head, query, keys } = firstState;
    expect(change).toEqual({ model, layer, head, query, keys });
    expect(isPlacedBy(change)).toBe(true);
  });

  test("that holds anything else is read as far as it can be, and says what was left out", () => {
    const { change, unread } = readAddress(
      "#head=5&word=-1&keys=1,2,3&panel=settings&changes=x&text=a&model=../x&from=7",
    );
    expect(change).toEqual({ text: "a" });
    expect(unread.map(({ part }) => part).sort()).toEqual(
      ["changes", "from", "head", "keys", "model", "panel", "word"].sort(),
    );
    const rules = new Map(unread.map(({ part, ...why }) => [part, why]));
    expect(rules.get("head")).toMatchObject({ rule: "head" });
    expect(rules.get("panel")!.values).toContain("steps");
    expect(rules.get("changes")!.values![0]).toMatch(/\w/);
    const values = (text: string) => text.includes("{values}");
    for (const { rule, values: named } of rules.values())
      expect(values(english.first.linkRules[rule]), rule).toBe(named !== undefined);
    fc.assert(
      fc.property(fc.string({ maxLength: 80 }), (hash) => {
        expect(() => readAddress(hash)).not.toThrow();
      }),
    );
  });
});

describe("a link", () => {
  const reader = { language: "de", theme: "dark" } as const;
  const here: State = {
    ...firstState,
    ...reader,
    text: "another text",
    layer: 5,
    query: 1,
    keys: [0],
    changes,
    panel: "change",
    step: "map",
    other: "a second text",
    written: "words",
  };

  test("brings all of its state, whatever was on screen; language and colours stay where it names none", () => {
    const { change } = readAddress(addressOf({ ...firstState, head: 2 }, "1"));
    const { theme, language, ...state } = { ...here, ...linkedState(change, here) };
    expect({ theme, language }).toEqual(reader);
    const { language: _, ...first } = firstState;
    expect(state).toEqual({ ...first, head: 2 });
    expect(linkedState({ language: "es" }, here)).toMatchObject({ language: "es", theme: "dark" });
  });

  test("to a stop of the tour without a text begins as the stop does, and one that was copied keeps its text", () => {
    const stop = { panel: "learn", step: "quiz" } as const;
    expect(linkedState(stop, here)).toMatchObject({ ...quizSetup, ...stop });
    expect(linkedState({ ...stop, step: "place" }, here)).toMatchObject({ layer: 0, head: 2 });
    const copied = readAddress(addressOf({ ...firstState, ...stop }, "1")).change;
    expect(linkedState(copied, here)).toMatchObject({ text: firstState.text, ...stop });
  });

  test("says where its model is looked at, or leaves that to the model", () => {
    const model = { kind: "stories" } as const;
    expect([{}, { model }, { model, layer: 0 }, { model, query: 0 }].map(isPlacedBy)).toEqual([
      true,
      false,
      true,
      true,
    ]);
  });
});

/** A run of words, four layers of three heads. */
function seenOf(text: string): Seen {
  let end = 0;
  const queries = text.split(" ").map((word, index) => {
    const start = text.indexOf(word, end);
    end = start + word.length;
    return { text: word, isSpecial: false, word: index, start, end };
  });
  return {
    run: 1,
    queries,
    keys: queries,
    isSelf: true,
    isCausal: false,
    layers: 4,
    heads: 3,
    start: { query: 0, key: 1, layer: 1, head: 1 },
    warnings: [],
    milliseconds: 1,
  };
}

describe("a state", () => {
  const state: State = {
    ...firstState,
    text: "a cat sat there",
    layer: 1,
    head: 1,
    query: 2,
    keys: [1],
  };

  test("pins two keys at most, none twice, and stays within its run", () => {
    const seen = seenOf(state.text);
    expect(reduce(state, { keys: [1, 1, 3, 0] }, seen).keys).toEqual([1, 3]);
    expect(reduce(state, { query: 4 }, seen).query).toBe(2);
    expect(reduce(state, { layer: 4 }, seen)).toMatchObject({ layer: 1, head: 1 });
    expect(reduce({ ...state, panel: "steps", step: "query" }, { panel: "learn" }).step).toBe(
      undefined,
    );
  });

  test("of a link that names what its run does not have says which", () => {
    const seen = { ...seenOf(state.text), headsOf: [3, 3, 3, 2] };
    expect(beyond({}, seen)).toEqual([]);
    expect(beyond({ layer: 2, head: 2, query: 3, keys: [3] }, seen)).toEqual([]);
    expect(beyond({ layer: 3, head: 2 }, seen)).toEqual(["head=L3H2"]);
    expect(beyond({ layer: 4, head: 0, query: 4, keys: [1, 9] }, seen)).toEqual([
      "head=L4H0",
      "word=4",
      "keys=9",
    ]);
  });

  test("follows its words to another text", () => {
    const [before, after] = [seenOf("a cat sat there"), seenOf("a big old cat sat there")];
    expect(
      settled(
        { ...state, text: "a big old cat sat there" },
        { seen: before, text: state.text },
        after,
      ),
    ).toMatchObject({
      query: 4,
      keys: [3],
    });
    expect(
      settled(state, { seen: before, text: "a cat sat here" }, seenOf("a dog sat there")),
    ).toMatchObject({
      query: 2,
      keys: [1],
    });
    expect(settled(state, undefined, seenOf("a b"))).toMatchObject({ query: 0, keys: [1] });
  });

  test("over another model keeps its words by their place in the text, and takes the head it begins with", () => {
    const before = { seen: seenOf(state.text), text: state.text, isOtherModel: true };
    const pieces = seenOf(state.text);
    const [, cat] = pieces.queries;
    const queries = [
      ...pieces.queries.slice(0, 1),
      { ...cat!, text: "c", end: cat!.start + 1 },
      { ...cat!, text: "at", start: cat!.start + 1 },
      ...pieces.queries.slice(2),
    ];
    const seen = { ...pieces, queries, keys: queries, start: { ...pieces.start, head: 2 } };
    expect(settled({ ...state, head: 0 }, before, seen)).toMatchObject({
      layer: 1,
      head: 2,
      query: 3,
      keys: [1],
    });
    // A blank that is a token of its own says nothing of the word behind it.
    const [there] = pieces.queries.slice(-1);
    const blanks = [...pieces.queries.slice(0, -1), { ...there!, text: "▁" }, there!];
    const apart = settled(state, before, { ...seen, queries: blanks, keys: blanks });
    expect(blanks[apart.query]!.text).toBe(pieces.queries[state.query]!.text);
    const asked = reduce(state, { model: { kind: "hub", id: "a/b" }, layer: 20 }, before.seen);
    expect(asked.layer).toBe(20);
  });

  test("pins words by name once their text has run", () => {
    const text = "the cat saw the dog";
    const asked = { ...state, text, pin: { word: "the#2", keys: ["Cat", "cow"] } };
    expect(settled(asked, undefined, seenOf(text))).toMatchObject({
      query: 3,
      keys: [1],
      pin: undefined,
    });
  });
});

test("what was changed is taken back and brought again, in order", () => {
  const [none, one, two]: readonly State["changes"][] = [[], [changes[0]], changes];
  const history = remembered(remembered(noHistory, none!), one!);
  const back = undone(history, two!)!;
  expect(back.changes).toBe(one);
  const first = undone(back.history, back.changes)!;
  expect(first.changes).toBe(none);
  expect(undone(first.history, first.changes)).toBeUndefined();
  expect(redone(first.history, first.changes)?.changes).toBe(one);
  expect(redone(history, two!)).toBeUndefined();
});
