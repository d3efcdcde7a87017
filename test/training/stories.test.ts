import { expect, test } from "vitest";
import { meanWeights } from "../../scripts/stories/mean-weights.ts";
import { firstWrong, sentencesOf, tellSentence } from "../../scripts/stories/sentences.ts";
import { newState } from "../../scripts/stories/state.ts";
import { storyText, tellStory } from "../../scripts/stories/story.ts";
import { isHeldOut } from "../../scripts/stories/words.ts";
import { encodeSafetensors, namedBytes } from "../../src/checkpoint/safetensors.ts";
import { makeRandom } from "../../src/tasks/sampling.ts";

const stories = Array.from({ length: 300 }, (_, seed) => tellStory(makeRandom(seed)));
const lessons = Array.from({ length: 100 }, (_, seed) =>
  tellStory(makeRandom(seed), { isLesson: true }),
);

test("every story and lesson is of the grammar, and true from its first sentence to its last", () => {
  for (const story of [...stories, ...lessons]) {
    expect(sentencesOf(storyText(story))).toEqual(story.sentences);
    expect(firstWrong(storyText(story))).toBeUndefined();
  }
});

test("the same numbers tell the same story, others another", () => {
  expect(tellStory(makeRandom(7))).toEqual(stories[7]);
  expect(new Set(stories.map(storyText)).size).toBe(stories.length);
});

test("a lesson asks everything at its end, of several who could be the answer", () => {
  for (const { sentences, answers } of lessons) {
    const asked = sentences.filter((sentence) => sentence.endsWith("?"));
    expect(asked.length).toBeGreaterThanOrEqual(3);
    expect(new Set(asked).size).toBe(asked.length);
    expect(sentences.at(-2 * asked.length - 1)).toBe(asked[0]);
    expect(answers.at(-1)).toBe(sentences.length - 2);
    const who = new Set(
      sentences.flatMap(
        (one) => one.match(/^(?:The )?\w+(?= (?:was|sat|lay|slept|stood|rested|waited) )/) ?? [],
      ),
    );
    expect(who.size).toBeGreaterThanOrEqual(2);
  }
});

test("what is held out stands in held-out stories alone", () => {
  const pairs = (text: string) =>
    [...text.matchAll(/The (\w+) \w+ on the (\w+) because/g)].map((match) => [
      match[1]!,
      match[2]!,
    ]);
  for (const story of stories)
    for (const [kind, thing] of pairs(storyText(story)))
      expect(isHeldOut(kind!, thing!)).toBe(false);
  const apart = tellStory(makeRandom(1), { isHeldOut: true, events: 12 });
  expect(pairs(storyText(apart)).length).toBeGreaterThan(0);
  for (const [kind, thing] of pairs(storyText(apart))) expect(isHeldOut(kind!, thing!)).toBe(true);
});

test.each([
  ["Mia gave the ball to Tom.", "Mia has no ball"],
  ["Tom gave the ball to Mia.", undefined],
  ["Mia went to the garden.", "there already"],
  ["The cat sat on the mat because it was tired.", undefined],
  ["The wolf sat on the mat because it was tired.", "no one wolf"],
  ["Mia sang a song.", "no sentence of the stories"],
  ["Who had the ball? Mia had the ball.", "the answer is: Tom had the ball."],
  ["Who had the ball? Tom had the ball.", undefined],
  ["What colour was the ball? The ball was red.", undefined],
  ["Who was tired?", "nobody told of that"],
  ["Where was Mia? The end.", "the answer is: Mia was in the garden."],
])("%s: %s", (text, wrong) => {
  const state = newState();
  const before =
    "Mia was a small grey cat. Tom was a big brown dog. Mia was in the garden. Tom was in the garden. Tom found a red ball in the garden.";
  for (const sentence of sentencesOf(before)) expect(tellSentence(state, sentence)).toBeUndefined();
  const found = sentencesOf(text).map((sentence) => tellSentence(state, sentence));
  const last = found.find((one) => one !== undefined);
  if (wrong === undefined) expect(last).toBeUndefined();
  else expect(last).toContain(wrong);
});

test("the mean of weights is each number's, tensor by tensor", () => {
  const of = (a: number[], b: number[]) =>
    encodeSafetensors({
      a: namedBytes([a.length], Float32Array.from(a)),
      b: namedBytes([b.length], Float32Array.from(b)),
    });
  const mean = meanWeights([of([1, 2], [-4]), of([3, 6], [0]), of([5, 1], [1])]);
  expect(mean).toEqual(of([3, 3], [-1]));
  // As files are read: a part of memory that holds more.
  const buffers = [of([1, 2], [3]), of([3, 4], [5])].map((bytes) => Buffer.from([...bytes]));
  expect(meanWeights(buffers)).toEqual(of([2, 3], [4]));
});
