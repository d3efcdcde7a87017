import type { SeenToken } from "heed/explore";
import type { State } from "../state/state.ts";

/** A weight as the page prints it: .49, 1, .00; "–" where nothing can be looked at. */
export function weightText(weight: number): string {
  if (Number.isNaN(weight)) return "–";
  const text = Math.abs(weight).toFixed(2);
  const short = text.startsWith("0") ? text.slice(1) : text;
  return leftToRight(weight < 0 && Number(text) > 0 ? `−${short}` : short);
}

/** A number that may be below 0, with a true minus: −0.20; never −0.00. */
export function signedText(value: number, decimals: number): string {
  const text = value.toFixed(decimals);
  return leftToRight(Number(text) === 0 ? text.replace("-", "") : text.replace("-", "−"));
}

/** A share of answers: 0.98. */
export function shareText(share: number): string {
  return leftToRight(share.toFixed(2));
}

/** A number as it is read on pages from right to left too, where its point would change sides. */
export function leftToRight(number: string): string {
  const isMirrored = globalThis.document?.documentElement.dir === "rtl";
  return isMirrored ? `\u200e${number}` : number;
}

/** The direction of a text: that of its first letter that has one. */
export function directionOf(text: string): "ltr" | "rtl" {
  const [letter] = /\p{L}/u.exec(text) ?? [];
  return letter &&
    /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u.test(
      letter,
    )
    ? "rtl"
    : "ltr";
}

/** "L3H1", or "L4H2" where a reader counts from 1. */
export function headText(
  { layer, head }: { readonly layer: number; readonly head: number },
  { countsFromOne }: Pick<State, "countsFromOne">,
): string {
  const first = countsFromOne ? 1 : 0;
  return `L${layer + first}H${head + first}`;
}

/** The keys that a row looks at most: words before all, special tokens, the word itself and what is `left` left out where others are there. */
export function strongest(
  row: ArrayLike<number>,
  keys: readonly SeenToken[],
  count: number,
  { own, left = [] }: { readonly own?: number; readonly left?: readonly number[] } = {},
): number[] {
  const isWord = (key: number) =>
    !keys[key]!.isSpecial &&
    key !== own &&
    !left.includes(key) &&
    /[\p{L}\p{N}]/u.test(keys[key]!.text);
  const all = Array.from(keys.keys()).filter((key) => row[key]! >= 0);
  const words = all.filter(isWord);
  return (words.length > 0 ? words : all).sort((a, b) => row[b]! - row[a]!).slice(0, count);
}
