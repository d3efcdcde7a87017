import { makeRandom } from "../../src/tasks/sampling.ts";
import type { Tokenizer } from "../../src/tokens/tokenizer.ts";
import { type Batch, batchOf, type Example, type Random } from "../../src/training/index.ts";
import { textIds } from "../../src/training/text-tokenizer.ts";
import { type Story, type StoryOptions, tellStory } from "./story.ts";

/** How much an answer's tokens count beside the others: they are few, and what the stories are about. */
const answerWeight = 8;

/** Stories of a batch; those that are held out are told from numbers of their own. */
export function storiesOf(seed: number, number: number, count: number, options: StoryOptions = {}) {
  const random = makeRandom(seed, 2 * number + (options.isHeldOut ? 1 : 0));
  return Array.from({ length: count }, () => tellStory(random, options));
}

/** A story as ids with the end behind it; its answers are what is counted as right or wrong. */
export function storyExample(tokenizer: Tokenizer, story: Story, longest: number): Example {
  const ids: number[] = [];
  const answered: boolean[] = [];
  for (const [n, sentence] of story.sentences.entries()) {
    const own = tokenizer.encode(n === 0 ? sentence : ` ${sentence}`).ids;
    ids.push(...own);
    answered.push(...own.map(() => story.answers.includes(n)));
  }
  const targets = [...ids.slice(1), textIds.end].slice(0, longest);
  const isAnswer = (place: number) => answered[place + 1] === true;
  return {
    ids: ids.slice(0, longest),
    targets,
    weights: targets.map((_, place) => (isAnswer(place) ? answerWeight : 1)),
    answers: [...targets.keys()].filter(isAnswer),
  };
}

export function storyBatch(
  tokenizer: Tokenizer,
  stories: readonly Story[],
  longest: number,
): Batch {
  return batchOf(
    stories.map((story) => storyExample(tokenizer, story, longest)),
    textIds.padding,
  );
}

export type { Random };
