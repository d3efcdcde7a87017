// Writes word-bars-svg.svg: what goes into the word "it" through all layers.
import { wordBarsSvg } from "../src/views/measured/word-bars-svg.ts";
import { show } from "./data/show.ts";
import { shareBars } from "./word-bars-text.ts";

/** The bars with what an even share would be. */
export function picture(): string {
  return wordBarsSvg(shareBars());
}

show(import.meta.url, picture);
