import { distance } from "fastest-levenshtein";

/** Everything that stands behind `heed` as a command; what else stands there is a text. */
export const commandNames = [
  "open",
  "show",
  "compare",
  "rollout",
  "flow",
  "measure",
  "explain",
  "patch",
  "matter",
  "run",
  "circuit",
  "stream",
  "heads",
  "lens",
  "attribute",
  "norms",
  "zeroing",
  "saliency",
  "relevance",
  "parameters",
  "sites",
  "verify",
  "generate",
  "chat",
  "score",
  "transcribe",
  "tokens",
  "fill",
  "classify",
  "zero-shot",
  "answer",
  "embed",
  "rerank",
  "models",
  "train",
  "film",
  "plan",
  "fetch",
  "help",
] as const;

/** Below this a mistake is a wrong letter, or two that are swapped. */
const shortest = 5;

/** From here on two letters may be wrong. */
const longName = 6;

/** The command a word is a misspelling of: "shwo" means show. */
export function commandMeant(word: string): string | undefined {
  if (!/^[a-z]+$/i.test(word)) return undefined;
  const given = word.toLowerCase();
  return commandNames.find((name) => {
    const mistakes = distance(given, name);
    // A letter more or less makes another word of a short one: "cat" is no "chat".
    if (name.length < shortest && given.length !== name.length) return false;
    const isSwap = mistakes === 2 && sorted(given) === sorted(name);
    return mistakes <= (name.length >= longName ? 2 : 1) || isSwap;
  });
}

function sorted(word: string): string {
  return [...word].sort().join("");
}
