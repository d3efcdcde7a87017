import type { Explained } from "heed/elements";

/** The pinned keys after a tap on one: another key is held against the first; the second takes the first's place. */
export function pinnedWith(
  key: number,
  { target, against }: Pick<Explained, "target" | "against">,
): readonly number[] {
  if (key === target.token) return against ? [key, against.token] : [key];
  if (key === against?.token) return [key, target.token];
  return [target.token, key];
}
