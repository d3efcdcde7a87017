/** What a token stands for in sentences: what is read is words, what is seen patches, what is heard moments. */
export type Noun = "word" | "patch" | "moment";

/** "words", "patches", "moments", "layers". */
export function pluralOf(noun: Noun | "layer"): string {
  return noun === "patch" ? "patches" : `${noun}s`;
}

/** What such tokens are of: "text", "picture", "sound". */
export function sourceOf(noun: Noun): "text" | "picture" | "sound" {
  return noun === "word" ? "text" : noun === "patch" ? "picture" : "sound";
}
