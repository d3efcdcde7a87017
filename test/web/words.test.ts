import { expect, test } from "vitest";
import { english } from "../../web/words/en.ts";
import { languages } from "../../web/words/languages.ts";
import { pictureWords, soundWords } from "../../web/words/words.ts";

/** Every text of a language by its path; functions are called with their own parameters' places. */
function textsOf(words: object, path = ""): Map<string, string> {
  const texts = new Map<string, string>();
  for (const [name, value] of Object.entries(words)) {
    const place = path ? `${path}.${name}` : name;
    if (typeof value === "string") texts.set(place, value);
    else if (typeof value === "function") {
      const given = Array.from({ length: value.length }, (_, index) => String(index + 2));
      texts.set(place, String(value(...given)));
    } else if (typeof value === "object" && value !== null)
      for (const [own, text] of textsOf(value, place)) texts.set(own, text);
  }
  return texts;
}

/** What of a text has to be the same in every language: values and terms by name. */
function marks(text: string): string[] {
  return [...text.matchAll(/\{\w+\}|\[\w+(?=\|)/g)].map(([mark]) => mark).sort();
}

const expected = textsOf(english);
const others = languages.filter(({ tag }) => tag !== "en");

test.each(others)("$tag has every text, with its values and terms", async ({ load }) => {
  const own = textsOf(await load());
  expect([...expected.keys()].filter((place) => !own.has(place))).toEqual([]);
  // Steps have their English from the library.
  const also = [...own.keys()].filter((place) => !expected.has(place));
  expect(also.filter((place) => !place.startsWith("steps.element.steps."))).toEqual([]);
  const wrong = [...expected].filter(
    ([place, text]) => JSON.stringify(marks(own.get(place)!)) !== JSON.stringify(marks(text)),
  );
  expect(wrong.map(([place]) => place)).toEqual([]);
});

test.each(others)("$tag is translated: few texts are English still", async ({ load }) => {
  const own = textsOf(await load());
  // Values and signs are no words, and the sentence of the page is English everywhere.
  const long = [...expected].filter(
    ([place, text]) =>
      // So are texts that are compared with a picture: models read English best.
      place !== "fits.usual" &&
      !place.startsWith("learn.stations.swap.actions.") &&
      /[a-z]{3}.* .*[a-z]{3}/.test(text.replaceAll(/\{\w+\}/g, "")),
  );
  const same = long.filter(([place, text]) => own.get(place) === text);
  expect(same.map(([place]) => place)).toEqual([]);
});

test("languages have tags and names of their own", () => {
  expect(new Set(languages.map(({ tag }) => tag)).size).toBe(languages.length);
  for (const { draft, tag } of languages) expect(draft === undefined).toBe(tag === "en");
});

test("what is said otherwise of sounds is said of texts too", () => {
  const { ofSound, ofPicture, ...ofTexts } = english;
  const places = textsOf(ofTexts);
  for (const said of [ofSound.always, ofSound.heard])
    expect([...textsOf(said).keys()].filter((place) => !places.has(place))).toEqual([]);
  expect(soundWords(english, true)).toBe(soundWords(english, true));
  expect(soundWords(english, true).change.tools.word).toBe("A moment");
  expect(soundWords(english, false).change.tools.word).toBe(english.change.tools.word);
  // Told of texts alone, or of what a model has written: none of these is said of what it hears.
  const others =
    /^(first\.(rests|leftOut)|steps\.phrases|change\.(by\.resample|swapOther|otherSentence|fromText|nextWord|station)|heads\.(names|does|linesSay|linksRest|everyone|says\.special)|compare\.(sentence|other|first|second|working))\b/;
  const said = [...textsOf(soundWords(english, true))].filter(
    ([place, text]) =>
      /^(drawn|first|steps|change|heads|compare)\b/.test(place) &&
      !others.test(place) &&
      /\b(words?|sentences?)\b/i.test(text.replaceAll(/\{\w+\}/g, "")),
  );
  expect(said).toEqual([]);
});

test.each(languages)("$tag counts moments of a sound", async ({ load }) => {
  const own = await load();
  const [heard, read] = [true, false].map((isHeard) => soundWords(own, isHeard).change.showAll(50));
  expect(heard).toContain("50");
  expect(heard).not.toBe(read);
});

test("what is said otherwise of pictures is said of texts too, and says patches", () => {
  const { ofPicture, ...ofTexts } = english;
  const places = textsOf(ofTexts);
  expect([...textsOf(ofPicture).keys()].filter((place) => !places.has(place))).toEqual([]);
  // Told of texts alone: these are never beside a picture.
  const textsAlone =
    /^(sentence|examples|learn|train|terms|talk|ofPicture|sound|ofSound|compare\.(sentence|other|first|second|working)|heads\.linesSay|(heads\.(names|does)\.sameWord))\b/;
  const others =
    /^(first\.leftOut|steps\.phrases\.\w+|heads\.(linksRest|everyone)|change\.(by\.resample|swapOther|otherSentence|fromText|nextWord)|loading\.(tokens|notRecorded)|exports\.sentence)$/;
  const said = [...textsOf(pictureWords(english))].filter(
    ([place, text]) =>
      !textsAlone.test(place) &&
      !others.test(place) &&
      /\b(words?|sentences?)\b/i.test(text.replaceAll(/\{\w+\}/g, "")),
  );
  expect(said).toEqual([]);
  expect(pictureWords(english)).toBe(pictureWords(english));
  expect(pictureWords(english).change.tools.link).toBe(english.change.tools.link);
});
