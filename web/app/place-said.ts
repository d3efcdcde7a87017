import type { Words } from "../words/words.ts";

/** The place of a text that a prediction is of, as the library names it (`Saying.of`), in the page's language. */
export function placeSaid(of: string, own: Words["says"]): string {
  const places: Readonly<Record<string, string>> = {
    "start of the answer": own.start,
    "end of the answer": own.end,
    "the word most likely replaced": own.replaced,
  };
  const said = places[of];
  if (said !== undefined) return said;
  const labelled = /^label of (.*)$/s.exec(of);
  if (labelled) return own.label(labelled[1]!);
  const after = /^next word after (.*)$/s.exec(of);
  if (after) return own.after(after[1]!);
  const inPlaceOf = /^in place of (.*)$/s.exec(of);
  if (inPlaceOf) return own.inPlaceOf(inPlaceOf[1]!);
  const hidden = /^(.*) \(token (\d+)\)$/s.exec(of);
  return hidden ? own.hidden(hidden[1]!, hidden[2]!) : of;
}
