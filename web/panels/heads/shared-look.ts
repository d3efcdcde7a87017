import type { HeadAddress } from "heed";
import type { TextSource } from "heed/elements";
import type { Seen } from "heed/explore";
import { html, nothing } from "lit-html";
import type { AppContext } from "../../app/context.ts";

/** So large a share of a text's tokens is nearly every one. */
const nearlyAll = 0.75;

/** The one word that nearly every token of a text looks at most in a head: its token, how many look there, and of how many; undefined where there is none. */
export function sharedLook(
  { weights, queries, keys, isSelf, picture, sound, rest = [] }: Seen,
  { layer, head }: HeadAddress,
): { readonly key: number; readonly count: number; readonly of: number } | undefined {
  const S = keys.length;
  const numbers = weights?.[layer];
  if (!numbers || !isSelf || picture || sound) return undefined;
  const counts = new Map<number, number>();
  const looking = [...queries.keys()].filter((query) => !queries[query]!.isSpecial);
  for (const query of looking) {
    const start = (head * queries.length + query) * S;
    const row = numbers.subarray(start, start + S);
    const most = row.reduce((best, weight, key) => (weight > row[best]! ? key : best), 0);
    counts.set(most, (counts.get(most) ?? 0) + 1);
  }
  for (const [key, count] of counts)
    if (count >= nearlyAll * looking.length && !keys[key]!.isSpecial && !rest.includes(key))
      return { key, count, of: looking.length };
  return undefined;
}

/** That word in a sentence, where there is one. */
export function sharedLookSaid(
  { seen, words }: AppContext,
  { keys }: TextSource,
  head: HeadAddress,
): unknown {
  const shared = seen && sharedLook(seen, head);
  if (!shared) return nothing;
  const { key, count, of } = shared;
  return html`<p>${words.heads.everyone(count, of, keys[key]!.name)}</p>`;
}
