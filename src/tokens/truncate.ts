import type { Token } from "./token.ts";

/** The texts cut to `room` tokens in all, and how many were cut: of a pair the longer one first, on one side. */
export function truncate(
  sequences: readonly (readonly Token[])[],
  room: number,
  side: "left" | "right",
): { readonly sequences: readonly (readonly Token[])[]; readonly cut: number } {
  const total = sequences.reduce((count, tokens) => count + tokens.length, 0);
  if (total <= room) return { sequences, cut: 0 };
  const [first = [], second] = sequences;
  const keep = (tokens: readonly Token[], count: number) =>
    side === "left" ? tokens.slice(tokens.length - count) : tokens.slice(0, count);
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
