/** Signs for controls that have one. */
export const controlSigns: Readonly<Record<string, string>> = {
  "\n": "⏎",
  "\r": "⏎",
  "\t": "⇥",
  "\u0000": "␀",
  "\u001b": "␛",
  "\u007f": "␡",
};

/** Controls; what reorders the letters after it, or hides; half characters. */
const harmful =
  /[\p{Cc}\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u2067\ufeff\ufffe\uffff\p{Cs}]/gu;

/** A message this long is longer than any that heed writes: something foreign stands in it. */
const longest = 10_000;

/** A message in which text from elsewhere may stand: visible, and with an end. */
export function message(text: string): string {
  return visible(text.length > longest ? `${text.slice(0, longest)}…` : text);
}

/**
 * Text from files, hubs, models or people, harmless to a terminal: controls are signs (line breaks and tabs stay), and nothing
 * reorders or hides what follows.
 */
export function visible(text: string): string {
  return text.replace(harmful, (control) =>
    control === "\n" || control === "\t" ? control : (controlSigns[control] ?? "\uFFFD"),
  );
}

/** A word from elsewhere, fit to stand in a line: as `visible`, without line breaks and tabs, and cut. */
export function short(text: string, length = 80): string {
  const start = text
    .slice(0, length + 1)
    .replace(harmful, (control) => controlSigns[control] ?? "\uFFFD");
  return text.length > length ? `${start.slice(0, length)}…` : start;
}
