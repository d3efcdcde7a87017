import { newState, ofKind, type StoryState } from "./state.ts";
import {
  coats,
  colours,
  feelings,
  going,
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

/** A sentence of a story: what it looks like, whether it can be so, and what is so behind it. */
interface SentenceKind {
  readonly pattern: RegExp;
  /** Why it cannot be so; undefined where it can. What it says is so from then on. */
  tell(state: StoryState, words: readonly string[]): string | undefined;
}

const any = (words: Iterable<string>) => `(${[...words].join("|")})`;
const name = any([...names.she, ...names.he]);
const at = any([...places.values()].map((place) => place.at));
const to = any([...places.values()].map((place) => place.to));
const placeOf = (phrase: string) => phrase.split(" ").at(-1)!;
const pattern = (text: string) => new RegExp(`^${text}$`);

/** Words of the game in which one calls out and another repeats. */
export const gameWords: readonly string[] = [...objects, ...colours, ...things];
const gameList = `((?:(?:${gameWords.join("|")}) )+(?:${gameWords.join("|")}))`;

const unknown = (who: string) => `nobody told of ${who}`;

/** Every kind of sentence there is. */
export const sentenceKinds: Readonly<Record<string, SentenceKind>> = {
  weather: {
    pattern: pattern(`It was a ${any(weathers)} ${any(times)}\\.`),
    tell: () => undefined,
  },
  introduction: {
    pattern: pattern(`${name} was a ${any(sizes)} ${any(coats)} ${any(kinds)}\\.`),
    tell({ who }, [own, , , kind]) {
      if (who.has(own!)) return `${own} is known already`;
      who.set(own!, { kind: kind!, place: undefined });
    },
  },
  start: {
    pattern: pattern(`${name} was ${at}\\.`),
    tell({ who }, [own, phrase]) {
      const one = who.get(own!);
      if (!one) return unknown(own!);
      if (one.place !== undefined && one.place !== placeOf(phrase!))
        return `${own} is ${places.get(one.place)!.at}`;
      one.place = placeOf(phrase!);
    },
  },
  going: {
    pattern: pattern(`${name} ${any(going)} ${to}(?: because (she|he) was ${any(feelings)})?\\.`),
    tell(state, [own, , phrase, said, feeling]) {
      const one = state.who.get(own!);
      if (!one) return unknown(own!);
      if (one.place === placeOf(phrase!)) return `${own} is there already`;
      if (said !== undefined && said !== pronoun(own!)) return `${own} is not ${said}`;
      if (feeling !== undefined && state.adjectives.has(feeling))
        return `${feeling} is said already`;
      one.place = placeOf(phrase!);
      if (feeling !== undefined) state.adjectives.set(feeling, own!);
    },
  },
  together: {
    pattern: pattern(`${name} and ${name} ${any(going)} ${to} together\\.`),
    tell({ who }, [first, second, , phrase]) {
      const [one, other] = [who.get(first!), who.get(second!)];
      if (!one || !other) return unknown(one ? second! : first!);
      if (one === other) return "one cannot be two";
      if (one.place !== other.place) return `${first} and ${second} are not together`;
      if (one.place === placeOf(phrase!)) return "they are there already";
      one.place = other.place = placeOf(phrase!);
    },
  },
  resting: {
    pattern: pattern(
      `The ${any(kinds)} ${any(resting)} on the ${any(things)} because it was ${any([...feelings, ...states])}\\.`,
    ),
    tell(state, [kind, , thing, adjective]) {
      // Where nobody has a name, a kind is who there is.
      if (state.who.size > 0 && ofKind(state, kind!) === undefined)
        return `there is no one ${kind}`;
      if (state.adjectives.has(adjective!)) return `${adjective} is said already`;
      state.adjectives.set(
        adjective!,
        feelings.includes(adjective!) ? `the ${kind}` : `the ${thing}`,
      );
    },
  },
  finding: {
    pattern: pattern(`${name} found a ${any(colours)} ${any(objects)} ${at}\\.`),
    tell(state, [own, colour, object, phrase]) {
      const one = state.who.get(own!);
      if (!one) return unknown(own!);
      if (one.place !== placeOf(phrase!)) return `${own} is not ${phrase}`;
      if (state.objects.has(object!)) return `the ${object} is found already`;
      state.objects.set(object!, { colour: colour!, holder: own!, place: undefined });
    },
  },
  giving: {
    pattern: pattern(`${name} gave the ${any(objects)} to ${name}\\.`),
    tell(state, [own, object, other]) {
      const thing = state.objects.get(object!);
      const [one, two] = [state.who.get(own!), state.who.get(other!)];
      if (!one || !two) return unknown(one ? other! : own!);
      if (thing?.holder !== own) return `${own} has no ${object}`;
      if (one === two || one.place !== two.place) return `${own} and ${other} are not together`;
      thing!.holder = other!;
    },
  },
  leaving: {
    pattern: pattern(`${name} left the ${any(objects)} ${at}\\.`),
    tell(state, [own, object, phrase]) {
      const thing = state.objects.get(object!);
      const one = state.who.get(own!);
      if (!one) return unknown(own!);
      if (thing?.holder !== own) return `${own} has no ${object}`;
      if (one.place !== placeOf(phrase!)) return `${own} is not ${phrase}`;
      Object.assign(thing!, { holder: undefined, place: one.place });
    },
  },
  taking: {
    pattern: pattern(`${name} took the ${any(objects)}\\.`),
    tell(state, [own, object]) {
      const thing = state.objects.get(object!);
      const one = state.who.get(own!);
      if (!one) return unknown(own!);
      if (!thing || thing.holder !== undefined) return `the ${object} lies nowhere`;
      if (thing.place !== one.place) return `the ${object} is not where ${own} is`;
      Object.assign(thing, { holder: own!, place: undefined });
    },
  },
  saying: {
    pattern: pattern(`"I am ${any(feelings)}," said ${name}\\.`),
    tell(state, [feeling, own]) {
      if (!state.who.has(own!)) return unknown(own!);
      if (state.adjectives.has(feeling!)) return `${feeling} is said already`;
      state.adjectives.set(feeling!, own!);
    },
  },
  proposing: {
    pattern: pattern(`"Let us go ${to}," said ${name} to ${name}\\.`),
    tell({ who }, [phrase, own, other]) {
      const [one, two] = [who.get(own!), who.get(other!)];
      if (!one || !two) return unknown(one ? other! : own!);
      if (one === two || one.place !== two.place) return `${own} and ${other} are not together`;
      if (one.place === placeOf(phrase!)) return "they are there already";
    },
  },
  asking: {
    pattern: pattern(
      `(?:Who had the ${any(objects)}|Where was ${name}|What colour was the ${any(objects)}|(?:Who|What) was ${any([...feelings, ...states])})\\?`,
    ),
    tell(state, words) {
      const [object, own, coloured, adjective] = words;
      const answer = answerOf(state, { object, own, coloured, adjective }) ?? `nobody told of that`;
      if (answer.startsWith("nobody")) return answer;
      state.question = answer;
    },
  },
  answering: {
    pattern:
      /^((?:[A-Z][a-z]+|The [a-z]+) (?:had the [a-z]+|was (?:(?:in|by|on|at) the )?[a-z]+)\.)$/,
    tell(state, [said]) {
      if (state.question === undefined) return "nothing was asked";
      if (said !== state.question) return `the answer is: ${state.question}`;
    },
  },
  calling: {
    pattern: pattern(`${name} called: ${gameList}\\.`),
    tell(state, [own, words]) {
      if (!state.who.has(own!)) return unknown(own!);
      state.called = { by: own!, words: words! };
    },
  },
  repeating: {
    pattern: pattern(`${name} repeated: ${gameList}\\.`),
    tell(state, [own, words]) {
      if (!state.who.has(own!)) return unknown(own!);
      if (!state.called || state.called.by === own) return "nobody else called";
      if (!` ${state.called.words}`.endsWith(` ${words}`))
        return `what was called ends otherwise: ${state.called.words}`;
      state.called = undefined;
    },
  },
  end: { pattern: /^The end\.$/, tell: () => undefined },
};

/** What a question is to be answered with. */
function answerOf(
  state: StoryState,
  asked: {
    readonly object?: string;
    readonly own?: string;
    readonly coloured?: string;
    readonly adjective?: string;
  },
): string | undefined {
  const { object, own, coloured, adjective } = asked;
  if (object !== undefined) {
    const holder = state.objects.get(object)?.holder;
    return holder && `${holder} had the ${object}.`;
  }
  if (own !== undefined) {
    const place = state.who.get(own)?.place;
    return place && `${own} was ${places.get(place)!.at}.`;
  }
  if (coloured !== undefined) {
    const colour = state.objects.get(coloured)?.colour;
    return colour && `The ${coloured} was ${colour}.`;
  }
  const noun = state.adjectives.get(adjective!);
  return noun && `${noun[0]!.toUpperCase()}${noun.slice(1)} was ${adjective}.`;
}

/** What is wrong with a sentence behind what was told; undefined where it is of the grammar and can be so. The state goes on. */
export function tellSentence(state: StoryState, sentence: string): string | undefined {
  const isAnswerDue = state.question !== undefined;
  const isEchoDue = state.called !== undefined;
  for (const [kind, { pattern: own, tell }] of Object.entries(sentenceKinds)) {
    // A question is answered, and a call repeated, by the next sentence.
    if (isAnswerDue !== (kind === "answering")) continue;
    if (isEchoDue !== (kind === "repeating")) continue;
    const match = own.exec(sentence);
    if (!match) continue;
    const wrong = tell(state, match.slice(1));
    if (wrong === undefined && kind === "answering") state.question = undefined;
    return wrong;
  }
  if (isEchoDue) return `the end of this is to be repeated: ${state.called!.words}`;
  return isAnswerDue ? `the answer is: ${state.question}` : "it is no sentence of the stories";
}

/** A text's sentences. */
export function sentencesOf(text: string): string[] {
  return text.match(/(?:"[^"]*"|[^".?])+[.?]/g)?.map((sentence) => sentence.trim()) ?? [];
}

/** The first sentence of a text that is wrong, and why; undefined where all is well. */
export function firstWrong(text: string): { sentence: string; why: string } | undefined {
  const state = newState();
  for (const sentence of sentencesOf(text)) {
    const why = tellSentence(state, sentence);
    if (why !== undefined) return { sentence, why };
  }
  return undefined;
}
