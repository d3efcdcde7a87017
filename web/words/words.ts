import type { english } from "./en.ts";

/** All words of the page in one language: every file of a language has the same entries, texts or functions that make them. */
export type Words = Widened<typeof english>;

/** The words of another language: what English has gained and it has not yet is said in English until then. */
export type Translation = Some<Words>;

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
