import type { SeenToken } from "heed/explore";

/** The first token of a word as it is typed in the text, whatever its case and the blanks that it may carry; "the#2" for its second place. Undefined where it is not there. */
export function tokenTyped(
  name: string,
  text: string,
  tokens: readonly SeenToken[],
): number | undefined {
  const [, word = name, place = "1"] = /^(.+?)(?:#(\d+))?$/s.exec(name) ?? [];
  const places = tokens.flatMap(({ start, end, isSpecial }, token) =>
    !isSpecial && text.slice(start, end).trim().toLowerCase() === word.toLowerCase() ? [token] : [],
  );
  return places[Number(place) - 1];
}
