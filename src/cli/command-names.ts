import { distance } from "fastest-levenshtein";

/** Everything that stands behind `heed` as a command; what else stands there is a text. */
export const commandNames = [
  "show",
  "compare",
  "parameters",
  "sites",
  "verify",
  "generate",
  "fill",
  "classify",
  "embed",
  "models",
  "plan",
  "fetch",
  "help",
] as const;

const shortest = 4;
const mostMistakes = 2;

/** The command a word is a misspelling of: "shwo" means show. */
export function commandMeant(word: string): string | undefined {
  if (!/^[a-z]+$/i.test(word) || word.length < shortest) return undefined;
  const [nearest] = commandNames
    .map((name) => ({ name, mistakes: distance(word.toLowerCase(), name) }))
    .sort((a, b) => a.mistakes - b.mistakes);
  return nearest && nearest.mistakes <= mostMistakes ? nearest.name : undefined;
}
