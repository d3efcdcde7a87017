// Writes head-svg.svg: head L3H1 over the whole sentence, a row a word that looks.
import { headSvg } from "../src/views/svg/head.ts";
import { show } from "./data/show.ts";
import { headPicture } from "./head-text.ts";

/** L3H1 over the whole sentence. */
export function picture(): string {
  return headSvg(headPicture());
}

show(import.meta.url, picture);
