import type { StepWords } from "heed/elements";
import { leftToRight } from "../../app/numbers.ts";
import { english } from "../../words/en.ts";
import type { Words } from "../../words/words.ts";

export type Phrases = Words["steps"]["phrases"];

/** What stands in a brace of these names has no blank in it; in any other it may be a whole sentence. */
const short = /^(count|number|value|share|own|favour|oppose|head|words?|other|family|letter)$/;

interface Pattern {
  readonly id: keyof Phrases;
  readonly expression: RegExp;
  readonly names: readonly string[];
}

/** What the analysis says in English, and what a language says instead: the patterns with most letters first. */
function patternsOf(english: Phrases): readonly Pattern[] {
  const entries = Object.entries(english) as [keyof Phrases, string][];
  const letters = (text: string) => text.replaceAll(/\{\w+\}/g, "").length;
  return entries
    .sort(([, a], [, b]) => letters(b) - letters(a))
    .map(([id, text]) => {
      const parts = text.split(/\{(\w+)\}/);
      const source = parts.map((part, n) =>
        n % 2 === 0
          ? part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")
          : short.test(part)
            ? "(\\S+?)"
            : "(.+?)",
      );
      return {
        id,
        expression: new RegExp(`^${source.join("")}$`, "u"),
        names: parts.filter((_, n) => n % 2 === 1),
      };
    });
}

const known = new WeakMap<Phrases, readonly Pattern[]>();

/** A sentence, formula or name that the analysis says in English, in another language; one that its phrases do not hold stays as it is. */
export function inPhrases(text: string, english: Phrases, own: Phrases): string {
  const patterns = known.get(english) ?? patternsOf(english);
  known.set(english, patterns);
  const phrase = (part: string): string | undefined => {
    for (const { id, expression, names } of patterns) {
      const [whole, ...values] = expression.exec(part) ?? [];
      if (whole === undefined) continue;
      return own[id].replaceAll(/\{(\w+)\}/g, (brace, name: string) => {
        const value = values[names.indexOf(name)];
        return value === undefined ? brace : listed(value);
      });
    }
    return undefined;
  };
  // What fills a phrase may be names in a row, each with its number: "embedding: token (+0.92), L1H6 (+0.18)".
  const listed = (value: string): string =>
    phrase(value) ??
    value
      .split(", ")
      .map((item) => {
        const [, number = "", name = item, behind = ""] =
          /^([+−]?[\d.]+ )?(.*?)( \([^()]*\))?$/u.exec(item) ?? [];
        return `${number}${phrase(name) ?? name}${behind}`;
      })
      .join(", ");
  // Of two parts of a vector that meet each has its name: "learned biases · token".
  const met = (part: string): string => {
    const names = part.split(" · ");
    const said = names.map((name) => (names.length === 2 ? phrase(name) : undefined) ?? name);
    return said.join(" · ");
  };
  // A formula's shapes stand two blanks behind it.
  return text
    .split("  ")
    .map((part) => phrase(part) ?? met(part))
    .join("  ");
}

const made = new WeakMap<Words, StepWords>();

/** The words of `<heed-steps>` in a language, with its phrases for what the analysis says. The same object each time. */
export function elementWords(words: Words): StepWords {
  const { element, phrases } = words.steps;
  const { phrases: said } = english.steps;
  const isEnglish = phrases.whatTold === said.whatTold;
  const own =
    made.get(words) ??
    (isEnglish
      ? (element as StepWords)
      : {
          ...(element as StepWords),
          say: (text: string) =>
            inPhrases(text, said, phrases).replaceAll(/[+−][\d.]+/gu, leftToRight),
        });
  made.set(words, own);
  return own;
}
