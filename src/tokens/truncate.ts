import { InputError } from "../errors/errors.ts";
import { choiceOf } from "../errors/options.ts";
import type { Token } from "./token.ts";

/** Of which texts of a pair tokens are cut, by transformers' names: of the longer one first, or of one alone. */
export type Truncation = "longest_first" | "only_first" | "only_second";

/** Every way of cutting. */
export const truncations: readonly Truncation[] = ["longest_first", "only_first", "only_second"];

/** The texts cut to `room` tokens in all, and how many were cut, on one side. Throws InputError where the text that is cut would have nothing left. */
export function truncate(
  sequences: readonly (readonly Token[])[],
  room: number,
  side: "left" | "right",
  truncation: Truncation = "longest_first",
): { readonly sequences: readonly (readonly Token[])[]; readonly cut: number } {
  const total = sequences.reduce((count, tokens) => count + tokens.length, 0);
  choiceOf(truncations, truncation, "tokens: truncation");
  if (total <= room) return { sequences, cut: 0 };
  const [first = [], second] = sequences;
  const keep = (tokens: readonly Token[], count: number) =>
    side === "left" ? tokens.slice(tokens.length - count) : tokens.slice(0, count);
  if (truncation !== "longest_first" && room > 0) {
    const isFirst = truncation === "only_first";
    const own = isFirst ? first : second;
    const left = (own?.length ?? 0) - (total - room);
    if (!own || left <= 0)
      throw new InputError(
        `tokens: truncation is "${truncation}", but the ${isFirst ? "first" : "second"} text has ${own?.length ?? "no"} tokens, and ${total - room} are too many. Give a shorter ${isFirst ? "second" : "first"} text, more room, or "longest_first"`,
      );
    const sequences = isFirst
      ? [keep(first, left), ...(second ? [second] : [])]
      : [first, keep(own, left)];
    return { sequences, cut: total - room };
  }
  if (!second) return { sequences: [keep(first, room)], cut: total - room };
  const shorter = Math.min(first.length, second.length);
  let short = shorter;
  let long = Math.max(shorter, room - shorter);
  if (short + long > room) {
    short = Math.floor(room / 2);
    long = room - short;
  }
  const isFirstShorter = first.length <= second.length;
  const kept = [
    keep(first, isFirstShorter ? short : long),
    keep(second, isFirstShorter ? long : short),
  ];
  return { sequences: kept, cut: total - kept[0]!.length - kept[1]!.length };
}
