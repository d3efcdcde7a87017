import { expect, test } from "vitest";
import type { Seen } from "../../src/explore/questions.ts";
import { pinnedWith } from "../../web/panels/steps/pinned.ts";
import { sameQuestion, stepsQuestion } from "../../web/panels/steps/question.ts";
import { firstState } from "../../web/state/state.ts";

const token = { text: "a", isSpecial: false, start: 0, end: 1 };
const tokens = Array.from({ length: 13 }, () => token);
const seen = { run: 3, queries: tokens, keys: tokens, layers: 6, heads: 12 } as unknown as Seen;

test("the question of a state names the word, the head and the pinned keys that are there", () => {
  const head = { layer: 3, head: 1 };
  expect(stepsQuestion(firstState, seen)).toEqual({ run: 3, head, word: 8, to: 2, against: 6 });
  expect(stepsQuestion({ ...firstState, keys: [2] }, seen)).toEqual({
    run: 3,
    head,
    word: 8,
    to: 2,
  });
  expect(stepsQuestion({ ...firstState, keys: [20, 6] }, seen)).toEqual({
    run: 3,
    head,
    word: 8,
    to: 6,
  });
});

test("words and heads that the run has not are not asked for", () => {
  for (const change of [{ query: 13 }, { layer: 6 }, { head: 12 }])
    expect(stepsQuestion({ ...firstState, ...change }, seen)).toBeUndefined();
});

test("a question is the same where all it names is", () => {
  const question = stepsQuestion(firstState, seen)!;
  expect(sameQuestion(question, stepsQuestion(firstState, seen)!)).toBe(true);
  for (const other of [
    { ...question, run: 4 },
    { ...question, word: 9 },
    { ...question, to: 3 },
    { ...question, against: undefined },
    { ...question, head: { layer: 2, head: 1 } },
    { ...question, head: { layer: 3, head: 2 } },
  ])
    expect(sameQuestion(question, other)).toBe(false);
});

test("a tap pins another key beside the first; the second changes places with it", () => {
  const pinned = {
    target: { token: 2, text: "cat" },
    against: { token: 6, text: "mat" },
  };
  expect(pinnedWith(10, pinned)).toEqual([2, 10]);
  expect(pinnedWith(6, pinned)).toEqual([6, 2]);
  expect(pinnedWith(2, pinned)).toEqual([2, 6]);
  expect(pinnedWith(2, { ...pinned, against: undefined })).toEqual([2]);
});
