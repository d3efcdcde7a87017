import type { Seen, SeenToken } from "heed/explore";
import type { AppContext } from "../../app/context.ts";
import { nameOfToken, ownTokens } from "../../app/own-tokens.ts";
import { type Attention, attentionOf } from "../../state/state.ts";

/** Each token as a reader tells it from others: the second "the" is the#2; a piece of a word stays a piece. */
export function tokenNames(tokens: readonly SeenToken[]): string[] {
  const folded = tokens.map(({ text }) => text.toLowerCase());
  return tokens.map(({ text }, index) => {
    const before = folded.slice(0, index).filter((other) => other === folded[index]).length;
    const isRepeated = before > 0 || folded.indexOf(folded[index]!, index + 1) >= 0;
    return isRepeated ? `${text}#${before + 1}` : text;
  });
}

/** How the tokens of a run are told from each other: those that look, and those that are looked at. */
export interface TokenNames {
  readonly queries: readonly string[];
  readonly keys: readonly string[];
  /** Whose attention they are of, where a model has several. */
  readonly stack: Attention | undefined;
}

/** The names of a run's tokens in a layer, patches as patches; the same list twice where a text looks at itself. */
export function runNames(
  app: Pick<AppContext, "state" | "model" | "words">,
  seen: Seen,
  layer: number,
): TokenNames {
  const stack = attentionOf(app.state, app.model?.said);
  if (seen.picture) {
    const own = ownTokens(seen, layer);
    const name = (token: number) => nameOfToken({ seen, words: app.words }, own.text(token));
    const names = Array.from({ length: own.count }, (_, token) => name(token));
    return { queries: names, keys: names, stack };
  }
  const queries = tokenNames(seen.queries);
  return { queries, keys: seen.isSelf ? queries : tokenNames(seen.keys), stack };
}

/** Each token as the command line finds it: a whole word by its name, all else by its number. */
export function namesForCommand(tokens: readonly SeenToken[]): string[] {
  const pieces = new Map<number, number>();
  for (const { word } of tokens)
    if (word !== undefined) pieces.set(word, (pieces.get(word) ?? 0) + 1);
  return tokenNames(tokens).map((name, index) => {
    const { word } = tokens[index]!;
    const isWhole = word !== undefined && pieces.get(word) === 1;
    return isWhole && /^[\p{L}\p{M}'’]+(#\d+)?$/u.test(name) ? name : String(index);
  });
}
