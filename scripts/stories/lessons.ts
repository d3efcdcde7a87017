import { makeRandom } from "../../src/tasks/sampling.ts";
import type { Tokenizer } from "../../src/tokens/tokenizer.ts";
import { type Batch, batchOf, type Example, type Random } from "../../src/training/index.ts";
import { textIds } from "../../src/training/text-tokenizer.ts";
import { type Story, type StoryOptions, tellStory } from "./story.ts";
import { places } from "./words.ts";

/** How much the tokens count that a question asks for, and what is repeated of a call, beside the others: they are few, and what the stories are about. */
const [askedWeight, repeatedWeight] = [20, 2];

/** A sentence that must say where somebody is, as it was told before. */
const placed = /^\w+ (?:found|left) .* (?:in|by|on|at) the \w+\.$/;

/** What of a story counts beside what it asks and repeats. */
export interface CountedOptions {
  /** The place too where somebody finds or leaves something, as much as an answer's. */
  readonly places?: boolean;
  /** How much what is repeated of a call counts. */
  readonly repeated?: number;
}

/** Stories of a batch; those that are held out are told from numbers of their own. */
export function storiesOf(seed: number, number: number, count: number, options: StoryOptions = {}) {
  const random = makeRandom(seed, 2 * number + (options.isHeldOut ? 1 : 0));
  return Array.from({ length: count }, () => tellStory(random, options));
}

/** A story as ids with the end behind it; counted as right or wrong is what an answer has and its question has not, and what repeats a call. */
export function storyExample(
  tokenizer: Tokenizer,
  story: Story,
  longest: number,
  { places: arePlacesCounted = false, repeated = repeatedWeight }: CountedOptions = {},
): Example {
  const ids: number[] = [];
  const weights: number[] = [];
  let before: readonly number[] = [];
  for (const [n, sentence] of story.sentences.entries()) {
    const text = n === 0 ? sentence : ` ${sentence}`;
    const { ids: own, tokens } = tokenizer.encode(text);
    ids.push(...own);
    const isAnswer = story.answers.includes(n);
    const isAsked = isAnswer && story.sentences[n - 1]!.endsWith("?");
    // Where a repetition begins nobody can know; how it goes on, anybody who looks.
    const isPlaced = arePlacesCounted && placed.test(sentence);
    const second = text.indexOf(" ", text.indexOf(": ") + 2);
    weights.push(
      ...own.map((id, place) => {
        if (isAsked && !before.includes(id)) return askedWeight;
        // The preposition and the place: "in", "the", "garden", ".".
        if (isPlaced && [4, 2].includes(own.length - place)) return askedWeight;
        return isAnswer && !isAsked && tokens[place]!.start >= second ? repeated : 1;
      }),
    );
    before = own;
  }
  const targets = [...ids.slice(1), textIds.end].slice(0, longest);
  const weightAt = (place: number) => weights[place + 1] ?? 1;
  return {
    ids: ids.slice(0, longest),
    targets,
    weights: targets.map((_, place) => weightAt(place)),
    answers: [...targets.keys()].filter((place) => weightAt(place) > 1),
  };
}

export function storyBatch(
  tokenizer: Tokenizer,
  stories: readonly Story[],
  longest: number,
  counted?: CountedOptions,
): Batch {
  return batchOf(
    stories.map((story) => storyExample(tokenizer, story, longest, counted)),
    textIds.padding,
  );
}

/** Stories of which nothing counts but the place that answers "Where was …?", by how many places were told of before: from two to five, and more. */
export function placeQuestions(
  tokenizer: Tokenizer,
  stories: readonly Story[],
  longest: number,
): (readonly [count: string, Batch])[] {
  const found = new Map<number, Example[]>();
  for (const story of stories) {
    const { ids, targets } = storyExample(tokenizer, story, longest);
    const told = new Set<string>();
    const answers = new Map<number, number[]>();
    let end = 0;
    for (const [n, sentence] of story.sentences.entries()) {
      end += tokenizer.encode(n === 0 ? sentence : ` ${sentence}`).ids.length;
      for (const place of places.keys()) if (sentence.includes(` the ${place}`)) told.add(place);
      const isWhere = story.answers.includes(n) && story.sentences[n - 1]!.startsWith("Where");
      const count = Math.min(5, told.size);
      // The place stands before the full stop, and is what the word before it has to say.
      if (isWhere && count > 1 && end - 3 < targets.length)
        answers.set(count, [...(answers.get(count) ?? []), end - 3]);
    }
    for (const [count, own] of answers) {
      const weights = targets.map((_, place) => (own.includes(place) ? 1 : 0));
      const example = { ids, targets, weights, answers: own };
      found.set(count, [...(found.get(count) ?? []), example]);
    }
  }
  return [...found]
    .toSorted(([one], [other]) => one - other)
    .map(([count, examples]) => [
      count === 5 ? "5 or more" : String(count),
      batchOf(examples, textIds.padding),
    ]);
}

export type { Random };
