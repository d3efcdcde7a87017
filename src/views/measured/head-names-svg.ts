import { expectSvgOptions, type SvgOptions } from "../svg/frame.ts";
import type { HeadNames } from "./head-names.ts";
import { nameGrid } from "./name-grid.ts";
import { numberGridSvg } from "./number-grid-svg.ts";

/** All heads with their names as coloured cells: a row a layer, a column a head. */
export function headNamesSvg(picture: HeadNames, options: SvgOptions = {}): string {
  expectSvgOptions(options, "headNamesSvg");
  return numberGridSvg({ ...nameGrid(picture), notes: picture.notes }, options);
}
