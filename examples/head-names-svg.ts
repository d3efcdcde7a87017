// Writes head-names-svg.svg: what the heads of a small model do.
import { headNamesSvg } from "../src/views/measured/head-names-svg.ts";
import { show } from "./data/show.ts";
import { namedHeads } from "./head-names-text.ts";

/** Heads as cells with their names. */
export function picture(): string {
  return headNamesSvg(namedHeads());
}

show(import.meta.url, picture);
