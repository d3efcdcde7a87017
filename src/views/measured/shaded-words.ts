import type { Noun } from "../../probe/noun.ts";
import type { Word } from "../surface.ts";

/** A text whose words are shaded by a number each: what brings a prediction about. */
export interface ShadedWords {
  readonly title: string;
  /** What the numbers are: "‖gradient‖". */
  readonly unit: string;
  /** The text; of an encoder-decoder both, with their names. One scale for all. */
  readonly sides: readonly {
    readonly name?: string;
    /** What is shaded; "word" if not given. */
    readonly noun?: Noun;
    readonly words: readonly (Word & { readonly value: number })[];
  }[];
  readonly notes?: readonly string[];
}

/** The size of the largest number: what is darkest. */
export function darkest({ sides }: ShadedWords): number {
  return sides
    .flatMap(({ words }) => words)
    .reduce((most, { value }) => Math.max(most, Math.abs(value)), 0);
}
