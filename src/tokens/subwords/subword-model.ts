import type { Vocabulary } from "./vocabulary.ts";

/** A part of a word that the model has an id for: units [start, end) of the word. */
export interface WordPart {
  readonly id: number;
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** What cuts words into parts. */
export interface Model {
  readonly vocabulary: Vocabulary;
  /** The text of the token that stands for what is not in the vocabulary. */
  readonly unknown: string | undefined;
  /** What later parts of a word begin with, where they are marked: "##". */
  readonly continuingPrefix?: string;
  split(word: string): readonly WordPart[];
}
