import { idsOf, pick, pickSeveral, questionExample, type TrainingTask } from "./task.ts";

const letters = [..."abcdefghijklmnopqrstuvwxyz"];
const letterId = idsOf(letters);

/** Every place says the token before it: one head that looks one back is enough. */
export const previousToken: TrainingTask = {
  name: "previous",
  what: "say the token before",
  families: ["gpt2", "bert"],
  words: letters,
  recipe: { layers: 1, heads: 2, width: 32, positions: 32, steps: 300, batch: 32, rate: 5e-3 },
  chance: 1 / letters.length,
  guess: "one of 26 letters",
  patterns: ["previous"],
  probes: [{ text: "k x a m q r z b k t" }, { text: "h e e d" }],
  example(random) {
    const ids = Array.from({ length: 12 }, () => letterId(pick(random, letters)));
    return { ids, targets: [-1, ...ids.slice(0, -1)] };
  },
};

const [shortest, longest] = [4, 10];
const repeatedLength = 30;

/**
 * Letters that stand there several times: from the second time on each can be known from what came after it before (Olsson et al. 2022). How
 * many there are varies, so that no fixed distance does it.
 */
export const repeatedSequence: TrainingTask = {
  name: "repeat",
  what: "go on with letters that stand there once more",
  families: ["gpt2"],
  words: letters,
  recipe: { layers: 2, heads: 4, width: 64, positions: 32, steps: 1500, batch: 48, rate: 1.5e-3 },
  chance: 1 / shortest,
  guess: "one of the letters that stand there, at least 4",
  patterns: ["previous", "induction"],
  probes: [{ text: "q t f w a m q t f w a m" }, { text: "b z h k b z h k b z h k" }],
  example(random) {
    const count = shortest + Math.floor(random() * (longest - shortest + 1));
    const first = pickSeveral(random, letters, count).map(letterId);
    const ids = Array.from({ length: repeatedLength }, (_, place) => first[place % count]!);
    // The first letter of the second time nobody can know.
    const targets = ids.map((_, place) => (place < count ? -1 : (ids[place + 1] ?? -1)));
    return { ids, targets };
  },
};

const listed = 6;

/** Letters in a random order, then in that of the alphabet: each step looks for the next one. */
export const sorting: TrainingTask = {
  name: "sort",
  what: "put letters in order",
  families: ["gpt2", "t5"],
  words: [...letters, ":"],
  recipe: { layers: 2, heads: 4, width: 64, positions: 32, steps: 600, batch: 48, rate: 3e-3 },
  chance: 1 / listed,
  guess: `one of the ${listed} letters`,
  patterns: ["duplicate"],
  probes: [{ text: "q c x a m f : a c f m q x" }],
  example(random, _, family) {
    const given = pickSeveral(random, letters, listed);
    const question = { prompt: [...given, ":"], answer: [...given].sort() };
    return questionExample(question, family, idsOf(this.words));
  },
};
