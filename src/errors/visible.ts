/** Signs for controls that have one. */
const controlSigns: Readonly<Record<string, string>> = {
  "\n": "⏎",
  "\r": "⏎",
  "\t": "⇥",
  "\u0000": "␀",
  "\u001b": "␛",
  "\u007f": "␡",
};

/** Controls; what reorders the letters after it, or hides; half characters. */
const harmful =
  /[\p{Cc}\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u2069\ufeff\ufffe\uffff\p{Cs}]/gu;

/** The text with a sign for everything harmful but what is left as it is. */
export function withSigns(text: string, left = ""): string {
  return text.replace(harmful, (control) =>
    left.includes(control) ? control : (controlSigns[control] ?? "\uFFFD"),
  );
}

/** A message this long is longer than any that heed writes: something foreign stands in it. */
const longest = 2000;
/** Of a longer one so much of the end stays: what to do next stands there. */
const endKept = 600;

/** A message in which text from elsewhere may stand: visible, and with an end. */
export function harmless(text: string): string {
  if (text.length <= longest) return visible(text);
  return visible(`${text.slice(0, longest - endKept - 1)}…${text.slice(-endKept)}`);
}

/**
 * Text from files, hubs, models or people, harmless to a terminal: controls are signs (line breaks and tabs stay), and nothing
 * reorders or hides what follows.
 */
export function visible(text: string): string {
  // The marks that keep a word's direction to itself are heed's own.
  return withSigns(text, "\n\t\u2068\u2069");
}

/** A word from elsewhere, fit to stand in a line: as `visible`, without line breaks and tabs, and cut. */
export function short(text: string, length = 80): string {
  const start = withSigns(text.slice(0, length + 1));
  return text.length > length ? `${start.slice(0, length)}…` : start;
}

/** The text, kept from reordering what stands around it where its letters run from right to left. */
export function isolated(text: string): string {
  return isRightToLeft(text) ? `\u2068${text}\u2069` : text;
}

/** Whether the text holds letters written from right to left (Hebrew, Arabic and their like). */
export function isRightToLeft(text: string): boolean {
  return /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u.test(
    text,
  );
}
