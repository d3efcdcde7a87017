// Writes effect-svg.svg: what silencing a head does, station by station, beside what silencing others does.
import { effectSvg } from "../src/views/experiments/effect-svg.ts";
import { show } from "./data/show.ts";
import { silenced } from "./effect-text.ts";

/** Bars with the range of the controls. */
export function picture(): string {
  return effectSvg(silenced);
}

show(import.meta.url, picture);
