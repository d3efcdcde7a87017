// Writes number-grid-svg.svg: the entropy of every head of a small model.
import { numberGridSvg } from "../src/views/measured/number-grid-svg.ts";
import { show } from "./data/show.ts";
import { entropyGrid } from "./number-grid-text.ts";

/** The grid with its scale and notes. */
export function picture(): string {
  return numberGridSvg(entropyGrid());
}

show(import.meta.url, picture);
