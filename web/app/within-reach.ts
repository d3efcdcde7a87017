import { firstOf, type Seen } from "heed/explore";
import type { State } from "../state/state.ts";
import { restLeftOut } from "./finding.ts";
import { strongest } from "./numbers.ts";
import { ownTokens } from "./own-tokens.ts";

/**
 * Pins that nobody chose, within reach of the word that looks: those that it can look at stay, and in the place of others, which a window or a
 * mask hides from it, stand words that it looks at most. Where it can look at nothing else they are what they were. The row is that of the word in
 * the head on screen, NaN where it cannot look.
 */
export function withinReach(
  usual: readonly number[],
  seen: Seen,
  { layer, query }: Pick<State, "layer" | "query">,
  row: ArrayLike<number>,
): readonly number[] {
  const { own } = ownTokens(seen, layer);
  const isSeen = (key: number) => !Number.isNaN(row[own(key)]);
  if (usual.every(isSeen)) return usual;
  const stay = usual.filter(isSeen);
  const itself = seen.isSelf ? own(query) : undefined;
  const taken = new Set([itself, ...stay.map(own)]);
  const first = (token: number) => (seen.picture ? firstOf(seen.picture, layer, token) : token);
  const others = strongest(row, seen.keys, usual.length + taken.size, {
    own: itself,
    left: restLeftOut(seen, stay),
  })
    .filter((token) => !taken.has(token))
    .map(first);
  const keys = usual.flatMap((key) => (isSeen(key) ? key : (others.shift() ?? [])));
  return keys.length === 0 ? usual : keys;
}
