import { expect, test } from "vitest";
import { makeRandom } from "../../tasks/sampling.ts";
import { createTokenizer } from "../../tokens/tokenizer.ts";
import { taskBatch, taskModel } from "../train-task.ts";
import { wordTokenizer } from "../word-tokenizer.ts";
import type { TrainingTask } from "./task.ts";
import { trainingTasks } from "./tasks.ts";
import { isHeldOutPair, isHeldOutPattern, tinySentence, tinyWorld } from "./tiny-world.ts";

function tokenizerOf(task: TrainingTask) {
  const files = wordTokenizer(task.words);
  const parsed = (name: string) => JSON.parse(new TextDecoder().decode(files[name]!));
  return createTokenizer({
    tokenizerJson: parsed("tokenizer.json"),
    tokenizerConfig: parsed("tokenizer_config.json"),
  });
}

const each = trainingTasks.flatMap((task) =>
  task.families.map((family) => [task, family] as const),
);

test.each(each.map(([task, family]) => [task.name, family, task] as const))(
  "%s as %s: examples are the same from the same seed, and fit their model",
  async (_, family, task) => {
    const asked = { family, seed: 3, number: 5, count: 6 };
    expect(taskBatch(task, asked)).toEqual(taskBatch(task, asked));
    expect(taskBatch(task, asked)).not.toEqual(taskBatch(task, { ...asked, seed: 4 }));
    const { input, targets, weights, answers } = taskBatch(task, { ...asked, split: "held out" });
    const ids = (input.ids as number[][]).flat();
    expect(Math.max(...ids, ...targets)).toBeLessThan(5 + task.words.length);
    expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 5);
    expect(answers.length).toBeGreaterThan(5);
    expect(answers.every((place) => targets[place]! >= 5)).toBe(true);
    expect((input.ids as number[][])[0]!.length).toBeLessThanOrEqual(task.recipe.positions);
    const files = await taskModel(task, { shape: { family }, seed: 1 });
    expect(Object.keys(files).sort()).toEqual([
      "config.json",
      "model.safetensors",
      "tokenizer.json",
      "tokenizer_config.json",
    ]);
  },
);

test.each(trainingTasks.map((task) => [task.name, task] as const))(
  "%s: its tokenizer has a token for each word, and its probes are whole",
  (_, task) => {
    const tokenizer = tokenizerOf(task);
    expect(tokenizer.vocabularySize).toBe(5 + task.words.length);
    for (const { text, links = [] } of task.probes) {
      const { tokens } = tokenizer.encode(text);
      expect(tokens.map(({ text }) => text)).toEqual(text.split(" "));
      for (const { query, key } of links) expect(Math.max(query, key)).toBeLessThan(tokens.length);
    }
  },
);

test("the world: what is held out stands in nothing that is learned from", () => {
  const random = makeRandom(1);
  const nouns = new Set<string>();
  let newPatterns = 0;
  for (let n = 0; n < 800; n++) {
    const learned = tinySentence(random, "learned");
    expect(isHeldOutPair(learned.animal, learned.thing)).toBe(false);
    const apart = tinySentence(random, "held out");
    expect(isHeldOutPair(apart.animal, apart.thing)).toBe(true);
    nouns.add(learned.animal).add(learned.thing);
    for (const { words, noun, it, adjective } of [learned, apart]) {
      expect(words[it]).toBe("it");
      expect(words.filter((word) => word === noun).length).toBe(1);
      const isFeeling = tinyWorld.feelings.includes(adjective);
      expect(tinyWorld.animals.includes(noun)).toBe(isFeeling);
    }
    const pattern = patternOf(apart.words);
    expect(isHeldOutPattern(patternOf(learned.words), learned.adjective)).toBe(false);
    if (isHeldOutPattern(pattern, apart.adjective)) newPatterns += 1;
  }
  expect(nouns.size).toBe(tinyWorld.animals.length + tinyWorld.things.length);
  expect(newPatterns).toBeGreaterThan(300);
});

/** The order of a sentence, told by its first words. */
function patternOf(words: readonly string[]): number {
  if (words[0] === "because") return 1;
  if (words[0] === "it") return 4;
  if (words[0] !== "the") return 2;
  return words.includes("where") ? 3 : 0;
}

test("the article's sentence: tired is the cat, dirty the mat", () => {
  const [world] = trainingTasks;
  const [tired, dirty] = world!.probes;
  const keys = (probe: typeof tired) => probe!.links!.map(({ key }) => probe!.text.split(" ")[key]);
  expect(keys(tired)).toEqual(["cat", "cat"]);
  expect(keys(dirty)).toEqual(["mat", "mat"]);
});
