import type { Seen } from "heed/explore";
import { swapIn, wordPattern } from "../../examples/examples.ts";
import type { State } from "../../state/state.ts";
import { comparedExamples } from "./examples.ts";
import { wordsOf } from "./pairs.ts";

/**
 * The second sentence where none was chosen: the first with its word swapped, where it is an example that has one; else without the word
 * that is pinned, or the last that does not look. Of `keys` the tokens have to be the text's.
 */
export function usualOther({ text, query, keys: pinned }: State, { keys, isSelf }: Seen): string {
  const swap = swapIn(text);
  if (swap) return text.replace(wordPattern(swap.from), () => swap.to);
  const words = wordsOf(keys).filter(
    ({ tokens, isSpecial, text: word }) =>
      !isSpecial && /[\p{L}\p{N}]/u.test(word) && !(isSelf && tokens.includes(query)),
  );
  const left = words.find(({ tokens }) => tokens.includes(pinned[0]!)) ?? words.at(-1);
  if (!left) return comparedExamples[0].other;
  const start = keys[left.tokens[0]!]!.start;
  const end = keys[left.tokens.at(-1)!]!.end;
  const rest = [text.slice(0, start).trimEnd(), text.slice(end).trimStart()];
  // A sign stays at the word before it.
  const isSign = /^[^\p{L}\p{N}]/u.test(rest[1]!);
  const joined = rest.join(isSign ? "" : " ").trim();
  const other = rest[0] === "" ? joined.replace(/^[^\p{L}\p{N}]+/u, "") : joined;
  return /[\p{L}\p{N}]/u.test(other) ? other : comparedExamples[0].other;
}
