import { headSvg } from "../src/views/svg/head.ts";
import { headPicture } from "./head-text.ts";

/** L3H1 over the whole sentence. */
export function picture(): string {
  return headSvg(headPicture());
}
