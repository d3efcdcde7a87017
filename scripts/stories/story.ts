import type { Random } from "../../src/training/index.ts";
import { gameWords, tellSentence } from "./sentences.ts";
import { newState, ofKind, type StoryState } from "./state.ts";
import {
  coats,
  colours,
  feelings,
  going,
  isHeldOut,
  kinds,
  names,
  objects,
  places,
  pronoun,
  resting,
  sizes,
  states,
  things,
  times,
  weathers,
} from "./words.ts";

/** A story, sentence by sentence; `answers` are the numbers of the sentences that answer a question or repeat a call. */
export interface Story {
  readonly sentences: readonly string[];
  readonly answers: readonly number[];
}

export interface StoryOptions {
  /** Kinds and things together that no other story has. */
  readonly isHeldOut?: boolean;
  /** Events between the introductions and the questions. */
  readonly events?: number;
  /** How many have names; two or three, in lessons three or four, if not given. */
  readonly cast?: number;
  /** Many who are all elsewhere, and everything asked that can be: no answer can be had without knowing whose it is. */
  readonly isLesson?: boolean;
}

/** A story: who there is, what happens, and what one can be asked of it; one in five has nobody with a name. The same random numbers tell the same story. */
export function tellStory(random: Random, options: StoryOptions = {}): Story {
  const state = newState();
  const sentences: string[] = [];
  const answers: number[] = [];
  const say = (sentence: string) => {
    const wrong = tellSentence(state, sentence);
    if (wrong !== undefined) throw new Error(`story: "${sentence}": ${wrong}`);
    sentences.push(sentence);
  };
  const ask = (all: readonly string[]) => {
    for (const question of all) {
      say(question);
      answers.push(sentences.length);
      say(state.question!);
    }
  };
  const one = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)]!;
  const { isLesson = false } = options;
  const isBare = random() < 0.2;
  if (!isBare && !isLesson && random() < 0.8) say(`It was a ${one(weathers)} ${one(times)}.`);
  const drawn = isBare ? 0 : (random() < 0.6 ? 2 : 3) + (isLesson ? 1 : 0);
  const cast = isBare ? 0 : (options.cast ?? drawn);
  const known = new Set<string>();
  while (state.who.size < cast) {
    const name = one(random() < 0.5 ? names.she : names.he);
    const kind = one(kinds);
    if (state.who.has(name) || known.has(kind)) continue;
    known.add(kind);
    say(`${name} was a ${one(sizes)} ${one(coats)} ${kind}.`);
  }
  const start = one([...places.keys()]);
  for (const name of state.who.keys()) {
    const isWithOthers = !isLesson && random() < 0.6;
    say(`${name} was ${places.get(isWithOthers ? start : one([...places.keys()]))!.at}.`);
  }
  // From any place on: counting words from the beginning tells nothing, only the word before says which comes next.
  const echo = ({ by, words }: NonNullable<StoryState["called"]>) => {
    answers.push(sentences.length);
    const all = words.split(" ");
    const end = all.slice(Math.floor((random() * all.length) / 2)).join(" ");
    say(`${one([...state.who.keys()].filter((name) => name !== by))} repeated: ${end}.`);
  };
  const fewest = isBare ? (isLesson ? 4 : 1) : 3;
  const events = options.events ?? fewest + Math.floor(random() * (isLesson ? 3 : 6));
  for (let told = 0; told < events; ) {
    const sentence = event(random, state, options.isHeldOut ?? false);
    if (sentence === undefined) continue;
    say(sentence);
    told += 1;
    if (state.called) echo(state.called);
    // What was just told is easy to answer: from there a model learns to answer what was told long ago.
    if (!isLesson && random() < 0.6) ask(questions(random, state).slice(0, 1));
  }
  ask(questions(random, state).slice(0, isLesson ? 10 : 3 + Math.floor(random() * 4)));
  say("The end.");
  return { sentences, answers };
}

/** Something that can happen next; undefined where what was drawn cannot. */
function event(random: Random, state: StoryState, isHeldOutStory: boolean): string | undefined {
  const one = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)]!;
  const fresh = (all: readonly string[]) =>
    one(all.filter((adjective) => !state.adjectives.has(adjective)));
  const rest = (kind: string) => {
    const thing = one(things);
    if (isHeldOut(kind, thing) !== isHeldOutStory) return undefined;
    const adjective = fresh(random() < 0.5 ? feelings : states);
    return `The ${kind} ${one(resting)} on the ${thing} because it was ${adjective}.`;
  };
  if (state.who.size === 0) return rest(one(kinds));
  const cast = [...state.who.keys()];
  const name = one(cast);
  const own = state.who.get(name)!;
  const other = one(cast.filter((who) => who !== name));
  const isTogether = state.who.get(other)!.place === own.place;
  const elsewhere = one([...places.keys()].filter((place) => place !== own.place));
  const held = [...state.objects].filter(([, object]) => object.holder === name).map(([o]) => o);
  const lying = [...state.objects]
    .filter(([, object]) => object.holder === undefined && object.place === own.place)
    .map(([object]) => object);
  if (random() < 0.12) return call(random, name, 3 + Math.floor(random() * 5));
  const chance = random();
  if (chance < 0.28) return ofKind(state, own.kind) === undefined ? undefined : rest(own.kind);
  if (chance < 0.42) {
    const why = random() < 0.3 ? ` because ${pronoun(name)} was ${fresh(feelings)}` : "";
    return `${name} ${one(going)} ${places.get(elsewhere)!.to}${why}.`;
  }
  if (chance < 0.5)
    return isTogether
      ? `${name} and ${other} ${one(going)} ${places.get(elsewhere)!.to} together.`
      : undefined;
  if (chance < 0.56)
    return isTogether
      ? `"Let us go ${places.get(elsewhere)!.to}," said ${name} to ${other}.`
      : undefined;
  if (chance < 0.64) return `"I am ${fresh(feelings)}," said ${name}.`;
  if (chance < 0.8) {
    const object = one(objects.filter((word) => !state.objects.has(word)));
    return `${name} found a ${one(colours)} ${object} ${places.get(own.place!)!.at}.`;
  }
  if (chance < 0.9)
    return held.length > 0 && isTogether ? `${name} gave the ${one(held)} to ${other}.` : undefined;
  if (chance < 0.95)
    return held.length > 0
      ? `${name} left the ${one(held)} ${places.get(own.place!)!.at}.`
      : undefined;
  return lying.length > 0 ? `${name} took the ${one(lying)}.` : undefined;
}

/** So many words, none twice, that somebody calls out. */
function call(random: Random, name: string, count: number): string {
  const words = new Set<string>();
  while (words.size < count) words.add(gameWords[Math.floor(random() * gameWords.length)]!);
  return `${name} called: ${[...words].join(" ")}.`;
}

/** Everything a story can be asked, in a random order. */
export function questions(random: Random, state: StoryState): string[] {
  const all = [
    ...[...state.objects].flatMap(([object, { holder }]) => [
      ...(holder === undefined ? [] : [`Who had the ${object}?`]),
      `What colour was the ${object}?`,
    ]),
    ...[...state.who.keys()].map((name) => `Where was ${name}?`),
    ...[...state.adjectives].map(([adjective]) =>
      feelings.includes(adjective) ? `Who was ${adjective}?` : `What was ${adjective}?`,
    ),
  ];
  return all
    .map((question) => ({ question, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ question }) => question);
}

export function storyText({ sentences }: Story): string {
  return sentences.join(" ");
}
