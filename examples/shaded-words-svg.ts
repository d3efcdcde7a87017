// Writes shaded-words-svg.svg: a text whose words are shaded by what they bring to a prediction.
import { shadedWordsSvg } from "../src/views/measured/shaded-words-svg.ts";
import { show } from "./data/show.ts";
import { shadedText } from "./shaded-words-text.ts";

/** The text in an 760 pixels wide picture that follows the reader's theme. */
export function picture(): string {
  return shadedWordsSvg(shadedText());
}

show(import.meta.url, picture);
