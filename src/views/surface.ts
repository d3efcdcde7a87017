import { isolated, withSigns } from "../errors/visible.ts";

export { isolated, isRightToLeft } from "../errors/visible.ts";

/** A token or a word as a picture labels it. */
export interface Word {
  /** Its text as a person reads it: "cat", "##ing", "[CLS]"; a blank one is shown as ␣. */
  readonly text: string;
  /** A special token such as [CLS]: drawn quieter. */
  readonly special?: boolean;
}

/**
 * A token's text in visible, harmless characters: controls get a sign, blanks a ␣, a lone mark a
 * carrier (◌). Never empty, never an escape code, never a line break.
 */
export function surface(text: string): string {
  if (text === "") return "∅";
  const shown = withSigns(text);
  if (shown.trim() === "") return "␣".repeat(Math.min(3, [...shown].length));
  const trimmed = shown.trim();
  return /^\p{M}/u.test(trimmed) ? `◌${trimmed}` : trimmed;
}

/** A text of several words on one line: line breaks become blanks, other controls a sign. */
export function oneLine(text: string): string {
  return withSigns(text.replace(/\s+/gu, " ").trim());
}

/** A word in quotation marks, its characters visible and harmless. */
export function quote(word: string): string {
  return `"${isolated(surface(word))}"`;
}
