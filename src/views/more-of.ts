import { type Noun, pluralOf } from "../probe/noun.ts";
import { countOf } from "./numbers.ts";

/** "3 more words": what is not shown. */
export function moreOf(count: number, noun: Noun | "layer" = "word"): string {
  return countOf(count, `more ${noun}`, `more ${pluralOf(noun)}`);
}
