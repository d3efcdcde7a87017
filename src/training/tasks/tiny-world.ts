import { InputError } from "../../errors/errors.ts";
import {
  idsOf,
  type Probe,
  pick,
  type Question,
  type QuestionForm,
  questionExample,
  type Random,
  type Split,
  type TrainingTask,
} from "./task.ts";

const words = (text: string): readonly string[] => text.split(" ");

/** Who can be tired, and what can be dirty: the whole knowledge of the world. */
export const tinyWorld = {
  animals: words("cat dog bird fox pig hen goat mouse rabbit bear horse duck sheep wolf frog owl"),
  things: words(
    "mat rug sofa chair bed box bench pillow basket blanket step table shelf stone log carpet",
  ),
  verbs: words("sat lay slept stood rested"),
  places: words("on by near"),
  /** What an animal is. */
  feelings: words("tired hungry sleepy thirsty happy afraid"),
  /** What a thing is. */
  states: words("dirty warm soft dry old broken"),
};

/** One sentence and what "it" means in it. */
export interface TinySentence {
  readonly words: readonly string[];
  readonly animal: string;
  readonly thing: string;
  readonly adjective: string;
  /** The noun that "it" stands for, and where "it" stands. */
  readonly noun: string;
  readonly it: number;
}

interface Parts {
  readonly animal: string;
  readonly thing: string;
  readonly verb: string;
  readonly place: string;
  readonly adjective: string;
}

/** Orders of a sentence, so that where a noun stands tells nothing. */
const patterns: readonly ((parts: Parts) => string)[] = [
  (p) => `the ${p.animal} ${p.verb} ${p.place} the ${p.thing} because it was ${p.adjective} .`,
  (p) => `because it was ${p.adjective} , the ${p.animal} ${p.verb} ${p.place} the ${p.thing} .`,
  (p) => `${p.place} the ${p.thing} ${p.verb} the ${p.animal} because it was ${p.adjective} .`,
  (p) => `the ${p.thing} was where the ${p.animal} ${p.verb} , for it was ${p.adjective} .`,
  (p) => `it was ${p.adjective} , so ${p.place} the ${p.thing} ${p.verb} the ${p.animal} .`,
];

/** Nouns that never stand together in what is learned from: one pair in five. */
export function isHeldOutPair(animal: string, thing: string): boolean {
  const [a, t] = [indexOf(tinyWorld.animals, animal), indexOf(tinyWorld.things, thing)];
  return (a + 2 * t) % 5 === 0;
}

/** Adjectives that a pattern never has in what is learned from: two of twelve in each. */
export function isHeldOutPattern(pattern: number, adjective: string): boolean {
  const { feelings, states } = tinyWorld;
  return feelings[pattern] === adjective || states[pattern] === adjective;
}

function indexOf(all: readonly string[], word: string): number {
  return all.indexOf(word);
}

/** A sentence of the world; held out: of nouns that never stood together, every other one in a pattern that never had its adjective. */
export function tinySentence(random: Random, split: Split): TinySentence {
  const isHeldOut = split === "held out";
  const isNewPattern = isHeldOut && random() < 0.5;
  const isAnimal = random() < 0.5;
  for (;;) {
    const { animals, things, verbs, places, feelings, states } = tinyWorld;
    const parts = {
      animal: pick(random, animals),
      thing: pick(random, things),
      verb: pick(random, verbs),
      place: pick(random, places),
      adjective: pick<string>(random, isAnimal ? feelings : states),
    };
    const pattern = Math.floor(random() * patterns.length);
    if (isHeldOutPair(parts.animal, parts.thing) !== isHeldOut) continue;
    if (isHeldOutPattern(pattern, parts.adjective) !== isNewPattern) continue;
    const words = patterns[pattern]!(parts).split(" ");
    const { animal, thing, adjective } = parts;
    const noun = isAnimal ? animal : thing;
    return { words, animal, thing, adjective, noun, it: words.indexOf("it") };
  }
}

const vocabulary = [
  ...new Set(
    [
      Object.values(tinyWorld).flat(),
      ["the", "because", "it", "was", ",", ".", "where", "for", "so", "what", "?"],
    ].flat(),
  ),
];
const idOf = idsOf(vocabulary);

function asked(
  words: readonly string[],
  { adjective, noun }: { readonly adjective: string; readonly noun: string },
): Question {
  return {
    prompt: [...words, "what", "was", adjective, "?", "the"],
    answer: [noun],
    meanings: [{ place: words.indexOf("it"), word: noun }],
  };
}

/** The first pattern, filled in by a reader. */
const form: QuestionForm = {
  slots: {
    animal: tinyWorld.animals,
    thing: tinyWorld.things,
    adjective: [...tinyWorld.feelings, ...tinyWorld.states],
  },
  example(chosen, family) {
    for (const [slot, words] of Object.entries(form.slots))
      if (!words.includes(chosen[slot]!))
        throw new InputError(
          `task world: ${slot} is "${chosen[slot]}", needs one of ${words.join(", ")}`,
        );
    const { animal, thing, adjective } = chosen as Record<"animal" | "thing" | "adjective", string>;
    const words = patterns[0]!({ animal, thing, adjective, verb: "sat", place: "on" }).split(" ");
    const noun = tinyWorld.feelings.includes(adjective) ? animal : thing;
    return questionExample(asked(words, { adjective, noun }), family, idOf);
  },
  isHeldOut: ({ animal, thing, adjective }) =>
    isHeldOutPair(animal!, thing!) || isHeldOutPattern(0, adjective!),
};

/** A sentence with its question, and the places that should look at the noun. */
function probeOf(sentence: string, adjective: string, noun: string): Probe {
  const all = [...sentence.split(" "), "what", "was", adjective, "?", "the"];
  const key = all.indexOf(noun);
  const kind = tinyWorld.animals.includes(noun) ? "the animal" : "the thing";
  return {
    text: all.join(" "),
    links: [
      { name: `it → ${kind}`, query: all.indexOf("it"), key },
      { name: `question → ${kind}`, query: all.length - 1, key },
    ],
  };
}

/**
 * The sentence of every article on attention, in a world where the answer is known: who sat where because it was tired, or dirty. Then
 * what "it" was is asked. Nouns that are tested together never stood together before.
 */
export const tinyWorldTask: TrainingTask = {
  name: "world",
  what: "know what it is in: the cat sat on the mat because it was tired",
  families: ["bert", "gpt2", "t5"],
  words: vocabulary,
  recipe: { layers: 2, heads: 4, width: 64, positions: 32, steps: 600, batch: 64, rate: 2e-3 },
  chance: 1 / 2,
  guess: "one of the two nouns",
  patterns: [],
  probes: [
    probeOf("the cat sat on the mat because it was tired .", "tired", "cat"),
    probeOf("the cat sat on the mat because it was dirty .", "dirty", "mat"),
    probeOf("because it was hungry , the fox lay by the bed .", "hungry", "fox"),
    probeOf("the sofa was where the hen slept , for it was warm .", "warm", "sofa"),
  ],
  form,
  example(random, split, family) {
    const sentence = tinySentence(random, split);
    return questionExample(asked(sentence.words, sentence), family, idOf);
  },
};
