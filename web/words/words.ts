import type { english } from "./en.ts";

/** All words of the page in one language: every file of a language has the same entries, texts or functions that make them. */
export type Words = Widened<typeof english>;

/** The words of another language: what English has gained and it has not yet is said in English until then. */
export type Translation = Some<Words>;

/** Words as they are said of pictures, by those said of texts. */
const ofPictures = new WeakMap<Words, Words>();
/** The same of sounds: where moments look, and where words look at them. */
const ofSounds = new WeakMap<Words, readonly [Words, Words]>();

/** The words of a language where the model reads a picture: patches in the place of words. The same object each time. */
export function pictureWords(words: Words): Words {
  const made = ofPictures.get(words) ?? (laidOver(words, words.ofPicture) as Words);
  ofPictures.set(words, made);
  return made;
}

/** The words of a language where the model reads a sound: moments in the place of words where the sound itself looks. The same object each time. */
export function soundWords(words: Words, isSelf: boolean): Words {
  const { ofSound } = words;
  const made =
    ofSounds.get(words) ??
    ([
      laidOver(words, ofSound.always),
      laidOver(laidOver(words, ofSound.always), ofSound.heard),
    ] as unknown as readonly [Words, Words]);
  ofSounds.set(words, made);
  return made[isSelf ? 1 : 0];
}

/** A tree of texts with another's texts in their places. */
export function laidOver(own: object, other: object): object {
  const said = other as Readonly<Record<string, unknown>>;
  const filled = Object.entries(own).map(([name, value]) => {
    const isGroup = typeof value === "object" && value !== null;
    return [name, isGroup ? laidOver(value, (said[name] as object) ?? {}) : (said[name] ?? value)];
  });
  return { ...other, ...Object.fromEntries(filled) };
}

/** The same entries with any text. */
type Widened<T> = {
  readonly [Key in keyof T]: T[Key] extends (...values: infer Values) => string
    ? (...values: Values) => string
    : T[Key] extends string
      ? string
      : Widened<T[Key]>;
};

type Some<T> = {
  readonly [Key in keyof T]?: T[Key] extends string | ((...values: never[]) => string)
    ? T[Key]
    : Some<T[Key]>;
};
