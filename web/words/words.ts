import type { english } from "./en.ts";

/** All words of the page in one language: every file of a language has the same entries, texts or functions that make them. */
export type Words = Widened<typeof english>;

/** The same entries with any text. */
type Widened<T> = {
  readonly [Key in keyof T]: T[Key] extends (...values: infer Values) => string
    ? (...values: Values) => string
    : T[Key] extends string
      ? string
      : Widened<T[Key]>;
};
