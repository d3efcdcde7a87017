/** What a token stands for in sentences: what is read is words, what is seen patches, what is heard moments. */
export type Noun = "word" | "patch" | "moment";

/** "words", "patches", "moments". */
export function pluralOf(noun: Noun): string {
  return noun === "patch" ? "patches" : `${noun}s`;
}
